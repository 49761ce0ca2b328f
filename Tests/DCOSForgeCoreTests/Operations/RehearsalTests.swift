@testable import ForgeModel
@testable import ForgeSimulation
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

/// Whole simulation runs on the simulation, under all invariants.
@Suite struct RehearsalTests {
  static let rehearsal = Rehearsal(Samples.spec)

  /// The simulation runs of the seeds, which keep every invariant; those that do not are reported
  /// with what repeats them.
  @Test func runsKeepEveryInvariant() async throws {
    let summary = await Self.rehearsal.simulate(seeds: 1...UInt64(UpTests.seeds))
    for entry in summary.entries where entry.violation != nil {
      Issue.record("dcosforge rehearse --seed \(entry.seed): \(entry.violation ?? "")")
    }
    #expect(summary.entries.count == UpTests.seeds)
    #expect(summary.entries.allSatisfy { $0.checks > 30 && $0.runs > 1 })
    #expect(Set(summary.entries.map(\.beginning)) == [.nothing, .healthy])
    print("rehearsed \(summary.entries.count) simulation runs")
  }

  @Test func anOrdinaryRun() throws {
    let simulationRun = Self.rehearsal.trial(Scenario(seed: 1))
    #expect(simulationRun.violation == nil, "\(simulationRun.violation ?? "")")
    #expect(simulationRun.commandRuns.map(\.isWell) == [true, true])
    #expect(simulationRun.commandRuns.last?.changes == 0)
  }

