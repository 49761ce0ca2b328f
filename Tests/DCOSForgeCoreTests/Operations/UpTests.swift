@testable import ForgePorts
@testable import ForgeHealth
@testable import ForgeNodeProtocol
@testable import ForgeDCOS
@testable import ForgeModel
@testable import ForgeSupport
@testable import ForgeSimulation
@testable import ForgeEvents
@testable import ForgePlanning
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

/// Whole runs of `up` on the simulated cluster.
@Suite struct UpTests {
  /// How many seeds a test over seeds tries, and how many kill points one over points.
  static let seeds =
    ProcessInfo.processInfo.environment["DCOSFORGE_SEEDS"].flatMap { Int($0) } ?? 40

  /// Runs `up` and returns its report with all events.
  static func up(
    on cluster: SimulatedCluster, wanted: WantedCluster = Samples.wanted(),
    until stage: Stage = .health, killAtChanges: Int? = nil
  ) throws -> (report: RunReport, events: [Event]) {
    let events = EventLog()
    let outcome = try Simulation.run(on: cluster, killAtChanges: killAtChanges) { cluster in
      try await Up(wanted, context: cluster.context(events)).run(.cluster(until: stage))
    }
    return (outcome.value, events.all)
  }

  /// Whether the event begins a step of the kind.
  private func begins(_ kind: StepKind, _ event: Event) -> Bool {
    if case .stepStarted(let id, _, _) = event.kind { id.kind == kind } else { false }
  }

