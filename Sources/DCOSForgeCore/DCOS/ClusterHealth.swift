/// How the whole cluster is.
public struct ClusterHealth: Hashable, Sendable {
  /// The verdict.
  public enum Verdict: String, Sendable {
    /// Every component of every node is well.
    case healthy
    /// The control plane works; something else does not, or could not be asked.
    case degraded
    /// ZooKeeper has no quorum or Mesos no leader.
    case down
    /// Too little could be asked to say.
    case unknown

    /// The exit code of `status`.
    public var exitStatus: ExitStatus {
      switch self {
      case .healthy: .success
      case .degraded: .degraded
      case .down: .down
      case .unknown: .unknown
      }
    }
  }

  /// The verdict.
  public var verdict: Verdict
  /// The nodes: masters first, then agents, each in the cluster's order.
  public var nodes: [NodeHealth]
  /// Where to look first; nil when nothing failed.
  public var firstCause: HealthCause?

  /// Makes a value.
  public init(verdict: Verdict, nodes: [NodeHealth], firstCause: HealthCause?) {
    self.verdict = verdict
    self.nodes = nodes
    self.firstCause = firstCause
  }

  /// Judges what was read of the nodes; the bootstrap node is no member of the cluster.
  public init(
    _ readings: [NodeName: Result<HealthReading, ForgeError>], nodes: [NodeSpec],
    version: DCOSVersion
  ) {
    let masters = nodes.filter { $0.role == .master }
    let members = masters + nodes.filter(\.role.isAgent)
    var health = members.map { node in
      switch readings[node.name] {
      case .success(let reading)?: NodeHealth(reading, of: node, version: version)
      case .failure(let error)?: NodeHealth(unread: node, because: error)
      case nil:
        NodeHealth(unread: node, because: ForgeError(.unreachable, "was not asked"))
      }
    }
    let plane = ControlPlane(masters: masters, readings: readings)
    plane.mark(&health)
    let cause = Self.firstCause(health)
    if let cause { Self.mark(&health, waitingOn: cause) }
    self.init(
      verdict: plane.verdict(health), nodes: health, firstCause: cause)
  }

  /// Whether everything is well.
  public var isHealthy: Bool { verdict == .healthy }

  /// One line: the verdict and where to look first.
  public var summary: String {
    guard let firstCause, let component = self[firstCause] else {
      let unread = nodes.filter { $0.state == .unknown }.map(\.node.description)
      let names = unread.joined(separator: ", ")
      return verdict.rawValue + (unread.isEmpty ? "" : ": not all is known of \(names)")
    }
    return "\(verdict.rawValue): \(firstCause): \(component.evidence)"
  }

  private subscript(cause: HealthCause) -> ComponentHealth? {
    nodes.first { $0.node == cause.node }?[cause.component]
  }

  /// The first failure in the order of components over all masters, then over all agents.
  private static func firstCause(_ nodes: [NodeHealth]) -> HealthCause? {
    for masters in [true, false] {
      for component in HealthComponent.allCases {
        for node in nodes where (node.role == .master) == masters {
          if node[component]?.state == .fail {
            return HealthCause(node: node.node, component: component)
          }
        }
      }
    }
    return nil
  }

  /// Marks the failures that follow from the cause.
  ///
  /// They are what comes later on the same node, and, when a master is the cause, what comes later on
  /// every master and everything on agents. Agents do not wait for each other.
  private static func mark(_ nodes: inout [NodeHealth], waitingOn cause: HealthCause) {
    let causeIsMaster = nodes.contains { $0.node == cause.node && $0.role == .master }
    for index in nodes.indices {
      for part in nodes[index].components.indices
      where nodes[index].components[part].state == .fail {
        let later = nodes[index].components[part].component > cause.component
        let follows =
          nodes[index].node == cause.node
          ? later : causeIsMaster && (later || nodes[index].role != .master)
        if follows { nodes[index].components[part].waitsOn = cause }
      }
    }
  }
}

/// What only all masters together show: one ZooKeeper leader, one elected Mesos master.
private struct ControlPlane {
  let masters: [NodeSpec]
  /// The masters that were read.
  private let read: Set<NodeName>
  /// Those whose ZooKeeper leads (or is alone by plan).
  private let zooKeeperLeaders: Set<NodeName>
  /// Those that say that they are elected.
  private let elected: Set<NodeName>

  init(masters: [NodeSpec], readings: [NodeName: Result<HealthReading, ForgeError>]) {
    self.masters = masters
    var read = Set<NodeName>()
    var leaders = Set<NodeName>()
    var elected = Set<NodeName>()
    for master in masters {
      guard case .success(let reading)? = readings[master.name] else { continue }
      read.insert(master.name)
      switch reading.zooKeeper?.mode {
      case .leader?: leaders.insert(master.name)
      case .standalone? where masters.count == 1: leaders.insert(master.name)
      default: break
      }
      let metrics = reading.probes[.mesosMaster].flatMap(MesosMetrics.init)
      if metrics?["master/elected"] == 1 { elected.insert(master.name) }
    }
    self.read = read
    zooKeeperLeaders = leaders
    self.elected = elected
  }

  /// Marks what is wrong only between masters.
  ///
  /// Nobody leading is wrong once all masters were read; two leading always is.
  func mark(_ nodes: inout [NodeHealth]) {
    mark(&nodes, .exhibitor, leaders: zooKeeperLeaders, "ZooKeeper leads")
    mark(&nodes, .mesosMaster, leaders: elected, "Mesos master is elected")
  }

  private func mark(
    _ nodes: inout [NodeHealth], _ component: HealthComponent, leaders: Set<NodeName>,
    _ what: String
  ) {
    let nobody = leaders.isEmpty && read.count == masters.count
    guard leaders.count > 1 || nobody else { return }
    let names = leaders.sorted().map(\.description).joined(separator: ", ")
    let seen = nobody ? "no \(what)" : "more than one \(what): \(names)"
    for index in nodes.indices where nodes[index].role == .master {
      guard nobody || leaders.contains(nodes[index].node) else { continue }
      for part in nodes[index].components.indices
      where nodes[index].components[part].component == component
        && nodes[index].components[part].state.isGood
      {
        nodes[index].components[part] = ComponentHealth(component, .fail, seen)
      }
    }
  }

  /// The verdict over the marked nodes.
  func verdict(_ nodes: [NodeHealth]) -> ClusterHealth.Verdict {
    if !nodes.isEmpty, nodes.allSatisfy(\.state.isGood) { return .healthy }
    let states = nodes.filter { $0.role == .master }.compactMap { $0[.exhibitor]?.state }
    let quorum = masters.count / 2 + 1
    let serving = states.filter(\.isGood).count
    let failed = states.filter { $0 == .fail }.count
    if masters.count - failed < quorum { return .down }
    if serving >= quorum, elected.count == 1 { return .degraded }
    // All that is missing could be on a master that was not read.
    return read.count == masters.count ? .down : .unknown
  }
}
