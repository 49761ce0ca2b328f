import ForgeNodeProtocol
package import ForgeModel

/// Compares what is wanted with what there is, and says what to do: a pure function.
package struct Planner: Sendable {
  let blueprint: Blueprint
  let observed: ObservedCluster
  private let drains: Bool
  let wiping: [NodeName]

  /// Makes a planner for one observation.
  ///
  /// With `drains` the nodes of a wipe leave Mesos and the quorum is asked for before they are made anew. In a wipe of some nodes, others may still differ from
  /// the file: that nodes are reimaged one after the other is how they come to it.
  package init(
    _ wanted: WantedCluster, observed: ObservedCluster, drains: Bool = true,
    wiping: [NodeName] = []
  ) {
    self.blueprint = Blueprint(wanted)
    self.observed = observed
    self.drains = drains
    self.wiping = wiping
  }

  /// Whether a difference from the file waits for a later wipe.
  func waits(_ changes: [MachineChange]) -> Bool {
    !wiping.isEmpty && changes.allSatisfy { $0.need == .restart || $0.need == .reimage }
  }

  private var spec: ClusterSpec { blueprint.wanted.spec }
  private var limits: LimitSpec { spec.limits }

  /// The plan of `up`.
  package func plan() -> Plan {
    let situations = spec.nodes.map(situation)
    var steps = sharedSteps(situations)
    for situation in situations { steps += nodeSteps(situation) }
    steps += layerSteps(situations)
    steps += installSteps(situations)
    // Without a layer nothing is amiss with the cluster.
    steps += departureSteps(after: steps.map(\.id).filter { $0.kind != .preparedLayer })
    let everything = steps.map(\.id).filter { $0.kind != .preparedLayer }
    steps.append(
      PlannedStep(
        StepID(.health), reason: "exit 0 means that every component answers well",
        requires: everything, limit: limits.health, changes: false))
    let (refusals, reimages) = refusals(situations)
    return Plan(
      steps: Plan.ordered(steps), refusals: refusals, warnings: warnings(situations),
      reimages: reimages.count == refusals.count ? reimages : [])
  }

  /// The plan that brings some nodes to a fresh machine that answers, and touches no other node.
  package func machinesPlan(of nodes: [NodeName]) -> Plan {
    let situations = spec.nodes.filter { nodes.contains($0.name) }.map(situation)
    let steps =
      sharedSteps(situations) + situations.flatMap(nodeSteps) + layerSteps(situations)
    return Plan(
      steps: Plan.ordered(steps), refusals: machineRefusals(situations) + departureRefusals,
      warnings: warnings(situations)
    ).until(.machines)
  }

  // MARK: what a node needs

  /// A node with what was found of it.
  struct Situation {
    var node: NodeSpec
    var transition: MachineTransition
    var inside: ObservedCluster.Node

    /// The facts, when the node answered.
    var facts: FactsReport? {
      if case .facts(let facts) = inside { facts } else { nil }
    }

    /// Why the node must be looked at from the inside first; nil when it answered.
    var unknown: String? {
      switch inside {
      case .facts: nil
      case .unreachable(let error): "did not answer: \(error.summary)"
      case .notRunning: transition.makes ? "new machine" : "its machine does not run"
      }
    }

    /// Why DC/OS has to be installed; nil on the bootstrap node and where it is installed.
    var install: String? {
      guard node.role != .bootstrap else { return nil }
      switch facts?.dcos {
      case nil: return unknown
      case .absent: return "DC/OS is not installed"
      case .installing: return "an installation is under way"
      case .installed, .broken: return nil
      }
    }
  }

  func situation(_ node: NodeSpec) -> Situation {
    Situation(
      node: node, transition: blueprint.transition(node, among: observed.domains),
      inside: observed.nodes[node.name] ?? .notRunning)
  }

  // MARK: steps

  private func sharedSteps(_ situations: [Situation]) -> [PlannedStep] {
    var steps: [PlannedStep] = []
    if let reason = networkReason {
      steps.append(PlannedStep(StepID(.network), reason: reason, limit: .seconds(60)))
    }
    if pool?.isActive != true {
      let reason =
        pool == nil ? "there is no pool \(blueprint.pool.name)" : "the pool is not active"
      steps.append(PlannedStep(StepID(.pool), reason: reason, limit: .seconds(60)))
    }
    if situations.contains(where: \.transition.needsImage),
      !volumes.contains(blueprint.baseVolume.name)
    {
      let isSeen = pool == nil || observed.poolContents != nil
      steps.append(
        PlannedStep(
          StepID(.baseImage),
          reason: isSeen ? "the image is not in the pool" : "the image may not be in the pool",
          requires: [StepID(.pool)], limit: limits.transfer))
    }
    return steps
  }

  /// Why the network has to be made or changed; nil when it is as wanted.
  var networkReason: String? {
    guard let wanted = blueprint.network else { return nil }
    guard let found = observed.networks.first(where: { $0.uuid == wanted.uuid }) else {
      return "there is no network \(wanted.name)"
    }
    if !found.isActive { return "the network is not active" }
    return Set(found.hosts) == Set(wanted.hosts) ? nil : "its fixed hosts differ from the file"
  }

  private func nodeSteps(_ situation: Situation) -> [PlannedStep] {
    let node = situation.node
    func id(_ kind: StepKind) -> StepID { StepID(kind, node.name) }
    var steps: [PlannedStep] = []
    if case .replace = situation.transition, node.role.isAgent, drains(node), hasMaster {
      steps.append(
        PlannedStep(
          id(.drain), reason: "its tasks end before it goes", limit: limits.join))
    }
    if case .replace(let record) = situation.transition, node.role == .master, drains(node),
      record.state == .running, !staying.isEmpty
    {
      steps.append(
        PlannedStep(
          id(.quorumGuard), reason: "the other masters must keep the quorum without it",
          requires: drains(before: node), limit: limits.boot, changes: false))
    }
    if let reason = removeReason(situation) {
      steps.append(
        PlannedStep(
          id(.remove), reason: reason,
          requires: [StepID(.pool), id(.quorumGuard)] + drains(before: node), limit: .seconds(60)))
    }
    switch situation.transition {
    case .create, .replace:
      steps.append(
        PlannedStep(
          id(.machine), reason: "there is no domain" + layerNote(node),
          requires: [StepID(.network), StepID(.pool), StepID(.baseImage), id(.remove)],
          after: [id(.preparedLayer)], limit: limits.boot))
    case .remake(_, let why):
      steps.append(
        PlannedStep(
          id(.machine), reason: why + layerNote(node),
          requires: [StepID(.network), StepID(.pool), StepID(.baseImage)],
          after: [id(.preparedLayer)], limit: limits.boot))
    case .start(let state, let changes):
      let reason = ["the domain is \(state.rawValue)"] + changes.map(\.description)
      steps.append(
        PlannedStep(
          id(.machine), reason: reason.joined(separator: "; "),
          requires: [StepID(.network), StepID(.pool), StepID(.baseImage)], limit: limits.boot))
    case .keep, .changed, .foreign: break
    }
    let mark = blueprint.identity.domain(of: node.name, among: observed.domains)?.mark
    if let reason = situation.unknown
      ?? (mark?.hasAnswered == false ? "its first boot is not marked as ended" : nil)
    {
      steps.append(
        PlannedStep(
          id(.reachable), reason: reason, requires: [id(.machine)], limit: limits.boot,
          changes: false))
    }
    steps += preparationSteps(situation)
    if node.role == .bootstrap { steps += bootstrapSteps(situation) }
    return steps
  }

  /// Whether a node leaves Mesos and the ensemble in good order: `wipe --force` spares that to its own nodes only.
  private func drains(_ node: NodeSpec) -> Bool { drains || !wiping.contains(node.name) }

  /// The drains that come before a node goes: its own, and before a master, which may lead, those of all agents.
  private func drains(before node: NodeSpec) -> [StepID] {
    guard drains(node) else { return [] }
    let agents = node.role == .master ? spec.nodes.filter(\.role.isAgent) : [node]
    return agents.map { StepID(.drain, $0.name) }
  }

  /// Why something of an earlier generation has to go; nil when nothing of it is left.
  private func removeReason(_ situation: Situation) -> String? {
    if case .replace = situation.transition { return "its machine is of an earlier generation" }
    guard situation.transition == .create, blueprint.generation(situation.node) > 1 else {
      return nil
    }
    return "an earlier generation may have left volumes"
  }

  /// The masters that may belong to an ensemble and are not about to be made anew.
  private var staying: [NodeSpec] {
    spec.nodes(.master).filter { master in
      guard !blueprint.transition(master, among: observed.domains).makes else { return false }
      return if case .facts(let facts)? = observed.nodes[master.name] {
        facts.dcos.isFinished
      } else {
        true
      }
    }
  }

  /// Whether there may be a Mesos that an agent could be drained from: what does not answer is not absent.
  private var hasMaster: Bool {
    spec.nodes(.master).contains { master in
      switch observed.nodes[master.name] {
      case .facts(let facts): facts.dcos == .installed(.master)
      case .unreachable: true
      case .notRunning, nil: false
      }
    }
  }

  /// The cluster's pool, when there is one.
  var pool: PoolRecord? { observed.pools.first { $0.uuid == blueprint.pool.uuid } }
  /// The volumes in it.
  var volumes: [String] { observed.poolContents?.volumes ?? [] }

  /// Agents that left the file: drained, and removed last.
  private func departureSteps(after everything: [StepID]) -> [PlannedStep] {
    blueprint.identity.departed(among: observed.domains).filter(\.mark.role.isAgent).map {
      (_, mark) in
      PlannedStep(
        StepID(.retire, mark.node), reason: "it left the file", requires: everything,
        limit: limits.join)
    }
  }

  private func preparationSteps(_ situation: Situation) -> [PlannedStep] {
    let node = situation.node
    func id(_ kind: StepKind) -> StepID { StepID(kind, node.name) }
    var steps: [PlannedStep] = []
    if let reason = prerequisiteReason(situation) {
      steps.append(
        PlannedStep(
          id(.prerequisites), reason: reason, requires: [id(.reachable)],
          limit: limits.prerequisites))
    }
    if let reason = timeReason(situation) {
      let server = blueprint.timeSettings(node).servers.isEmpty ? nil : spec.bootstrap?.name
      steps.append(
        PlannedStep(
          id(.time), reason: reason, requires: [id(.reachable)],
          after: server == node.name ? [] : [StepID(.time, server)], limit: limits.timeSync))
    }
    if let reason = situation.install {
      steps.append(
        PlannedStep(
          id(.ipDetect), reason: reason, requires: [id(.reachable)], limit: limits.preflight,
          changes: false))
    }
    return steps
  }

  private func prerequisiteReason(_ situation: Situation) -> String? {
    guard let facts = situation.facts else { return situation.unknown }
    let missing = facts.prerequisites.filter(\.isToDo)
    return missing.isEmpty ? nil : "to put right: " + missing.map(\.item).joined(separator: ", ")
  }

  private func timeReason(_ situation: Situation) -> String? {
    guard let facts = situation.facts else { return situation.unknown }
    guard facts.isTimeSet else { return "its clock is not set as time.servers says" }
    let serves = blueprint.timeSettings(situation.node).servesTo != nil
    return facts.clock.isGood || serves && facts.clock.source == ClockRecord.local
      ? nil : "the clock is not synchronised (\(facts.clock.source))"
  }

  private func bootstrapSteps(_ situation: Situation) -> [PlannedStep] {
    let node = situation.node.name
    let current = situation.facts?.generated == blueprint.generation.inputs
    var steps: [PlannedStep] = []
    if !current {
      let reason =
        situation.unknown
        ?? (situation.facts?.generated == nil
          ? "DC/OS has not been generated"
          : "configuration or installer changed since the last run")
      steps.append(
        PlannedStep(
          StepID(.generate, node), reason: reason,
          requires: [StepID(.reachable, node), StepID(.prerequisites, node)],
          limit: limits.generate + limits.transfer))
    }
    if !current || situation.facts?.isServing != true {
      steps.append(
        PlannedStep(
          StepID(.serve, node), reason: situation.unknown ?? "the installation is not served",
          requires: [
            StepID(.reachable, node), StepID(.prerequisites, node), StepID(.generate, node),
          ],
          limit: limits.generate))
    }
    return steps
  }

  private func installSteps(_ situations: [Situation]) -> [PlannedStep] {
    let due = situations.filter { $0.install != nil }
    let masters = due.filter { $0.node.role == .master }
    let agents =
      due.filter { $0.node.role == .agent } + due.filter { $0.node.role == .publicAgent }
    var steps = due.flatMap(checkSteps)
    let preflights = due.map { StepID(.preflight, $0.node.name) }
    let masterPreflights = masters.map { StepID(.preflight, $0.node.name) }
    for situation in masters {
      steps.append(
        PlannedStep(
          StepID(.installMaster, situation.node.name), reason: situation.install ?? "",
          requires: masterPreflights, after: preflights, limit: limits.install))
    }
    guard !due.isEmpty else { return steps }
    steps.append(
      PlannedStep(
        StepID(.quorum), reason: "no agent before the quorum is proved",
        requires: masters.map { StepID(.installMaster, $0.node.name) }, limit: limits.quorum,
        changes: false))
    return steps + agentSteps(agents)
  }

  /// What is looked at on a node before DC/OS is installed there.
  private func checkSteps(_ situation: Situation) -> [PlannedStep] {
    let node = situation.node.name
    let bootstrap = spec.bootstrap?.name
    return [
      PlannedStep(
        StepID(.fetch, node), reason: situation.install ?? "",
        requires: [
          StepID(.reachable, node), StepID(.prerequisites, node), StepID(.serve, bootstrap),
        ],
        limit: limits.preflight, changes: false),
      PlannedStep(
        StepID(.preflight, node), reason: situation.install ?? "",
        requires: [
          StepID(.fetch, node), StepID(.prerequisites, node), StepID(.time, node),
          StepID(.ipDetect, node),
        ],
        limit: limits.preflight, changes: false),
    ]
  }

  /// The first agent is the canary: the others begin once the leader lists it.
  ///
  /// Public agents come last.
  private func agentSteps(_ agents: [Situation]) -> [PlannedStep] {
    guard let canary = agents.first else { return [] }
    let privateJoins = agents.filter { $0.node.role == .agent }.map { StepID(.join, $0.node.name) }
    return agents.flatMap { situation -> [PlannedStep] in
      let node = situation.node
      let isCanary = node.name == canary.node.name
      return [
        PlannedStep(
          StepID(.installAgent, node.name), reason: situation.install ?? "",
          requires: [StepID(.preflight, node.name), StepID(.quorum)]
            + (isCanary ? [] : [StepID(.join, canary.node.name)]),
          after: node.role == .publicAgent ? privateJoins.filter { $0.node != node.name } : [],
          limit: limits.install),
        PlannedStep(
          StepID(.join, node.name),
          reason: isCanary ? "the canary: the others wait for it" : "the leader must list it",
          requires: [StepID(.installAgent, node.name)], limit: limits.join, changes: false),
      ]
    }
  }
}