  /// Nothing depends on hashing, threads or the time of day: the digest is the same everywhere.
  @Test func theSameSeedGivesTheSameRun() async throws {
    let simulationRun = Self.rehearsal.simulate(seed: 4711)
    #expect(Self.rehearsal.simulate(seed: 4711).digest == simulationRun.digest)
    #expect(Self.rehearsal.simulate(seed: 4712).digest != simulationRun.digest)
    let summary = await Self.rehearsal.simulate(seeds: 4711...4712)
    #expect(summary.entries.first?.digest == simulationRun.digest)
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      print("digest \(RehearsalTests.rehearsal.simulate(seed: 4711).digest).")
    }
    let output = String(decoding: result.standardOutputContent, as: UTF8.self)
    #expect(output.contains("digest \(simulationRun.digest)."))
  }

  /// Every act on a cluster that is up, undisturbed: only what it is about changes.
  @Test(
    arguments: [
      .up, .repair, .wipe([Samples.name("lxb002")], rejoins: false),
      .wipe([Samples.name("lxb002")], rejoins: true),
      .wipe([Samples.name("lxzk02")], rejoins: true),
      .wipe(
        [Samples.name("lxb001"), Samples.name("lxb002"), Samples.name("lxb003")], rejoins: false),
    ] as [Scenario.Act]) func anActOnAHealthyCluster(act: Scenario.Act) throws
  {
    let simulationRun = Self.rehearsal.simulate(Scenario(seed: 5, act, of: .healthy))
    #expect(simulationRun.violation == nil, "\(simulationRun.violation ?? "")")
    #expect(simulationRun.scenario.beginning == .healthy)
    #expect(simulationRun.commandRuns.allSatisfy { $0.isWell })
    let first = try #require(simulationRun.commandRuns.first)
    if case .wipe = act { #expect(first.changes > 5) } else { #expect(first.changes == 0) }
  }

  @Test func twoMastersAtOnceAreRefused() throws {
    let simulationRun = Self.rehearsal.simulate(
      Scenario(
        seed: 5, .wipe([Samples.name("lxzk01"), Samples.name("lxzk02")], rejoins: true),
        of: .healthy))
    #expect(simulationRun.violation == nil, "\(simulationRun.violation ?? "")")
    guard case .threw(let error)? = simulationRun.commandRuns.first?.ending else {
      Issue.record("\(simulationRun.commandRuns)")
      return
    }
    #expect(error.category == .refused)
    #expect(simulationRun.commandRuns.first?.changes == 0)
  }

  /// The invariant demands that it is refused.
  @Test func theOnlyMasterIsNotTakenAlone() throws {
    let rehearsal = Rehearsal(Samples.cluster(masters: 1, agents: 1, publicAgents: 0))
    let simulationRun = rehearsal.simulate(
      Scenario(seed: 5, .wipe([Samples.name("m1")], rejoins: true), of: .healthy))
    #expect(simulationRun.violation == nil, "\(simulationRun.violation ?? "")")
    guard case .threw(let error)? = simulationRun.commandRuns.first?.ending else {
      Issue.record("\(simulationRun.commandRuns)")
      return
    }
    #expect(error.category == .refused && error.observed.contains("only master"))
  }

  @Test func aMachineThatIsOffIsRepaired() throws {
    let fault = Fault.powersOff(Samples.name("lxzk03"), at: .zero)
    let simulationRun = Self.rehearsal.simulate(
      Scenario(seed: 5, .repair, of: .healthy, faults: [fault]))
    #expect(simulationRun.violation == nil, "\(simulationRun.violation ?? "")")
    #expect(simulationRun.commandRuns.first?.isWell == true)
    #expect(simulationRun.commandRuns.first?.changes == 1, "started, nothing else")
  }

  @Test func aMasterDiesAtMinuteNine() throws {
    let fault = try FaultSyntax.fault("powers-off=lxzk02@9m", of: Samples.spec)
    let simulationRun = Self.rehearsal.trial(Scenario(seed: 1, faults: [fault]))
    #expect(simulationRun.violation == nil, "\(simulationRun.violation ?? "")")
    #expect(simulationRun.commandRuns.count == 2)
    #expect(simulationRun.commandRuns.first?.isWell == false)
    #expect(simulationRun.commandRuns.last?.isWell == true)
  }

  @Test func aKilledRun() throws {
    let simulationRun = Self.rehearsal.trial(Scenario(seed: 1, interruption: .killAtChange(60)))
    #expect(simulationRun.violation == nil, "\(simulationRun.violation ?? "")")
    guard case .killed? = simulationRun.commandRuns.first?.ending else {
      Issue.record("\(simulationRun.commandRuns)")
      return
    }
    #expect(simulationRun.commandRuns.first?.changes == 60)
    #expect(simulationRun.commandRuns.last?.isWell == true)
  }

  /// A world that does not come right by itself is no simulation run that ends well.
  @Test func whatDoesNotConvergeIsReported() throws {
    var driver = SimulationDriver(
      Self.rehearsal, Scenario(seed: 1, faults: [.neverBoots(Samples.name("lxb001"))]))
    driver.wholeRun()
    #expect(
      driver.simulationRun.violation?.hasPrefix("convergence: ") == true,
      "\(driver.simulationRun.violation ?? "")")
  }

  @Test func faultsAreRead() throws {
    let name = Samples.name("lxzk02")
    let cases: [(String, Fault)] = [
      ("powers-off=lxzk02@9m", .powersOff(name, at: .seconds(540))),
      ("ports-blocked=lxzk02", .portsBlocked(name)),
      ("disk-full@3", .diskFull(atVolume: 3)),
      ("leader-flaps", .leaderFlaps(times: 2, after: .seconds(3))),
    ]
    for (text, fault) in cases {
      #expect(try FaultSyntax.fault(text, of: Samples.spec) == fault)
    }
    let wrong = [
      "", "powers-off", "powers-off=lxzk02", "powers-off=nobody@9m", "powers-off=lxzk02@x",
      "disk-full@0", "disk-full=lxzk02@1", "leader-flaps@2", "ports-blocked=lxzk02@1m",
      "unheard-of",
    ]
    for text in wrong {
      let error = #expect(throws: ForgeError.self, "\(text)") {
        try FaultSyntax.fault(text, of: Samples.spec)
      }
      #expect(error?.category == .configuration)
    }
    let page = try String(contentsOfFile: Self.page, encoding: .utf8)
    for pattern in FaultSyntax.patterns { #expect(page.contains("`\(pattern)`"), "\(pattern)") }
  }

  private static let page: String = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    return "/" + parts.joined(separator: "/") + "/docs/rehearsal.md"
  }()

  @Test func everythingFitsOnATerminal() throws {
    let fault = try FaultSyntax.fault("powers-off=lxzk02@9m", of: Samples.spec)
    let simulationRuns = [
      Self.rehearsal.trial(Scenario(seed: 1)),
      Self.rehearsal.trial(Scenario(seed: 1, faults: [fault])), Self.rehearsal.simulate(seed: 3),
    ]
    for simulationRun in simulationRuns {
      let lines = RehearsalText(Samples.spec, simulationRun, command: "dcosforge rehearse --seed 1")
        .lines
      #expect(lines.count < 80)
      #expect(
        lines.contains { $0.hasPrefix("CRITICAL PATH") }
          || simulationRun.commandRuns[0].report == nil)
      let record = RehearsalRecord(
        Samples.spec, simulationRun, command: "dcosforge rehearse --seed 1")
      #expect(record.runs.count == simulationRun.commandRuns.count)
    }
    let lines = RehearsalText(Samples.spec, simulationRuns[0], command: "dcosforge rehearse").lines
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines.filter { $0.count > 80 })")
  }

  @Test func aSummaryCounts() async throws {
    let summary = await Self.rehearsal.simulate(seeds: 1...3)
    let command: @Sendable (UInt64) -> String = { "dcosforge rehearse --seed \($0)" }
    let record = SeedSummaryRecord(summary, command: command)
    #expect(record.simulationRuns == 3 && record.well == summary.wellCount)
    #expect(record.healthyAfterMilliseconds["healthy"]?["p50"] ?? 0 > 0)
    #expect(SeedSummaryText(summary, command: command).lines.count >= 3)
    let median = try #require(summary.timeToHealthy(percentile: 50, from: .healthy))
    #expect(median <= summary.timeToHealthy(percentile: 100, from: .healthy) ?? .zero)
  }
}
