@testable import ForgeModel
@testable import ForgePlanning
@testable import ForgeSimulation
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

/// Whole sets of what can go wrong with one run, one simulation run for each member: the next `up`
/// ends well, and `destroy` leaves nothing.
///
/// `DCOSFORGE_EXHAUSTIVE` runs all of them; without it each set is sampled. Either way it is
/// printed how many.
@Suite struct ExhaustiveTests {
  private static let isWhole =
    ProcessInfo.processInfo.environment["DCOSFORGE_EXHAUSTIVE"] != nil
  /// How many members of a set are tried when not all are.
  private static let sample = 5

  /// A bootstrap node, three masters, one agent.
  private static let rehearsal: Rehearsal = {
    var spec = Samples.spec
    spec.nodes.removeAll { $0.name.description > "lxb001" && $0.role == .agent }
    return Rehearsal(spec)
  }()

  private static let healthyCluster = rehearsal.healthyCluster()

  /// What is disturbed: `up` from nothing, and on a cluster that is up a `wipe --rejoin` of a
  /// master and an agent, a `repair` of a master that is off, and a `destroy`.
  enum Subject: String, CaseIterable, Sendable {
    case up, wipe, repair, destroy

    /// Those that keep a journal and send commands to nodes.
    static let journaled: [Self] = [.up, .wipe, .repair]
    /// Those that make volumes.
    static let making: [Self] = [.up, .wipe]

    func scenario(
      faults: FaultPlan = .none, _ interruption: Scenario.Interruption? = nil
    ) -> Scenario {
      var scenario =
        switch self {
        case .up: Scenario(seed: 77)
        case .wipe:
          Scenario(
            seed: 77, .wipe([Samples.name("lxzk01"), Samples.name("lxb001")], rejoins: true),
            of: .healthy)
        case .repair:
          Scenario(
            seed: 77, .repair, of: .healthy,
            faults: [.powersOff(Samples.name("lxzk02"), at: .zero)])
        case .destroy: Scenario(seed: 77, .destroy, of: .healthy)
        }
      scenario.faults.faults += faults.faults
      scenario.interruption = interruption
      return scenario
    }

    /// What the undisturbed run has at least, so that no set shrinks unseen.
    var least: (calls: Int, changes: Int, records: Int, awaits: Int) {
      switch self {
      case .up, .wipe: (200, 50, 40, 2000)
      case .repair: (30, 1, 20, 600)
      case .destroy: (15, 11, 0, 25)
      }
    }

    /// The undisturbed run, which says how large the sets are.
    var reference: SimulationDriver {
      var driver = ExhaustiveTests.driver(scenario())
      driver.oneRun()
      return driver
    }
  }

  private static func driver(_ scenario: Scenario) -> SimulationDriver {
    SimulationDriver(rehearsal, scenario, healthyCluster)
  }

