import ForgePorts
import ForgeModel
import ForgeSupport
import ForgeHealth
import ArgumentParser
import DCOSForgeCore
import Glibc

/// Shows how the cluster is.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the health of every component and the first cause of a failure.",
    discussion: """
      Exit codes: 0 healthy; 10 degraded; 11 down; 12 unknown.

      Examples:
        dcosforge status
        dcosforge status --watch=10s
        dcosforge status -o prometheus
      """)

  /// How the result is printed.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text
    case json
    /// For a node exporter's textfile collector.
    case prometheus
  }

  @OptionGroup var place: PlaceOptions
  @OptionGroup var reading: HealthOptions

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("The form of the output.", valueName: "form"))
  var output = Format.text

  // The parser would take 2s for a value that it cannot convert: the command converts it.
  @Option(
    defaultAsFlag: "2s", parsing: .next,
    help: ArgumentHelp("Show it again after this pause, until Ctrl-C.", valueName: "duration"))
  var watch: String?

  @OptionGroup var color: ColorOptions

  func validate() throws { _ = try pause() }

  private func pause() throws -> Duration? {
    guard let watch else { return nil }
    guard let limit = TimeLimit(argument: watch) else {
      throw ValidationError("The value '\(watch)' is invalid for '--watch <duration>'")
    }
    return limit.duration
  }

  func run() async throws {
    let pause = try pause()
    let session = try place.open()
    let status = Status(
      session.spec, keys: session.keys, context: try session.context(),
      deadline: reading.nodeTimeout.duration)
    while true {
      let health = await status.read()
      try show(health, of: session)
      guard let pause else {
        await status.close()
        let exit = health.verdict.exitStatus
        if exit != .success { throw ExitCode(exit.rawValue) }
        return
      }
      try await session.clock.sleep(for: pause)
      await OutputQueue.standard.room()
      // Nobody would see the next one.
      if OutputQueue.standard.hasFault(STDOUT_FILENO) { return await status.close() }
    }
  }

  private func show(_ health: ClusterHealth, of session: Session) throws {
    let now = session.clock.wallMilliseconds
    switch output {
    case .text:
      if watch != nil { Console.standard.clearScreen() }
      Console.standard.printResult(StatusText(session.spec, health).lines.joined(separator: "\n"))
    case .json:
      let record = StatusRecord(session.spec, health, at: now)
      Console.standard.printData(
        try watch == nil ? record.prettyJSON() : record.lineJSON())
    case .prometheus:
      Console.standard.printData(StatusMetrics(session.spec, health, at: now).text)
    }
  }
}
