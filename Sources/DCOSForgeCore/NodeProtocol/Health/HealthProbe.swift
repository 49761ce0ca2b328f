import ForgeModel
package import ForgeDCOS

/// A URL that a node asks itself to learn how a component is.
package struct HealthProbe: Hashable, Sendable {
  /// What is asked.
  package enum Kind: String, CaseIterable, Codable, Sendable {
    /// The ensemble as Exhibitor sees it.
    case exhibitor
    /// The numbers of the Mesos master.
    case mesosMaster = "mesos-master"
    /// Whether Mesos-DNS answers.
    case mesosDNS = "mesos-dns"
    /// Whether Mesos-DNS knows the leader.
    case leaderName = "leader-name"
    /// Whether Marathon has a leader.
    case marathon
    /// Whether Metronome lists jobs.
    case jobs
    /// Whether Admin Router answers.
    case adminRouter = "admin-router"
    /// Whether Cosmos answers, through Admin Router.
    case cosmos
    /// The numbers of the Mesos agent.
    case mesosAgent = "mesos-agent"
    /// Whether Admin Router on an agent answers.
    case agentRouter = "agent-router"

    /// The component that it speaks of.
    package var component: HealthComponent {
      switch self {
      case .exhibitor: .exhibitor
      case .mesosMaster: .mesosMaster
      case .mesosDNS, .leaderName: .mesosDNS
      case .marathon: .marathon
      case .jobs: .jobs
      case .adminRouter: .adminRouter
      case .cosmos: .otherUnits
      case .mesosAgent: .mesosAgent
      case .agentRouter: .agentRouter
      }
    }

    /// The port it listens on, and the path.
    package var target: (port: Int, path: String) {
      switch self {
      case .exhibitor: (8181, "/exhibitor/v1/cluster/status")
      case .mesosMaster: (5050, "/metrics/snapshot")
      case .mesosDNS: (8123, "/v1/version")
      case .leaderName: (8123, "/v1/hosts/leader.mesos")
      case .marathon: (8080, "/v2/leader")
      case .jobs: (9000, "/v1/jobs")
      case .adminRouter: (80, "/dcos-metadata/dcos-version.json")
      case .cosmos: (80, "/capabilities")
      case .mesosAgent: (5051, "/metrics/snapshot")
      case .agentRouter: (61001, "/dcos-metadata/dcos-version.json")
      }
    }
  }

  /// What is asked.
  package var kind: Kind
  /// The URL, at the node's own address.
  package var url: String

  /// The probes for a node of the role; none for the bootstrap node.
  package static func list(for request: HealthRequest) -> [HealthProbe] {
    let components = HealthComponent.list(for: request.role)
    return Kind.allCases.compactMap { kind in
      guard components.contains(kind.component), kind != .cosmos || request.role == .master else {
        return nil
      }
      let (port, path) = kind.target
      let authority = port == 80 ? "\(request.address)" : "\(request.address):\(port)"
      return HealthProbe(kind: kind, url: "http://\(authority)\(path)")
    }
  }

  /// The units to look at: Docker's, firewalld, and DC/OS's own.
  static func units(for request: HealthRequest) -> [String] {
    ["docker.service", "firewalld.service"]
      + DCOSUnit.list(for: request.role, request.version).map(\.name)
  }

  /// What DC/OS writes to, one path for each file system that may be of its own.
  static let paths = [
    "/", "/var/lib", "/var/lib/docker", "/var/lib/mesos", "/var/log", "/opt", "/tmp",
  ]

  /// The command that runs DC/OS's own checks of a node that has started.
  static func checkCommand(_ version: DCOSVersion) -> [String] {
    let runner = version.hasTelegraf ? "dcos-check-runner" : "dcos-diagnostics"
    return ["/opt/mesosphere/bin/dcos-shell", runner, "check", "node-poststart"]
  }
}
