/// A part of a node or of DC/OS on it whose health is told apart from the others'.
///
/// The order is the one in which an operator looks for a cause: the machine from the outside in, then on
/// masters the sequence of the founding notes, Exhibitor first; an agent's own parts as they start.
package enum HealthComponent: String, CaseIterable, Comparable, Sendable {
  /// The domain with our mark.
  case machine
  /// The node's address: planned, leased, taken, and told to DC/OS.
  case address
  /// The way in.
  case ssh
  /// The clock, by itself and against the other nodes'.
  case clock
  /// Room on the file systems that DC/OS writes to.
  case disk
  /// The Docker daemon.
  case docker
  /// What may keep packets between nodes.
  case firewall
  /// Exhibitor with the ZooKeeper that it keeps.
  case exhibitor
  /// The Mesos master.
  case mesosMaster = "mesos-master"
  /// Mesos-DNS.
  case mesosDNS = "mesos-dns"
  /// dcos-net, which answers DNS on every node.
  case dnsForwarder = "dns-forwarder"
  /// Marathon.
  case marathon
  /// Metronome, which runs jobs.
  case jobs
  /// Admin Router on a master.
  case adminRouter = "admin-router"
  /// The Mesos agent.
  case mesosAgent = "mesos-agent"
  /// Admin Router on an agent.
  case agentRouter = "agent-router"
  /// All other units.
  case otherUnits = "other-units"
  /// DC/OS's own checks of the node.
  case nodeChecks = "node-checks"

  /// Orders by where to look first.
  package static func < (one: HealthComponent, other: HealthComponent) -> Bool {
    one.ordinal < other.ordinal
  }

  private var ordinal: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// The parts that a node of the role has, in order.
  package static func list(for role: NodeRole) -> [HealthComponent] {
    let node: [HealthComponent] = [.machine, .address, .ssh, .clock, .disk, .docker]
    return switch role {
    case .bootstrap: node
    case .master:
      node + [
        .firewall, .exhibitor, .mesosMaster, .mesosDNS, .dnsForwarder, .marathon, .jobs,
        .adminRouter, .otherUnits, .nodeChecks,
      ]
    case .agent, .publicAgent:
      node + [.firewall, .dnsForwarder, .mesosAgent, .agentRouter, .otherUnits, .nodeChecks]
    }
  }

  /// Whether it is a part of DC/OS, not of the node under it.
  package var isOfDCOS: Bool { self >= .exhibitor }

  /// Whether a failure of this part explains one of another part on the same node.
  func explains(_ other: HealthComponent) -> Bool {
    switch self {
    case .machine, .address, .ssh: other > self
    case .disk: other == .docker || other.isOfDCOS
    case .clock, .firewall: other.isOfDCOS
    case .docker: [.mesosAgent, .agentRouter, .otherUnits, .nodeChecks].contains(other)
    default: other > self
    }
  }

  /// The units that belong to the part on a node of the role; empty for those that take the rest.
  package func units(for role: NodeRole) -> [String] {
    switch self {
    case .machine, .address, .ssh, .disk: []
    case .clock: ["chronyd.service", "ntpd.service"]
    case .docker: ["docker.service"]
    case .firewall: ["firewalld.service"]
    case .exhibitor: ["dcos-exhibitor.service"]
    case .mesosMaster: ["dcos-mesos-master.service"]
    case .mesosDNS: ["dcos-mesos-dns.service"]
    case .dnsForwarder:
      ["dcos-net.service", "dcos-net-watchdog.service", "dcos-gen-resolvconf.timer"]
    case .marathon: ["dcos-marathon.service"]
    case .jobs: ["dcos-metronome.service"]
    case .adminRouter: ["dcos-adminrouter.service"]
    case .mesosAgent:
      [role == .publicAgent ? "dcos-mesos-slave-public.service" : "dcos-mesos-slave.service"]
    case .agentRouter: ["dcos-adminrouter-agent.service"]
    case .otherUnits, .nodeChecks: []
    }
  }
}

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
    var target: (port: Int, path: String) {
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
