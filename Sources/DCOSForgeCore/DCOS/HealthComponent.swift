package import ForgeModel

/// A part of a node or of DC/OS on it whose health is distinguished from the others'.
///
/// The order is the one in which an operator looks for a cause: the machine from the outside in,
/// then on masters the sequence of the founding notes, Exhibitor first; an agent's own parts as
/// they start.
package enum HealthComponent: String, CaseIterable, Comparable, Sendable {
  /// The domain with our mark.
  case machine
  /// The node's address: planned, leased, taken, and known to DC/OS.
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
  case mesosMaster = "mesos-master"
  case mesosDNS = "mesos-dns"
  /// dcos-net, which answers DNS on every node.
  case dnsForwarder = "dns-forwarder"
  case marathon
  /// Metronome, which runs jobs.
  case jobs
  /// Admin Router on a master.
  case adminRouter = "admin-router"
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
  package func explains(_ other: HealthComponent) -> Bool {
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
