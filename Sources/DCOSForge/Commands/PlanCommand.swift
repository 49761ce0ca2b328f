import ForgeSupport
import ForgePlanning
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Shows what `up` would do.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Print what up would do to each node, and why; change nothing.",
    discussion: """
      Exit codes: 0 there is nothing to do; 2 there are changes; 8 the plan holds a refusal.

      Examples:
        dcosforge plan
        dcosforge plan --until machines -o json
      """)

  @OptionGroup var session: SessionOptions
  @OptionGroup var layers: LayerOptions

  @Option(help: ArgumentHelp("The last stage to plan.", valueName: "stage"))
  var until = Stage.health

  func run() async throws {
    try await Self.show(session.open(), layers, until: until, as: session.output)
  }

  /// Prints the plan; throws the exit code of a plan that changes something or is refused.
  static func show(
    _ session: Session, _ layers: LayerOptions, until: Stage, as output: OutputFormat
  ) async throws {
    Console.standard.printProgress("Reading the files, the hypervisor and its machines …")
    let wanted = try await session.wanted(layers)
    let plan = try await Up(wanted, context: session.context()).plan(until: until)
    switch output {
    case .text:
      Console.standard.printResult(PlanText(session.spec, plan).lines.joined(separator: "\n"))
    case .json:
      Console.standard.printData(try PlanRecord(session.spec, plan).prettyJSON())
    }
    if !plan.refusals.isEmpty { throw ExitCode(ExitStatus.refused.rawValue) }
    if plan.hasChanges { throw ExitCode(ExitStatus.changes.rawValue) }
  }
}
