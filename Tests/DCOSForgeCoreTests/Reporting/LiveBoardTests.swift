@testable import ForgeEvents
@testable import ForgeModel
@testable import ForgePlanning
@testable import ForgeSimulation
@testable import ForgeSupport
import Testing

@testable import DCOSForgeCore

/// The board that is redrawn during a run.
@Suite struct LiveBoardTests {
  /// The board of seven nodes and the cluster, where a step failed on the last master and one runs
  /// on the last agent.
  private static func board() throws -> LiveBoard {
    let plan = try Simulation.run(on: SimulatedCluster(seed: 1)) { cluster in
      try await Up(Samples.wanted(), context: cluster.context()).plan()
    }.value
    var board = LiveBoard(Samples.spec, plan: plan)
    func first(_ name: String) throws -> StepID {
      try #require(plan.steps.first { $0.id.node == Samples.name(name) }).id
    }
    let kinds: [Event.Kind] = [
      .runStarted(command: "up", cluster: "c", steps: plan.steps.count),
      .stepStarted(try first("lxzk03"), limit: .seconds(60), attempt: 1),
      .stepFinished(try first("lxzk03"), .failed(ForgeError(.step, "it broke"))),
      .stepStarted(try first("lxb003"), limit: .seconds(60), attempt: 1),
    ]
    for kind in kinds { board.apply(Event(elapsed: .zero, wallMilliseconds: 0, kind: kind)) }
    return board
  }

  private static func lines(_ height: Int) throws -> [String] {
    try board().lines(
      width: 79, height: height, elapsed: .seconds(1), style: TextStyle(isColoured: false)
    ).map(\.content)
  }

  @Test(arguments: 1...12) func noLineScrollsAway(_ height: Int) throws {
    #expect(try Self.lines(height).count == min(height, 9))
  }

  @Test func allIsShownWhereThereIsRoom() throws {
    let lines = try Self.lines(9)
    #expect(lines[0].hasPrefix("c  up  1s  1 of "))
    #expect(lines[1].contains("lxcm02") && lines[8].contains("cluster"))
  }

  @Test func whatFailedAndWhatRunsComesFirst() throws {
    #expect(try Self.lines(2)[1].contains("✗"))
    let four = try Self.lines(4)
    #expect(four[1].contains("lxzk03") && four[1].contains("it broke"))
    #expect(four[2].contains("lxb003") && four[2].contains("/1m00s"))
    #expect(four[3] == "  … and 6 more")
    let five = try Self.lines(5)
    #expect(five[1].contains("lxcm02") && five[4] == "  … and 5 more")
  }
}
