import ForgeNodeProtocol
package import ForgeModel
import ForgeDCOS

/// How the whole cluster is.
package struct ClusterHealth: Hashable, Sendable {
  package enum Verdict: String, Sendable {
    /// Every component of every node is well.
    case healthy
    /// The control plane works; something else does not, or could not be asked.
    case degraded
    /// ZooKeeper has no quorum or Mesos no leader.
    case down
    /// Too little could be asked to say.
    case unknown

    /// The exit code of `status`.
    package var exitStatus: ExitStatus {
      switch self {
      case .healthy: .success
      case .degraded: .degraded
      case .down: .down
      case .unknown: .unknown
      }
    }
  }

  package var verdict: Verdict
  /// The nodes: masters first, then agents, then the bootstrap node, each in the cluster's order.
  package var nodes: [NodeHealth]
  /// Where to look first; nil when nothing failed.
  package var firstCause: HealthCause?
}

extension ClusterHealth {
  /// Evaluates what was seen of the nodes.
  package init(
    _ observations: [NodeName: NodeObservation], nodes: [NodeSpec], version: DCOSVersion
  ) {
    let masters = nodes.filter { $0.role == .master }
    let ordered =
      masters + nodes.filter(\.role.isAgent) + nodes.filter { $0.role == .bootstrap }
    let clocks = ClockComparison(ordered.compactMap { observations[$0.name]?.clockOffset })
    let neighbours = Self.neighbours(observations)
    var health = ordered.map { node in
      var seen =
        observations[node.name]
        ?? NodeObservation(
          machine: .unknown("was not asked"),
          reading: .failure(ForgeError(.unreachable, "was not asked")))
      seen.knownAddresses += neighbours[node.mac] ?? []
      return NodeHealth(seen, of: node, version: version, clocks)
    }
    let plane = ControlPlane(masters: masters, observations: observations)
    plane.mark(&health)
    let cause = Self.firstCause(health)
    if let cause { Self.mark(&health, waitingOn: cause) }
    self.init(
      verdict: plane.verdict(health), nodes: health, firstCause: cause)
  }

  /// Where the nodes that were read last met others, by hardware address.
  private static func neighbours(
    _ observations: [NodeName: NodeObservation]
  ) -> [MACAddress: [IPv4Address]] {
    var seen: [MACAddress: Set<IPv4Address>] = [:]
    for observation in observations.values {
      guard case .success(let reading) = observation.reading else { continue }
      for entry in reading.neighbours { seen[entry.mac, default: []].insert(entry.address) }
    }
    return seen.mapValues { $0.sorted() }
  }

  /// Whether everything is well.
  package var isHealthy: Bool { verdict == .healthy }

  /// One line: the verdict and where to look first.
  package var summary: String {
    guard let firstCause, let component = self[firstCause] else {
      let unread = nodes.filter { $0.state == .unknown }.map(\.node.description)
      let names = unread.joined(separator: ", ")
      return verdict.rawValue + (unread.isEmpty ? "" : ": not all is known of \(names)")
    }
    return "\(verdict.rawValue): \(firstCause): \(component.evidence)"
  }

  package subscript(cause: HealthCause) -> ComponentHealth? {
    nodes.first { $0.node == cause.node }?[cause.component]
  }

  /// The first failure in the order of components over all masters, then over all agents, then over
  /// the bootstrap node.
  private static func firstCause(_ nodes: [NodeHealth]) -> HealthCause? {
    let groups: [(NodeHealth) -> Bool] = [
      { $0.role == .master }, { $0.role.isAgent }, { $0.role == .bootstrap },
    ]
    for group in groups {
      let members = nodes.filter(group)
      for component in HealthComponent.allCases {
        let failed = members.filter { $0[component]?.state == .fail }
        // A server that runs and finds no quorum waits for one that does not run.
        let first = component == .exhibitor ? failed.first { !$0.waitsForEnsemble } : nil
        if let node = first ?? failed.first {
          return HealthCause(node: node.node, component: component)
        }
      }
    }
    return nil
  }