  @Test func sevenNodesComeUpHealthy() throws {
    let (report, events) = try Self.up(on: SimulatedCluster(seed: 1))
    #expect(report.status == .success, "\(report.records.compactMap(\.failure))")
    #expect(report.records.count == report.plan.steps.count)
    let gate = try #require(
      events.firstIndex { if case .gateOpened = $0.kind { true } else { false } })
    let firstAgent = try #require(events.firstIndex { begins(.installAgent, $0) })
    #expect(gate < firstAgent)
  }

  @Test func aSecondRunChangesNothing() throws {
    let cluster = SimulatedCluster(seed: 2)
    _ = try Self.up(on: cluster)
    let before = cluster.state.changes
    let (report, _) = try Self.up(on: cluster)
    #expect(report.status == .success)
    #expect(!report.plan.hasChanges)
    #expect(cluster.state.changes == before)
  }

  /// The invariant: no agent's installation begins before a quorum was proved to the run's journal.
  ///
  /// `DCOSFORGE_SEEDS` sets how many seeds are tried; `make test-simulation` tries 1,000.
  @Test func noAgentBeforeTheProvedQuorum() throws {
    let nodes = Samples.spec.nodes.map(\.name)
    for seed in 0..<UInt64(Self.seeds) {
      let cluster = SimulatedCluster(
        seed: seed, faults: .transient(seed: seed, nodes: nodes))
      let invariant = AgentInvariant()
      cluster.observe { event, _ in invariant.violation(event) }
      let events = EventLog(onGate: { invariant.open() })
      let outcome = try Simulation.run(on: cluster) { cluster in
        try await Up(Samples.wanted(), context: cluster.context(events)).run()
      }
      #expect(
        outcome.value.status == .success,
        "seed \(seed): \(outcome.value.records.compactMap(\.failure))")
    }
  }

  /// The observer of the invariant can see a violation: agents without a gate.
  @Test func theInvariantIsNotBlind() throws {
    let cluster = SimulatedCluster(seed: 3)
    let invariant = AgentInvariant()
    cluster.observe { event, _ in invariant.violation(event) }
    #expect(throws: Simulation.Failure.self) {
      // The gate's evidence never reaches this invariant, as if no gate had been asked.
      try Simulation.run(on: cluster) { cluster in
        try await Up(Samples.wanted(), context: cluster.context()).run()
      }
    }
  }

  @Test func aBlockedMasterKeepsEveryAgentUninstalled() throws {
    let blocked = Samples.name("lxzk02")
    let cluster = SimulatedCluster(seed: 5, faults: [.portsBlocked(blocked)])
    let (report, events) = try Self.up(on: cluster)
    #expect(report.status == .timeout)
    let gate = try #require(report.records.first { $0.step.id == StepID(.quorum) })
    #expect(gate.failure?.subject == "lxzk02")
    #expect(!events.contains { begins(.installAgent, $0) })
    for agent in Samples.spec.nodes(.agent) {
      let record = report.records.first { $0.step.id == StepID(.installAgent, agent.name) }
      guard case .skipped(let because, _) = record?.outcome else {
        Issue.record("\(agent.name) was not skipped")
        continue
      }
      #expect(because == StepID(.quorum))
    }
    // Put right, the next run ends well.
    cluster.remove(.portsBlocked(blocked))
    #expect(try Self.up(on: cluster).report.status == .success)
  }

  @Test func allPreflightFaultsStandInOneTable() throws {
    let check = "Docker is running"
    let cluster = SimulatedCluster(
      seed: 8,
      faults: [
        .preflightFails(Samples.name("lxzk02"), check: check),
        .preflightFails(Samples.name("lxb001"), check: check),
      ])
    let (report, events) = try Self.up(on: cluster)
    #expect(report.status == .step)
    #expect(!events.contains { begins(.installMaster, $0) })
    let lines = RunSummary(Samples.spec, report).lines
    let head = try #require(lines.firstIndex { $0.hasPrefix("NODE    FAILED ") })
    #expect(lines[head + 1].hasPrefix("lxb001  Docker is running"))
    #expect(lines[head + 2].hasPrefix("lxzk02  Docker is running"))
    #expect(lines[head + 3].hasPrefix("→ put these right"))
  }

  @Test func aMachineThatNeverBootsStopsOnlyWhatDependsOnIt() throws {
    let cluster = SimulatedCluster(seed: 6, faults: [.neverBoots(Samples.name("lxb003"))])
    let (report, _) = try Self.up(on: cluster)
    #expect(report.status == .timeout)
    func outcome(_ kind: StepKind, _ node: String) -> StepOutcome? {
      report.records.first { $0.step.id == StepID(kind, Samples.name(node)) }?.outcome
    }
    guard case .failed = outcome(.reachable, "lxb003"), case .skipped = outcome(.join, "lxb003"),
      case .unchanged = outcome(.join, "lxb001"), case .unchanged = outcome(.join, "lxb002")
    else {
      Issue.record("\(report.records.map { ($0.step.id, $0.outcome) })")
      return
    }
  }

  @Test func aWrongHostKeyStopsAtOnce() throws {
    let cluster = SimulatedCluster(seed: 7, faults: [.wrongHostKey(Samples.name("lxzk01"))])
    let (report, _) = try Self.up(on: cluster)
    #expect(report.status == .unreachable)
    let failed = try #require(report.records.first { $0.failure != nil })
    #expect(failed.step.id == StepID(.reachable, Samples.name("lxzk01")))
    #expect(failed.ended - failed.started < .seconds(300))
  }

  @Test(arguments: Stage.allCases) func stagesContinueEachOther(_ stage: Stage) throws {
    let cluster = SimulatedCluster(seed: 8)
    let (report, _) = try Self.up(on: cluster, until: stage)
    #expect(report.status == .success)
    #expect(try Self.up(on: cluster).report.status == .success)
  }

  /// Killed at any change of the world, the next run ends as if nothing had been.
  @Test func aKilledRunIsContinuedFromEveryPoint() throws {
    let reference = SimulatedCluster(seed: 9)
    _ = try Self.up(on: reference)
    let total = reference.state.changes
    #expect(total > 50)
    for point in stride(from: 1, to: total, by: max(1, total / Self.seeds)) {
      let cluster = SimulatedCluster(seed: 9)
      #expect(throws: Simulation.Failure.self) {
        try Self.up(on: cluster, killAtChanges: point)
      }
      let (report, _) = try Self.up(on: cluster)
      #expect(
        report.status == .success,
        "killed at \(point): \(report.records.compactMap(\.failure)) \(report.plan.refusals)")
    }
  }

  /// A power cut tears a first boot; the machine is made again, and those that have answered are
  /// only started.
  @Test func aPowerCutIsRepairedWhenever() throws {
    let reference = SimulatedCluster(seed: 11)
    _ = try Self.up(on: reference)
    var torn = 0
    for point in stride(from: 1, to: reference.state.changes, by: 7) {
      let cluster = SimulatedCluster(seed: 11)
      #expect(throws: Simulation.Failure.self) { try Self.up(on: cluster, killAtChanges: point) }
      for node in Samples.spec.nodes { cluster.powerOff(node.name) }
      let cut = Samples.spec.nodes.filter { cluster.state.node($0.name)?.isTorn == true }
      let (report, _) = try Self.up(on: cluster)
      #expect(
        report.status == .success,
        "cut at \(point): \(report.records.compactMap(\.failure)) \(report.plan.refusals)")
      for node in cut { #expect(cluster.state.node(node.name)?.boots == 1) }
      torn += cut.count
    }
    #expect(torn > 10)
  }

  /// Ctrl-C at the open gate, before any agent: what runs ends, nothing more begins.
  @Test func afterAStopNothingBegins() throws {
    let stop = StopSignal()
    let events = EventLog(onGate: { stop.raise() })
    let report = try Simulation.run(on: SimulatedCluster(seed: 12)) { cluster in
      var context = cluster.context(events)
      context.stop = stop
      return try await Up(Samples.wanted(), context: context).run()
    }.value
    #expect(report.status == .interrupted)
    let gate = try #require(
      events.all.firstIndex { if case .gateOpened = $0.kind { true } else { false } })
    #expect(
      !events.all[gate...].contains {
        if case .stepStarted = $0.kind { true } else { false }
      })
  }

  @Test func theSameSeedGivesTheSameRun() throws {
    func trace(_ seed: UInt64) throws -> [Event] {
      try Self.up(on: SimulatedCluster(seed: seed)).events
    }
    #expect(try trace(11) == trace(11))
    #expect(try trace(11) != trace(12))
  }
}

