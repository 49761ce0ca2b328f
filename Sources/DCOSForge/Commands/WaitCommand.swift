import ForgeSupport
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Waits until the cluster is as it should be.
struct WaitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Wait until the cluster, or a part of it, is healthy.",
    discussion: """
      Exit codes: 0 the goal is reached; 7 the time is over.

      Examples:
        dcosforge wait
        dcosforge wait --for quorum --timeout 5m
      """)

  @OptionGroup var session: SessionOptions
  @OptionGroup var reading: HealthOptions

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("The goal to wait for.", valueName: "goal"))
  var goal = Wait.Goal.healthy

  @Option(help: ArgumentHelp("The longest time to wait.", valueName: "duration"))
  var timeout = TimeLimit(.seconds(600))

  func run() async throws {
    let session = try self.session.open()
    let wait = Wait(
      session.spec, keys: session.keys, context: try session.context(),
      deadline: reading.nodeTimeout.duration)
    let health = try await wait.until(goal, within: timeout.duration) {
      Console.standard.printNote("waiting: \($0)")
    }
    switch self.session.output {
    case .text: Console.standard.printResult("\(session.spec.name): \(goal.rawValue)")
    case .json:
      let record = StatusRecord(session.spec, health, at: session.clock.wallMilliseconds)
      Console.standard.printData(try record.prettyJSON())
    }
  }
}