  private func tryAll(
    _ set: String, _ scenarios: [Scenario], _ location: SourceLocation = #_sourceLocation
  ) {
    let step = Self.isWhole ? 1 : max(1, scenarios.count / Self.sample)
    // The first point is another one in each set, so that samples of sets do not fall together.
    let chosen = stride(
      from: min(set.utf8.count % step, scenarios.count - 1), to: scenarios.count, by: step
    )
    .map { scenarios[$0] }
    for scenario in chosen {
      var driver = Self.driver(scenario)
      driver.shortRun()
      #expect(
        driver.simulationRun.violation == nil,
        "\(scenario.faults.faults.map(\.phrase)) \(scenario.interruption?.phrase ?? "")",
        sourceLocation: location)
      // A run that was only cut short gives no reason to begin everything again.
      #expect(
        scenario.interruption == nil
          || !driver.simulationRun.commandRuns.contains { $0.command.hasPrefix("wipe --all") },
        "\(scenario.interruption?.phrase ?? "")", sourceLocation: location)
    }
    #expect(!chosen.isEmpty, sourceLocation: location)
    print("exhaustive: \(set): tried \(chosen.count) of \(scenarios.count)")
  }

  @Test(arguments: Subject.allCases) func theReferenceIsWell(subject: Subject) {
    let simulationRun = subject.reference.simulationRun
    #expect(simulationRun.violation == nil && simulationRun.commandRuns.map(\.isWell) == [true])
  }

  @Test(arguments: Subject.allCases, [false, true])
  func everyHypervisorCallFails(subject: Subject, afterEffect: Bool) {
    let calls = subject.reference.cluster.state.hypervisorCalls
    #expect(calls >= subject.least.calls)
    tryAll(
      "\(subject): a hypervisor call fails \(afterEffect ? "after" : "before") its effect",
      (1...calls).map {
        subject.scenario(faults: [.hypervisorCall($0, afterEffect: afterEffect)])
      })
  }

  @Test(arguments: Subject.journaled) func everyCommandAndTransferDrops(subject: Subject) {
    let scenarios = subject.reference.cluster.state.nodes.flatMap { node in
      (1...max(1, node.commandCount)).map {
        subject.scenario(faults: [.connectionDropped(node.name, atCommand: $0)])
      }
    }
    #expect(scenarios.count > 30)
    tryAll("\(subject): a command or transfer drops", scenarios)
  }

  @Test(arguments: Subject.making) func everyVolumeFindsTheDiskFull(subject: Subject) {
    let volumes = subject.reference.cluster.state.volumesMade
    #expect(volumes > 1)
    tryAll(
      "\(subject): the disk is full",
      (1...volumes).map { subject.scenario(faults: [.diskFull(atVolume: $0)]) })
  }

  /// The first of the wiped nodes makes a prepared layer on the way.
  @Test(arguments: ["lxzk01", "lxzk02", "lxb001"]) func thePowerGoesInAWipe(node: String) throws {
    let wipe = try #require(Subject.wipe.reference.simulationRun.commandRuns.first)
    let whole = wipe.elapsed
    #expect(wipe.report?.records.contains { $0.step.id.kind == .preparedLayer } == true)
    tryAll(
      "wipe: \(node) loses its power",
      (0..<100).map {
        Subject.wipe.scenario(faults: [.powersOff(Samples.name(node), at: whole * $0 / 100)])
      })
  }

  @Test(arguments: Subject.allCases) func aKillAfterEveryChange(subject: Subject) throws {
    let changes = try #require(subject.reference.simulationRun.commandRuns.first?.changes)
    #expect(changes >= subject.least.changes)
    tryAll(
      "\(subject): a kill after a change",
      (1...changes).map { subject.scenario(.killAtChange($0)) })
  }

  @Test(arguments: Subject.allCases) func aKillAtEveryAwait(subject: Subject) throws {
    let jobs = try #require(subject.reference.simulationRun.commandRuns.first?.jobs)
    #expect(jobs >= subject.least.awaits)
    tryAll("\(subject): a kill at an await", (1...jobs).map { subject.scenario(.killAtJob($0)) })
  }

  @Test(arguments: Subject.journaled) func aKillAfterEveryRecord(subject: Subject) throws {
    tryAll("\(subject): a kill after a record", try atEveryRecord(subject) { .killAtRecord($0) })
  }

  @Test(arguments: Subject.journaled) func aStopAtEveryRecord(subject: Subject) throws {
    tryAll(
      "\(subject): the first Ctrl-C at a record", try atEveryRecord(subject) { .stopAtRecord($0) })
  }

  @Test(arguments: Subject.journaled) func aCancellationAtEveryRecord(subject: Subject) throws {
    tryAll(
      "\(subject): the second Ctrl-C at a record",
      try atEveryRecord(subject) { .cancelAtRecord($0) })
  }

  private func atEveryRecord(
    _ subject: Subject, _ interruption: (Int) -> Scenario.Interruption
  ) throws -> [Scenario] {
    let records = try #require(subject.reference.simulationRun.commandRuns.first?.records)
    #expect(records >= subject.least.records)
    return (1...records).map { subject.scenario(interruption($0)) }
  }
}

extension SimulationDriver {
  /// The first run as the scenario has it, what it takes to be up, and to nothing again.
  fileprivate mutating func shortRun() {
    act()
    cluster.removeFaults()
    if !isUp { upWithoutFaults() }
    destroy(killedAfter: nil)
    if simulationRun.violation == nil { simulationRun.violation = invariants.leftovers(cluster) }
    close()
  }
}