/// Watches the world: an agent's installation may begin only after the gate's evidence was
/// recorded.
final class AgentInvariant: Sendable {
  private let isOpen = Locked(false)

  func open() { isOpen.withLock { $0 = true } }

  func violation(_ event: WorldEvent) -> String? {
    guard case .taskStarted(let node, .install(let installation)) = event.kind,
      installation.role.isAgent, !isOpen.withLock({ $0 })
    else { return nil }
    return "agent \(node) is installed before the quorum is proved"
  }
}

extension FaultPlan {
  /// Draws faults that a patient run survives: each of them ends by itself.
  ///
  /// How many there are is drawn as well, zero included.
  fileprivate static func transient(seed: UInt64, nodes: [NodeName]) -> FaultPlan {
    var draw = SeededGenerator(seed: seed, stream: "faults")
    guard !nodes.isEmpty else { return .none }
    let faults = (0..<draw.index(below: 5)).map { _ -> Fault in
      let node = nodes[draw.index(below: nodes.count)]
      return switch draw.index(below: 9) {
      case 0: .hypervisorCall(1 + draw.index(below: 60), afterEffect: draw.chance(percent: 50))
      case 1: .uploadCut(1 + draw.index(below: nodes.count + 1))
      case 2: .connectionRefused(node, times: 1 + draw.index(below: 2))
      case 3: .connectionDropped(node, atCommand: 1 + draw.index(below: 20))
      case 4: .slowBoot(node, by: draw.duration(in: .seconds(5)...(.seconds(60))))
      case 5: .prerequisiteFails(node, times: 1)
      case 6: .twoLeaders(lasting: draw.duration(in: .seconds(1)...(.seconds(20))))
      case 7: .exhibitorDisagrees(lasting: draw.duration(in: .seconds(5)...(.seconds(60))))
      default: .leaderFlaps(times: 1 + draw.index(below: 2), after: .seconds(3))
      }
    }
    return FaultPlan(faults)
  }
}
