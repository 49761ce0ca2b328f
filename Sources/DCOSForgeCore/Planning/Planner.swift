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
  /// With `drains` the nodes of a wipe leave Mesos and the quorum is asked for before they are made
  /// again. In a wipe of some nodes, others may still differ from the file: that nodes are reimaged
  /// one after the other is how they come to it.
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
      step(
        .health, reason: "exit 0 means that every component answers well", requires: everything))
    let (refusals, reimages) = refusals(situations)
    return Plan(
      ordering: steps, refusals: refusals, warnings: warnings(situations),
      reimages: reimages.count == refusals.count ? reimages : [])
  }

  /// The plan that brings some nodes to a fresh machine that answers, and touches no other node.
  package func machinesPlan(of nodes: [NodeName]) -> Plan {
    let situations = spec.nodes.filter { nodes.contains($0.name) }.map(situation)
    let steps =
      sharedSteps(situations) + situations.flatMap(nodeSteps) + layerSteps(situations)
    return Plan(
      ordering: steps, refusals: machineRefusals(situations) + departureRefusals,
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

  /// A step with what its row in ``StepCatalog`` says; `requires` and `after` are what the row
  /// leaves to the planner.
  func step(
    _ kind: StepKind, _ node: NodeName? = nil, reason: String, requires: [StepID] = [],
    after: [StepID] = []
  ) -> PlannedStep {
    let row = kind.row
    return PlannedStep(
      StepID(kind, node), reason: reason, requires: ids(row.requires, node) + requires,
      after: ids(row.after, node) + after, limit: row.limit(spec.limits))
  }

  private func ids(_ waits: [StepRow.Wait], _ node: NodeName?) -> [StepID] {
    waits.flatMap { wait -> [StepID] in
      switch wait {
      case .step(let kind): [StepID(kind, kind.row.extent == .once ? nil : node)]
      case .all(let kind, of: let nodes):
        spec.nodes.filter { nodes.contain($0.role) }.map { StepID(kind, $0.name) }
      case .some, .everything: []
      }
    }
  }

  private func sharedSteps(_ situations: [Situation]) -> [PlannedStep] {
    var steps: [PlannedStep] = []
    if let reason = networkReason {
      steps.append(step(.network, reason: reason))
    }
    if pool?.isActive != true {
      let reason =
        pool == nil ? "there is no pool \(blueprint.pool.name)" : "the pool is not active"
      steps.append(step(.pool, reason: reason))
    }
    if situations.contains(where: \.transition.needsImage),
      !volumes.contains(blueprint.baseVolume.name)
    {
      let isSeen = pool == nil || observed.poolContents != nil
      steps.append(
        step(
          .baseImage,
          reason: isSeen ? "the image is not in the pool" : "the image may not be in the pool"))
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
    var steps: [PlannedStep] = []
    if case .replace = situation.transition, node.role.isAgent, drains(node), hasMaster {
      steps.append(
        step(.drain, node.name, reason: "its tasks end before it goes", after: comingMasters))
    }
    if case .replace(let record) = situation.transition, node.role == .master, drains(node),
      record.state == .running, !staying.isEmpty
    {
      steps.append(
        step(
          .quorumGuard, node.name, reason: "the other masters must keep the quorum without it",
          requires: drains(before: node), after: comingMasters))
    }
    if let reason = removeReason(situation) {
      steps.append(step(.remove, node.name, reason: reason, requires: drains(before: node)))
    }
    if let reason = machineReason(situation) {
      steps.append(step(.machine, node.name, reason: reason))
    }
    let mark = blueprint.identity.domain(of: node.name, among: observed.domains)?.mark
    if let reason = situation.unknown
      ?? (mark?.hasAnswered == false ? "its first boot is not marked as ended" : nil)
    {
      steps.append(step(.reachable, node.name, reason: reason))
    }
    steps += preparationSteps(situation)
    if node.role == .bootstrap { steps += bootstrapSteps(situation) }
    return steps
  }

  /// Whether a node leaves Mesos and the ensemble in good order: `wipe --force` spares that to its
  /// own nodes only.
  private func drains(_ node: NodeSpec) -> Bool { drains || !wiping.contains(node.name) }

  /// The drains that come before a node goes: its own, and before a master, which may lead, those
  /// of all agents.
  private func drains(before node: NodeSpec) -> [StepID] {
    guard drains(node) else { return [] }
    let agents = node.role == .master ? spec.nodes.filter(\.role.isAgent) : [node]
    return agents.map { StepID(.drain, $0.name) }
  }

  /// Why a machine has to be made or started; nil where none has to be.
  private func machineReason(_ situation: Situation) -> String? {
    switch situation.transition {
    case .create, .replace: "there is no domain" + layerNote(situation.node)
    case .remake(_, let why): why + layerNote(situation.node)
    case .start(let state, let changes):
      (["the domain is \(state.rawValue)"] + changes.map(\.description)).joined(separator: "; ")
    case .keep, .changed, .foreign: nil
    }
  }

  /// Why something of an earlier generation has to go; nil when nothing of it is left.
  private func removeReason(_ situation: Situation) -> String? {
    if case .replace = situation.transition { return "its machine is of an earlier generation" }
    guard situation.transition == .create, blueprint.generation(situation.node) > 1 else {
      return nil
    }
    return "an earlier generation may have left volumes"
  }

  /// The starts of masters, which come before what waits for an answer of theirs: that could hold
  /// the only place that a file allows.
  private var comingMasters: [StepID] {
    spec.nodes(.master).filter {
      if case .start = blueprint.transition($0, among: observed.domains) { true } else { false }
    }.map { StepID(.reachable, $0.name) }
  }

  /// The masters that may belong to an ensemble and are not about to be made again.
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

  /// Whether there may be a Mesos that an agent could be drained from: what does not answer is not
  /// absent.
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
  var volumes: [String] { observed.poolContents?.volumes ?? [] }

  /// Agents that left the file: drained, and removed last.
  private func departureSteps(after everything: [StepID]) -> [PlannedStep] {
    blueprint.identity.departed(among: observed.domains).filter(\.mark.role.isAgent).map {
      (_, mark) in
      step(.retire, mark.node, reason: "it left the file", requires: everything)
    }
  }

  private func preparationSteps(_ situation: Situation) -> [PlannedStep] {
    let node = situation.node
    var steps: [PlannedStep] = []
    if let reason = prerequisiteReason(situation) {
      steps.append(step(.prerequisites, node.name, reason: reason))
    }
    if let reason = timeReason(situation) {
      let server = blueprint.timeSettings(node).servers.isEmpty ? nil : spec.bootstrap?.name
      steps.append(
        step(
          .time, node.name, reason: reason,
          after: server == node.name ? [] : [StepID(.time, server)]))
    }
    if let reason = situation.install {
      steps.append(step(.ipDetect, node.name, reason: reason))
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
    guard let clock = facts.clock else { return "its clock could not be read" }
    let serves = blueprint.timeSettings(situation.node).servesTo != nil
    return clock.isGood || serves && clock.source == ClockRecord.local
      ? nil : "the clock is not synchronised (\(clock.source))"
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
      steps.append(step(.generate, node, reason: reason))
    }
    if !current || situation.facts?.served == nil {
      steps.append(
        step(.serve, node, reason: situation.unknown ?? "the installation is not served"))
    }
    return steps
  }

  private func installSteps(_ situations: [Situation]) -> [PlannedStep] {
    let due = situations.filter { $0.install != nil }
    let masters = due.filter { $0.node.role == .master }
    let agents =
      due.filter { $0.node.role == .agent } + due.filter { $0.node.role == .publicAgent }
    // What is looked at on a node before DC/OS is installed there.
    var steps = due.flatMap { situation in
      [StepKind.fetch, .preflight].map {
        step($0, situation.node.name, reason: situation.install ?? "")
      }
    }
    steps += masters.map { step(.installMaster, $0.node.name, reason: $0.install ?? "") }
    let isUnproved = blueprint.identity.owned(among: observed.domains).contains {
      $0.mark.awaitsProof
    }
    guard !due.isEmpty || isUnproved else { return steps }
    steps.append(
      step(
        .quorum,
        reason: due.isEmpty
          ? "no gate has opened over all masters yet" : "no agent before the quorum is proved"))
    return steps + agentSteps(agents)
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
        step(
          .installAgent, node.name, reason: situation.install ?? "",
          requires: isCanary ? [] : [StepID(.join, canary.node.name)],
          after: node.role == .publicAgent ? privateJoins.filter { $0.node != node.name } : []),
        step(
          .join, node.name,
          reason: isCanary ? "the canary: the others wait for it" : "the leader must list it"),
      ]
    }
  }
}
