import FoundationEssentials
import Testing

@testable import DCOSForgeCore

/// Whole sets of what can go wrong with one `up`, one life for each member: the next `up` ends well, and
/// `destroy` leaves nothing.
///
/// `DCOSFORGE_EXHAUSTIVE` runs all of them; without it each set is sampled. Either way it is printed how many.
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

  /// The undisturbed life, which says how large the sets are.
  private static let reference: RehearsalCourse = {
    var course = RehearsalCourse(rehearsal, Scenario(seed: 77))
    course.oneRun()
    return course
  }()

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
      var course = RehearsalCourse(Self.rehearsal, scenario)
      course.shortLife()
      #expect(
        course.life.breach == nil,
        "\(scenario.faults.faults.map(\.phrase)) \(scenario.interruption?.phrase ?? "")",
        sourceLocation: location)
    }
    #expect(!chosen.isEmpty, sourceLocation: location)
    print("exhaustive: \(set): tried \(chosen.count) of \(scenarios.count)")
  }

  @Test func theReferenceIsWell() {
    let life = Self.reference.life
    #expect(life.breach == nil && life.chapters.map(\.isWell) == [true])
  }

  @Test(arguments: [false, true]) func everyHypervisorCallFails(afterEffect: Bool) {
    let calls = Self.reference.cluster.state.hypervisorCalls
    #expect(calls > 30)
    tryAll(
      "a hypervisor call fails \(afterEffect ? "after" : "before") its effect",
      (1...calls).map {
        Scenario(seed: 77, faults: [.hypervisorCall($0, afterEffect: afterEffect)])
      })
  }

  @Test func everyCommandAndTransferDrops() {
    let scenarios = Self.reference.cluster.state.nodes.flatMap { node in
      (1...max(1, node.commandCount)).map {
        Scenario(seed: 77, faults: [.connectionDropped(node.name, atCommand: $0)])
      }
    }
    #expect(scenarios.count > 50)
    tryAll("a command or transfer drops", scenarios)
  }

  @Test func everyVolumeFindsTheDiskFull() {
    let volumes = Self.reference.cluster.state.volumesMade
    #expect(volumes > 5)
    tryAll(
      "the disk is full",
      (1...volumes).map { Scenario(seed: 77, faults: [.diskFull(atVolume: $0)]) })
  }

  @Test func aKillAfterEveryChange() throws {
    let changes = try #require(Self.reference.life.chapters.first?.changes)
    tryAll(
      "a kill after a change",
      (1...changes).map { Scenario(seed: 77, interruption: .killAtChange($0)) })
  }

  @Test func aKillAfterEveryRecord() throws {
    tryAll("a kill after a record", try atEveryRecord { .killAtRecord($0) })
  }

  @Test func aStopAtEveryRecord() throws {
    tryAll("the first Ctrl-C at a record", try atEveryRecord { .stopAtRecord($0) })
  }

  @Test func aCancellationAtEveryRecord() throws {
    tryAll("the second Ctrl-C at a record", try atEveryRecord { .cancelAtRecord($0) })
  }

  private func atEveryRecord(
    _ interruption: (Int) -> Scenario.Interruption
  ) throws -> [Scenario] {
    let records = try #require(Self.reference.life.chapters.first?.records)
    #expect(records > 80)
    return (1...records).map { Scenario(seed: 77, interruption: interruption($0)) }
  }
}
