package import ForgeModel

/// A web page of the cluster, served by every master.
package struct Endpoint: Hashable, Sendable {
  /// What answers there.
  package enum Service: String, CaseIterable, Sendable {
    /// The web dashboard of DC/OS, behind Admin Router.
    case dashboard = "Dashboard"
    /// Exhibitor, which keeps ZooKeeper.
    case exhibitor = "Exhibitor"
    case marathon = "Marathon"
    /// The Mesos master.
    case mesos = "Mesos"

    /// The port and the path.
    fileprivate var place: String {
      switch self {
      case .dashboard: "/"
      case .exhibitor: ":8181/exhibitor/v1/ui/index.html"
      case .marathon: ":8080/"
      case .mesos: ":5050/"
      }
    }
  }

  /// What answers there.
  package var service: Service
  /// The master.
  package var node: NodeName
  /// The address of the page.
  package var url: String

  /// Makes the endpoint of a service on a master.
  package init(_ service: Service, on node: NodeSpec) {
    self.service = service
    self.node = node.name
    url = "http://\(node.address)\(service.place)"
  }

  /// All endpoints, service by service.
  package static func list(of spec: ClusterSpec) -> [Endpoint] {
    Service.allCases.flatMap { service in
      spec.nodes(.master).map { Endpoint(service, on: $0) }
    }
  }
}
