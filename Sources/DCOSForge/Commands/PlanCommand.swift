import ForgeSupport
import ForgePlanning
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Shows what `up` would do.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what up would do to each node, and why; change nothing.",
    discussion: "Exit code 0: nothing to change; 2: changes; 8: something stands in the way.")

  @OptionGroup var session: SessionOptions
  @OptionGroup var layers: LayerOptions

  @Option(help: ArgumentHelp("The last stage to plan.", valueName: "stage"))
  var until = Stage.health

  func run() async throws {
    let session = try self.session.open()
    Console.standard.printProgress("Looking at the files, the hypervisor and its machines …")
    let wanted = try await session.wanted(layers)
    let plan = try await Up(wanted, context: session.context { _ in }).plan(until: until)
    switch self.session.output.output {
    case .text:
      Console.standard.printResult(PlanText(session.spec, plan).lines.joined(separator: "\n"))
    case .json:
      Console.standard.printResult(try PlanRecord(session.spec, plan).prettyJSON())
    }
    if !plan.refusals.isEmpty { throw ExitCode(ExitStatus.refused.rawValue) }
    if plan.hasChanges { throw ExitCode(ExitStatus.changes.rawValue) }
  }
}
