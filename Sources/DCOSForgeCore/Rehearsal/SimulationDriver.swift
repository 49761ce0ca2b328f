import ForgeSupport
import ForgeSimulation
import ForgePorts
import ForgePlanning
import ForgeModel

/// A simulated cluster that is up, for simulation runs to begin with.
struct HealthyCluster: Sendable {
  let world: SimulatedWorld
  let knowledge: InvariantState
}

/// Drives one simulation run on one simulated world, run after run.
struct SimulationDriver {
  private let rehearsal: Rehearsal
  let cluster: SimulatedCluster
  let invariants: Invariants
  private let keys: SimulatedKeys
  private let began: Moment
  var simulationRun: SimulationRun

  /// How often `up` is tried while faults last.
  static let triesUnderFaults = 2
  /// How long the run that must end well may take, in virtual time: longer where the file lets
  /// only few nodes be worked on at once.
  private var bound: Duration {
    let parallel = rehearsal.spec.parallel
    let nodesAtOnce = min(parallel.steps, parallel.machines, parallel.installs)
    let oneByOne = Duration.seconds(20 * 60) * rehearsal.spec.nodes.count
    return max(.seconds(2 * 3600), oneByOne / nodesAtOnce)
  }

  /// A simulation run that is to begin with a healthy cluster, where there is none, begins with
  /// nothing and `up`.
  init(_ rehearsal: Rehearsal, _ scenario: Scenario, _ healthyCluster: HealthyCluster? = nil) {
    self.rehearsal = rehearsal
    keys = SimulatedKeys(rehearsal.spec)
    simulationRun = SimulationRun(scenario: scenario)
    if scenario.beginning == .healthy, let healthyCluster {
      cluster = SimulatedCluster(
        beginningWith: healthyCluster.world, seed: scenario.seed, faults: scenario.faults)
      invariants = Invariants(knowing: healthyCluster.knowledge)
      invariants.evaluate(cluster)
    } else {
      (simulationRun.scenario.beginning, simulationRun.scenario.act) = (.nothing, .up)
      cluster = SimulatedCluster(
        seed: scenario.seed, faults: scenario.faults, host: rehearsal.host, cache: rehearsal.cache)
      invariants = Invariants(rehearsal.spec, secret: SimulatedKeys.secret)
      ForeignObjects.plant(beside: rehearsal.spec, on: cluster)
      invariants.watch(cluster)
    }
    began = cluster.virtualClock.now
  }

  /// The cluster as it is now, if it is up.
  var healthyCluster: HealthyCluster? {
    isUp && simulationRun.violation == nil
      ? HealthyCluster(world: cluster.state, knowledge: invariants.knowledge) : nil
  }

  // MARK: courses

  /// `up` as the scenario has it, and once more.
  mutating func twoRuns() {
    up(cutShort: simulationRun.scenario.interruption)
    up(changing: simulationRun.commandRuns.last?.isWell == true ? [] : nil)
    close()
  }

  /// What the seed has drawn, what it takes to be up after it, and to nothing.
  mutating func wholeRun() {
    let scenario = simulationRun.scenario
    act()
    for _ in 1..<Self.triesUnderFaults where !isUp { up() }
    cluster.removeFaults()
    if !isUp { upWithoutFaults() }
    if isUp { up(changing: []) }
    if scenario.keepsImage { destroy(killedAfter: nil, keepingImage: true) }
    destroy(killedAfter: scenario.destroyKill)
    if simulationRun.violation == nil { simulationRun.violation = invariants.leftovers(cluster) }
    close()
  }

  /// The first run, as the scenario has it.
  mutating func oneRun() {
    act()
    close()
  }

  mutating func act() {
    switch simulationRun.scenario.act {
    case .up: up(cutShort: simulationRun.scenario.interruption)
    case .repair: repair()
    case .destroy: destroy(simulationRun.scenario.interruption)
    case .wipe(let names, let rejoins): wipe(names, rejoins: rejoins)
    }
  }

  var isUp: Bool { simulationRun.timeToHealthy != nil }

  /// Once faults stop, one `up` ends well; where it is refused, everything begins again.
  ///
  /// A run that was only cut short gives no reason to refuse the next.
  mutating func upWithoutFaults() {
    up()
    if !simulationRun.scenario.faults.faults.isEmpty,
      case .threw(let error)? = simulationRun.commandRuns.last?.ending, error.category == .refused
    {
      wipe(rehearsal.spec.nodes.map(\.name), .cluster(until: .health), nil)
      mustHaveEndedWell()
    }
    guard simulationRun.violation == nil else { return }
    let last = simulationRun.commandRuns.last
    if !isUp {
      simulationRun.violation =
        "convergence: faults had stopped, and up \(last?.outcome ?? "did not run")"
    } else if let last, last.elapsed > bound {
      simulationRun.violation = "convergence: the run in calm took \(last.elapsed.brief)"
    }
  }