  /// Marks the failures that follow from the cause.
  ///
  /// They are what it explains on its own node, and, when it is on a master, DC/OS's parts
  /// elsewhere: those that come later on other masters, all of them on agents. Agents do not wait
  /// for each other.
  private static func mark(_ nodes: inout [NodeHealth], waitingOn cause: HealthCause) {
    let causeIsMaster = nodes.contains { $0.node == cause.node && $0.role == .master }
    for index in nodes.indices {
      for part in nodes[index].components.indices
      where nodes[index].components[part].state == .fail {
        let component = nodes[index].components[part].component
        let isLater =
          component > cause.component || nodes[index].role != .master
          || component == .exhibitor && nodes[index].waitsForEnsemble
        let follows =
          nodes[index].node == cause.node
          ? cause.component.explains(component)
          : causeIsMaster && component.isOfDCOS && cause.component != .docker && isLater
        if follows { nodes[index].components[part].waitsOn = cause }
      }
    }
  }
}

/// What only all masters together show: one ZooKeeper leader, one elected Mesos master.
private struct ControlPlane {
  let masters: [NodeSpec]
  /// The masters whose ZooKeeper and Mesos master were both asked, and answered or refused.
  private let answered: Set<NodeName>
  /// Those whose ZooKeeper, and those whose Mesos master, reported what they are.
  private let zooKeeperReporters, mesosReporters: Set<NodeName>
  /// Those whose ZooKeeper leads (or is alone by plan).
  private let zooKeeperLeaders: Set<NodeName>
  /// Those that say that they are elected.
  private let elected: Set<NodeName>

  init(masters: [NodeSpec], observations: [NodeName: NodeObservation]) {
    self.masters = masters
    var answered: Set<NodeName> = []
    var zooKeeperReporters: Set<NodeName> = []
    var mesosReporters: Set<NodeName> = []
    var leaders = Set<NodeName>()
    var elected = Set<NodeName>()
    for master in masters {
      guard case .success(let reading)? = observations[master.name]?.reading else { continue }
      if reading.zooKeeper != nil { zooKeeperReporters.insert(master.name) }
      if reading.zooKeeper != nil, reading.probes[.mesosMaster] != nil {
        answered.insert(master.name)
      }
      switch reading.zooKeeper?.mode {
      case .leader?: leaders.insert(master.name)
      case .standalone? where masters.count == 1: leaders.insert(master.name)
      default: break
      }
      let metrics = reading.probes[.mesosMaster].flatMap(MesosMetrics.init)
      if metrics?["master/elected"] != nil { mesosReporters.insert(master.name) }
      if metrics?["master/elected"] == 1 { elected.insert(master.name) }
    }
    self.answered = answered
    self.zooKeeperReporters = zooKeeperReporters
    self.mesosReporters = mesosReporters
    zooKeeperLeaders = leaders
    self.elected = elected
  }

  /// Marks what is wrong only between masters.
  ///
  /// Nobody leading is wrong once all masters have reported; two leading always is.
  func mark(_ nodes: inout [NodeHealth]) {
    mark(&nodes, .exhibitor, leaders: zooKeeperLeaders, of: zooKeeperReporters, "ZooKeeper leads")
    mark(&nodes, .mesosMaster, leaders: elected, of: mesosReporters, "Mesos master is elected")
  }

  private func mark(
    _ nodes: inout [NodeHealth], _ component: HealthComponent, leaders: Set<NodeName>,
    of reported: Set<NodeName>, _ what: String
  ) {
    let nobody = leaders.isEmpty && reported.count == masters.count
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
    // What does not run serves nobody.
    func isOff(_ node: NodeHealth) -> Bool {
      node[.machine]?.state == .fail && node[.exhibitor]?.state == .unknown
    }
    let members = nodes.filter { $0.role == .master }
    let states = members.filter { !isOff($0) }.compactMap { $0[.exhibitor]?.state }
    let quorum = masters.count / 2 + 1
    let serving = states.filter(\.isGood).count
    let failed = states.filter { $0 == .fail }.count + members.filter(isOff).count
    if masters.count - failed < quorum { return .down }
    if serving >= quorum, elected.count == 1 { return .degraded }
    // All that is missing could be on a master that has not reported.
    return answered.count == masters.count ? .down : .unknown
  }
}
