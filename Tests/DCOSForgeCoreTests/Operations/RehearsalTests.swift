import FoundationEssentials
import Testing

@testable import DCOSForgeCore

/// Whole lives on the simulation, under all laws.
@Suite struct RehearsalTests {
  static let rehearsal = Rehearsal(Samples.spec)

  /// The lives of the seeds, which keep every law; those that do not are told with what repeats them.
  @Test func livesKeepEveryLaw() async throws {
    let survey = await Self.rehearsal.survey(1...UInt64(UpTests.seeds))
    for entry in survey.entries where entry.breach != nil {
      Issue.record("dcosforge rehearse --seed \(entry.seed): \(entry.breach ?? "")")
    }
    #expect(survey.entries.count == UpTests.seeds)
    #expect(survey.entries.allSatisfy { $0.checks > 30 && $0.runs > 1 })
    #expect(Set(survey.entries.map(\.beginning)) == [.nothing, .healthy])
    print("rehearsed \(survey.entries.count) lives")
  }

  @Test func anOrdinaryRun() throws {
    let life = Self.rehearsal.trial(Scenario(seed: 1))
    #expect(life.breach == nil, "\(life.breach ?? "")")
    #expect(life.chapters.map(\.isWell) == [true, true])
    #expect(life.chapters.last?.changes == 0)
  }

  /// Nothing depends on hashing, threads or the time of day: the digest is the same everywhere.
  @Test func theSameSeedIsTheSameLife() async throws {
    let life = Self.rehearsal.life(seed: 4711)
    #expect(Self.rehearsal.life(seed: 4711).digest == life.digest)
    #expect(Self.rehearsal.life(seed: 4712).digest != life.digest)
    let survey = await Self.rehearsal.survey(4711...4712)
    #expect(survey.entries.first?.digest == life.digest)
    ReportMemory.$current.withValue(ReportMemory()) {
      for seed in 1...8 as ClosedRange<UInt64> { _ = Self.rehearsal.life(seed: seed) }
      #expect(Self.rehearsal.life(seed: 4711).digest == life.digest)
    }
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      print("digest \(RehearsalTests.rehearsal.life(seed: 4711).digest).")
    }
    let output = String(decoding: result.standardOutputContent, as: UTF8.self)
    #expect(output.contains("digest \(life.digest)."))
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
    let life = Self.rehearsal.live(Scenario(seed: 5, act, of: .healthy))
    #expect(life.breach == nil, "\(life.breach ?? "")")
    #expect(life.scenario.beginning == .healthy)
    #expect(life.chapters.allSatisfy { $0.isWell })
    let first = try #require(life.chapters.first)
    if case .wipe = act { #expect(first.changes > 5) } else { #expect(first.changes == 0) }
  }

  @Test func twoMastersAtOnceAreRefused() throws {
    let life = Self.rehearsal.live(
      Scenario(
        seed: 5, .wipe([Samples.name("lxzk01"), Samples.name("lxzk02")], rejoins: true),
        of: .healthy))
    #expect(life.breach == nil, "\(life.breach ?? "")")
    guard case .threw(let error)? = life.chapters.first?.ending else {
      Issue.record("\(life.chapters)")
      return
    }
    #expect(error.category == .refused)
    #expect(life.chapters.first?.changes == 0)
  }

  @Test func aMachineThatIsOffIsRepaired() throws {
    let fault = Fault.powersOff(Samples.name("lxzk03"), at: .zero)
    let life = Self.rehearsal.live(Scenario(seed: 5, .repair, of: .healthy, faults: [fault]))
    #expect(life.breach == nil, "\(life.breach ?? "")")
    #expect(life.chapters.first?.isWell == true)
    #expect(life.chapters.first?.changes == 1, "started, nothing else")
  }

  @Test func aMasterDiesAtMinuteNine() throws {
    let fault = try FaultSyntax.fault("powers-off=lxzk02@9m", of: Samples.spec)
    let life = Self.rehearsal.trial(Scenario(seed: 1, faults: [fault]))
    #expect(life.breach == nil, "\(life.breach ?? "")")
    #expect(life.chapters.count == 2)
    #expect(life.chapters.first?.isWell == false)
    #expect(life.chapters.last?.isWell == true)
  }

  @Test func aKilledRun() throws {
    let life = Self.rehearsal.trial(Scenario(seed: 1, interruption: .killAtChange(60)))
    #expect(life.breach == nil, "\(life.breach ?? "")")
    guard case .killed? = life.chapters.first?.ending else {
      Issue.record("\(life.chapters)")
      return
    }
    #expect(life.chapters.first?.changes == 60)
    #expect(life.chapters.last?.isWell == true)
  }

  /// A world that does not come right by itself is no life that ends well.
  @Test func whatDoesNotConvergeIsTold() throws {
    var course = RehearsalCourse(
      Self.rehearsal, Scenario(seed: 1, faults: [.neverBoots(Samples.name("lxb001"))]))
    course.wholeLife()
    #expect(course.life.breach?.hasPrefix("convergence: ") == true, "\(course.life.breach ?? "")")
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
    let lives = [
      Self.rehearsal.trial(Scenario(seed: 1)),
      Self.rehearsal.trial(Scenario(seed: 1, faults: [fault])), Self.rehearsal.life(seed: 3),
    ]
    for life in lives {
      let lines = RehearsalText(Samples.spec, life, command: "dcosforge rehearse --seed 1").lines
      #expect(lines.count < 80)
      #expect(lines.contains { $0.hasPrefix("CRITICAL PATH") } || life.chapters[0].report == nil)
      let record = RehearsalRecord(Samples.spec, life, command: "dcosforge rehearse --seed 1")
      #expect(record.runs.count == life.chapters.count)
    }
    let lines = RehearsalText(Samples.spec, lives[0], command: "dcosforge rehearse").lines
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines.filter { $0.count > 80 })")
  }

  @Test func aSurveyCounts() async throws {
    let survey = await Self.rehearsal.survey(1...3)
    let command: @Sendable (UInt64) -> String = { "dcosforge rehearse --seed \($0)" }
    let record = SurveyRecord(survey, command: command)
    #expect(record.lives == 3 && record.well == survey.wellCount)
    #expect(record.healthyAfterMilliseconds["healthy"]?["p50"] ?? 0 > 0)
    #expect(SurveyText(survey, command: command).lines.count >= 3)
    let median = try #require(survey.timeToHealthy(percentile: 50, from: .healthy))
    #expect(median <= survey.timeToHealthy(percentile: 100, from: .healthy) ?? .zero)
  }
}
