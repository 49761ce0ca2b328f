import ForgeSupport
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Waits until the cluster is as it should be.
struct WaitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Wait until the cluster is healthy, or a part of it.",
    discussion: "Exit code 0 once it is so; 7 when the time is up.")

  @OptionGroup var session: SessionOptions
  @OptionGroup var reading: HealthOptions

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "What to wait for.", discussion: "Default: healthy.",
      valueName: Wait.Goal.allCases.map(\.rawValue).joined(separator: "|")),
    transform: Self.goal)
  var goal = Wait.Goal.healthy

  @Option(help: ArgumentHelp("The longest to wait.", valueName: "duration"))
  var timeout = TimeLimit(.seconds(600))

  private static func goal(_ text: String) throws -> Wait.Goal {
    guard let goal = Wait.Goal(rawValue: text) else {
      let known = Wait.Goal.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("it is one of \(known)")
    }
    return goal
  }

  func run() async throws {
    let session = try self.session.open()
    let status = try reading.status(of: session)
    let health = try await Wait(status, clock: session.clock)
      .until(goal, within: timeout.duration) { Console.standard.printNote("waiting: \($0)") }
    await status.close()
    switch self.session.output.output {
    case .text: Console.standard.printResult("\(session.spec.name): \(goal.rawValue)")
    case .json:
      let record = StatusRecord(session.spec, health, at: session.clock.wallMilliseconds)
      Console.standard.printResult(try record.prettyJSON())
    }
  }
}