  mutating func close() {
    simulationRun.checks = invariants.checks
  }

  // MARK: runs

  /// One `up --yes`, which may change these nodes only, unless that is nil.
  private mutating func up(
    changing: Set<NodeName>? = nil, cutShort interruption: Scenario.Interruption? = nil
  ) {
    let (rehearsal, keys, cluster) = (rehearsal, self.keys, self.cluster)
    run("up", .up(changing: changing), interruption) { context in
      let wanted = rehearsal.wanted(keys.current)
      let up = Up(wanted, context: context)
      let prepared = try await up.prepare()
      let reimages = prepared.plan.reimages
      guard !reimages.isEmpty else { return try await up.run(prepared) }
      return try await Self.wipe(
        wanted.spec.nodes.filter { reimages.contains($0.name) }, .cluster(until: .health), wanted,
        context, keys.renewal(on: cluster))
    }
    noteHealth()
    guard changing != nil, simulationRun.violation == nil,
      let last = simulationRun.commandRuns.last, !last.isWell
    else {
      return
    }
    simulationRun.violation = "convergence: nothing was wrong, and up \(last.outcome)"
  }

  private mutating func noteHealth() {
    if simulationRun.commandRuns.last?.isWell == true, simulationRun.timeToHealthy == nil {
      simulationRun.timeToHealthy = cluster.virtualClock.now.since(began)
    }
  }

  /// One `repair --auto`.
  private mutating func repair() {
    let (rehearsal, keys, cluster) = (rehearsal, self.keys, self.cluster)
    run("repair --auto", .up(changing: nil), simulationRun.scenario.interruption) { context in
      let repair = Repair(rehearsal.wanted(keys.current), context: context)
      let problems = try await repair.problems()
      guard !problems.isEmpty else { return nil }
      return try await repair.run(problems, renew: keys.renewal(on: cluster))
    }
  }

  /// Makes nodes again as the scenario has it; undisturbed it ends well, and no other node is
  /// touched by it or by the `up` that follows.
  private mutating func wipe(_ names: [NodeName], rejoins: Bool) {
    let scenario = simulationRun.scenario
    wipe(names, rejoins ? .cluster(until: .health) : .machines(of: names), scenario.interruption)
    guard scenario.faults.faults.isEmpty,
      names.count == 1 || names.count == rehearsal.spec.nodes.count
    else { return }
    if scenario.interruption == nil {
      if names == rehearsal.spec.nodes(.master).map(\.name) {
        mustHaveBeenRefused()
      } else {
        mustHaveEndedWell()
      }
    }
    if !isUp { up(changing: Set(names)) }
  }

  private mutating func wipe(
    _ names: [NodeName], _ extent: RunExtent, _ interruption: Scenario.Interruption?
  ) {
    let (rehearsal, keys, cluster) = (rehearsal, self.keys, self.cluster)
    let nodes = rehearsal.spec.nodes.filter { names.contains($0.name) }
    let what =
      nodes.count == rehearsal.spec.nodes.count
      ? "--all" : names.map(\.description).joined(separator: " ")
    let rejoins = if case .cluster = extent { " --rejoin" } else { "" }
    run("wipe \(what)\(rejoins)", .wipe(Set(names)), interruption) { context in
      try await Self.wipe(
        nodes, extent, rehearsal.wanted(keys.current), context, keys.renewal(on: cluster))
    }
    if !rejoins.isEmpty { noteHealth() }
  }

  /// What `wipe --yes` does.
  private static func wipe(
    _ nodes: [NodeSpec], _ extent: RunExtent, _ wanted: WantedCluster, _ context: ForgeContext,
    _ renew: @escaping @Sendable ([NodeName: Int]) throws(ForgeError) -> ClusterKeys
  ) async throws(ForgeError) -> RunReport {
    let wipe = Wipe(wanted, context: context)
    let preview = try await wipe.preview(nodes, extent, force: false)
    if let refusal = preview.refusal { throw refusal }
    return try await wipe.run(preview, extent, drains: true, renew: renew)
  }

