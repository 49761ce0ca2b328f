import ForgePorts
import ForgeModel
import ForgeSupport
import ForgeHealth
import ArgumentParser
import DCOSForgeCore

/// Shows how the cluster is.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how the cluster is and, if it is not well, the first cause.",
    discussion: "Exit code 0: healthy; 10: degraded; 11: down; 12: could not be asked.")

  /// How the result is printed.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    /// For people.
    case text
    /// For programs.
    case json
    /// For a node exporter's textfile collector.
    case prometheus
  }

  @OptionGroup var place: PlaceOptions
  @OptionGroup var reading: HealthOptions

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("How results are printed.", valueName: "text|json|prometheus"))
  var output = Format.text

  @Option(
    help: ArgumentHelp(
      "Show it again and again, with this pause; 2s when none is given.", valueName: "duration"))
  var watch: TimeLimit?

  @OptionGroup var color: ColorOptions

  func run() async throws {
    let session = try place.open()
    let status = try reading.status(of: session)
    while true {
      let health = await status.read()
      try show(health, of: session)
      guard let watch else {
        await status.close()
        let exit = health.verdict.exitStatus
        if exit != .success { throw ExitCode(exit.rawValue) }
        return
      }
      try await session.clock.sleep(for: watch.duration)
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
      Console.standard.printResult(
        try watch == nil ? record.prettyJSON() : record.lineJSON())
    case .prometheus:
      Console.standard.printResult(StatusMetrics(session.spec, health, at: now).text)
    }
  }
}

/// How the cluster's health is read.
struct HealthOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The longest one node may take to connect and answer.", valueName: "duration"))
  var nodeTimeout = TimeLimit(Status.deadline)

  /// The operation.
  func status(of session: Session) throws -> Status {
    Status(
      session.spec, keys: session.keys, hypervisor: session.hypervisor,
      shell: try session.shell(), clock: session.clock, deadline: nodeTimeout.duration)
  }
}
