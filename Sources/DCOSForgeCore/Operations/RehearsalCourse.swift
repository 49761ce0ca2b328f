/// A simulated cluster that is up, for lives to begin with.
struct StandingCluster: Sendable {
  let world: SimulatedWorld
  let knowledge: LawBook
}

/// Drives one life on one simulated world, run after run.
struct RehearsalCourse {
  private let rehearsal: Rehearsal
  let cluster: SimulatedCluster
  let laws: Laws
  private let keys: StandInKeys
  private let began: Moment
  private(set) var life: Life

  /// How often `up` is tried while faults last.
  static let triesUnderFaults = 2
  /// How long the run that must end well may take, in virtual time.
  static let bound = Duration.seconds(2 * 3600)

  /// A life that is to begin with a healthy cluster, where there is none, begins with nothing and `up`.
  init(_ rehearsal: Rehearsal, _ scenario: Scenario, _ standing: StandingCluster? = nil) {
    self.rehearsal = rehearsal
    keys = StandInKeys(rehearsal.spec)
    life = Life(scenario: scenario)
    if scenario.beginning == .healthy, let standing {
      cluster = SimulatedCluster(
        beginningWith: standing.world, seed: scenario.seed, faults: scenario.faults)
      laws = Laws(knowing: standing.knowledge)
      laws.judge(cluster)
    } else {
      (life.scenario.beginning, life.scenario.act) = (.nothing, .up)
      cluster = SimulatedCluster(
        seed: scenario.seed, faults: scenario.faults, host: rehearsal.host)
      laws = Laws(rehearsal.spec, secret: StandInKeys.secret)
      Bystanders.plant(beside: rehearsal.spec, on: cluster)
      laws.watch(cluster)
    }
    began = cluster.virtualClock.now
  }

  /// The cluster as it is now, if it is up.
  var standing: StandingCluster? {
    isUp && life.breach == nil
      ? StandingCluster(world: cluster.state, knowledge: laws.knowledge) : nil
  }

  // MARK: courses

  /// `up` as the scenario has it, and once more.
  mutating func twoRuns() {
    up(cutShort: life.scenario.interruption)
    up(changing: life.chapters.last?.isWell == true ? [] : nil)
    close()
  }

  /// What the seed has drawn, what it takes to be up after it, and to nothing.
  mutating func wholeLife() {
    let scenario = life.scenario
    act()
    for _ in 1..<Self.triesUnderFaults where !isUp { up() }
    cluster.healAll()
    if !isUp { inCalm() }
    if isUp { up(changing: []) }
    if scenario.keepsImage { destroy(killedAfter: nil, keepingImage: true) }
    destroy(killedAfter: scenario.destroyKill)
    if life.breach == nil { life.breach = laws.leftovers(cluster) }
    close()
  }

  /// The first run, as the scenario has it.
  mutating func oneRun() {
    act()
    close()
  }

  /// The first run as the scenario has it, what it takes to be up, and to nothing again.
  mutating func shortLife() {
    act()
    cluster.healAll()
    if !isUp { inCalm() }
    destroy(killedAfter: nil)
    if life.breach == nil { life.breach = laws.leftovers(cluster) }
    close()
  }

  private mutating func act() {
    switch life.scenario.act {
    case .up: up(cutShort: life.scenario.interruption)
    case .repair: repair()
    case .destroy: destroy(life.scenario.interruption)
    case .wipe(let names, let rejoins): wipe(names, rejoins: rejoins)
    }
  }

  private var isUp: Bool { life.timeToHealthy != nil }

  /// Once faults stop, one `up` ends well; where it is refused, everything begins again.
  ///
  /// A run that was only cut short gives no reason to refuse the next.
  private mutating func inCalm() {
    up()
    if !life.scenario.faults.faults.isEmpty,
      case .threw(let error)? = life.chapters.last?.ending, error.category == .refused
    {
      wipe(rehearsal.spec.nodes.map(\.name), .cluster(until: .health), nil)
      mustHaveEndedWell()
    }
    guard life.breach == nil else { return }
    let last = life.chapters.last
    if !isUp {
      life.breach = "convergence: faults had stopped, and up \(last?.outcome ?? "did not run")"
    } else if let last, last.elapsed > Self.bound {
      life.breach = "convergence: the run in calm took \(last.elapsed.brief)"
    }
  }