  /// Removes everything; a run that was killed is continued.
  mutating func destroy(killedAfter changes: Int?, keepingImage: Bool = false) {
    for limit in [changes, nil] {
      destroy(limit.map { .killAtChange($0) }, keepingImage: keepingImage)
      guard case .killed? = simulationRun.commandRuns.last?.ending else { break }
    }
    mustHaveEndedWell()
  }

  /// One `destroy --yes`.
  private mutating func destroy(
    _ interruption: Scenario.Interruption?, keepingImage: Bool = false
  ) {
    let spec = rehearsal.spec
    let command = keepingImage ? "destroy --keep-image" : "destroy"
    run(command, .destroy, interruption) { context in
      try await Destroy(spec, context: context, keepingImage: keepingImage).run()
      return nil
    }
  }

  private mutating func mustHaveBeenRefused() {
    guard simulationRun.violation == nil, let last = simulationRun.commandRuns.last else { return }
    if case .threw(let error) = last.ending, error.category == .refused, last.changes == 0 {
      return
    }
    simulationRun.violation =
      "quorum: \(last.command) takes the only master, and \(last.outcome)"
  }

  private mutating func mustHaveEndedWell() {
    guard simulationRun.violation == nil, let last = simulationRun.commandRuns.last, !last.isWell
    else { return }
    simulationRun.violation = "convergence: \(last.command) \(last.outcome)"
  }

  /// One command run of the simulation run; nothing runs after a violation.
  private mutating func run(
    _ command: String, _ act: Invariants.Act, _ interruption: Scenario.Interruption?,
    _ body: @escaping @Sendable (ForgeContext) async throws -> RunReport?
  ) {
    guard simulationRun.violation == nil else { return }
    let number = simulationRun.commandRuns.count + 1
    invariants.begin(act, lease: RunRecorder.leaseUUID(number))
    let recorder = RunRecorder(
      cluster: cluster, invariants: invariants, spec: rehearsal.spec, number: number,
      interruption: interruption)
    let changes = cluster.read { $0.changes }
    let began = cluster.virtualClock.now
    var (lastChange, lastJob): (Int?, Int?)
    if case .killAtChange(let number) = interruption { lastChange = changes + number }
    if case .killAtJob(let number) = interruption { lastJob = number }
    var commandRun = SimulationRun.CommandRun(
      command: command, ending: .killed, elapsed: .zero, changes: 0, records: 0)
    do {
      let outcome = try Simulation.run(
        on: cluster, killAtChanges: lastChange, killAtJob: lastJob
      ) { cluster in
        try await recorder.run { context in try await body(context) }
      }
      commandRun.report = outcome.value
      commandRun.jobs = outcome.jobs
      commandRun.ending = .ended(outcome.value?.status ?? .success)
      simulationRun.digest = simulationRun.digest &* 31 &+ outcome.digest
    } catch {
      evaluate(error, &commandRun)
    }
    commandRun.elapsed = cluster.virtualClock.now.since(began)
    commandRun.changes = cluster.read { $0.changes } - changes
    commandRun.records = recorder.count
    simulationRun.commandRuns.append(commandRun)
    if case .killed = commandRun.ending {
    } else if simulationRun.violation == nil {
      simulationRun.violation = invariants.inspectEnd(cluster)
    }
    if simulationRun.violation == nil { simulationRun.violation = invariants.inspect(cluster) }
    if simulationRun.violation != nil, simulationRun.lastEvents.isEmpty {
      simulationRun.lastEvents = cluster.read { $0.trace.suffix(12).map(\.description) }
    }
  }

  private mutating func evaluate(_ error: any Error, _ commandRun: inout SimulationRun.CommandRun) {
    switch error {
    case let failure as Simulation.Failure:
      simulationRun.lastEvents = failure.lastEvents
      switch failure.reason {
      case .killed: simulationRun.lastEvents = []
      case .violation(let text): simulationRun.violation = text
      case .deadlock: simulationRun.violation = "the run waits for ever"
      case .virtualTime: simulationRun.violation = "the run takes longer than a day"
      case .jobs: simulationRun.violation = "the run spins"
      }
    case let error as ForgeError: commandRun.ending = .threw(error)
    case is CancellationError: commandRun.ending = .ended(.interrupted)
    default: simulationRun.violation = "the run threw \(error)"
    }
  }
}

extension SimulationRun.CommandRun {
  /// How it ended, as the end of a sentence.
  var outcome: String {
    switch ending {
    case .killed: "was killed"
    case .threw(let error): "ended with: \(error)"
    case .ended(.success): "ended well"
    case .ended(let status):
      "ended with exit code \(status.rawValue): "
        + (report?.records.compactMap(\.failure).first?.description ?? "no failure")
    }
  }
}