  private mutating func close() {
    life.checks = laws.checks
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
      let cures = prepared.plan.cures
      guard !cures.isEmpty else { return try await up.run(prepared) }
      return try await Self.wipe(
        wanted.spec.nodes.filter { cures.contains($0.name) }, .cluster(until: .health), wanted,
        context, keys.renewal(on: cluster))
    }
    noteHealth()
    guard changing != nil, life.breach == nil, let last = life.chapters.last, !last.isWell else {
      return
    }
    life.breach = "convergence: nothing was wrong, and up \(last.outcome)"
  }

  private mutating func noteHealth() {
    if life.chapters.last?.isWell == true, life.timeToHealthy == nil {
      life.timeToHealthy = cluster.virtualClock.now.since(began)
    }
  }

  /// One `repair --auto`.
  private mutating func repair() {
    let (rehearsal, keys, cluster) = (rehearsal, self.keys, self.cluster)
    run("repair --auto", .up(changing: nil), life.scenario.interruption) { context in
      let repair = Repair(rehearsal.wanted(keys.current), context: context)
      let problems = try await repair.problems()
      guard !problems.isEmpty else { return nil }
      return try await repair.run(problems, renew: keys.renewal(on: cluster))
    }
  }

  /// Makes nodes anew as the scenario has it; undisturbed it ends well, and no other node is touched by it or by
  /// the `up` that follows.
  private mutating func wipe(_ names: [NodeName], rejoins: Bool) {
    let scenario = life.scenario
    wipe(names, rejoins ? .cluster(until: .health) : .machines(of: names), scenario.interruption)
    guard scenario.faults.faults.isEmpty,
      names.count == 1 || names.count == rehearsal.spec.nodes.count
    else { return }
    if scenario.interruption == nil { mustHaveEndedWell() }
    if !isUp { up(changing: Set(names)) }
  }

  private mutating func wipe(
    _ names: [NodeName], _ extent: Up.Extent, _ interruption: Scenario.Interruption?
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
    _ nodes: [NodeSpec], _ extent: Up.Extent, _ wanted: WantedCluster, _ context: ForgeContext,
    _ renew: @escaping @Sendable ([NodeName: Int]) throws(ForgeError) -> ClusterKeys
  ) async throws(ForgeError) -> Up.Report {
    let wipe = Wipe(wanted, context: context)
    let preview = try await wipe.preview(nodes, extent, force: false)
    if let refusal = preview.refusal { throw refusal }
    return try await wipe.run(preview, extent, drains: true, renew: renew)
  }

  /// Removes everything; a run that was killed is continued.
  private mutating func destroy(killedAfter changes: Int?, keepingImage: Bool = false) {
    for limit in [changes, nil] {
      destroy(limit.map { .killAtChange($0) }, keepingImage: keepingImage)
      guard case .killed? = life.chapters.last?.ending else { break }
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
      try await Destroy(spec, on: context.hypervisor, keepingImage: keepingImage).run()
      return nil
    }
  }

  private mutating func mustHaveEndedWell() {
    guard life.breach == nil, let last = life.chapters.last, !last.isWell else { return }
    life.breach = "convergence: \(last.command) \(last.outcome)"
  }

  /// One run of dcosforge as a chapter of the life; nothing runs after a breach.
  private mutating func run(
    _ command: String, _ act: Laws.Act, _ interruption: Scenario.Interruption?,
    _ body: @escaping @Sendable (ForgeContext) async throws -> Up.Report?
  ) {
    guard life.breach == nil else { return }
    let number = life.chapters.count + 1
    laws.begin(act, lease: RunRecorder.leaseUUID(number))
    let recorder = RunRecorder(
      cluster: cluster, laws: laws, spec: rehearsal.spec, number: number,
      interruption: interruption)
    let changes = cluster.read { $0.changes }
    let began = cluster.virtualClock.now
    var (lastChange, lastJob): (Int?, Int?)
    if case .killAtChange(let number) = interruption { lastChange = changes + number }
    if case .killAtJob(let number) = interruption { lastJob = number }
    var chapter = Life.Chapter(
      command: command, ending: .killed, elapsed: .zero, changes: 0, records: 0)
    do {
      let outcome = try Simulation.run(
        on: cluster, killAtChanges: lastChange, killAtJob: lastJob
      ) { cluster in
        try await recorder.run { context in try await body(context) }
      }
      chapter.report = outcome.value
      chapter.jobs = outcome.jobs
      chapter.ending = .ended(outcome.value?.status ?? .success)
      life.digest = life.digest &* 31 &+ outcome.digest
    } catch {
      judge(error, &chapter)
    }
    chapter.elapsed = cluster.virtualClock.now.since(began)
    chapter.changes = cluster.read { $0.changes } - changes
    chapter.records = recorder.count
    life.chapters.append(chapter)
    if case .killed = chapter.ending {
    } else if life.breach == nil {
      life.breach = laws.inspectEnd(cluster)
    }
    if life.breach == nil { life.breach = laws.inspect(cluster) }
    if life.breach != nil, life.lastEvents.isEmpty {
      life.lastEvents = cluster.read { $0.trace.suffix(12).map(\.description) }
    }
  }

  private mutating func judge(_ error: any Error, _ chapter: inout Life.Chapter) {
    switch error {
    case let failure as Simulation.Failure:
      life.lastEvents = failure.lastEvents
      switch failure.reason {
      case .killed: life.lastEvents = []
      case .violation(let text): life.breach = text
      case .deadlock: life.breach = "the run waits for ever"
      case .virtualTime: life.breach = "the run takes longer than a day"
      case .jobs: life.breach = "the run spins"
      }
    case let error as ForgeError: chapter.ending = .threw(error)
    case is CancellationError: chapter.ending = .ended(.interrupted)
    default: life.breach = "the run threw \(error)"
    }
  }
}

extension Life.Chapter {
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
