import ForgePlanning
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Brings the cluster up.
struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Make the cluster that the cluster file describes, or continue an interrupted run.",
    discussion: """
      Exit code 0 means that every component of every node is healthy. The first Ctrl-C lets the \
      running steps end. The second one stops at once. In both cases the next up continues.

      Examples:
        dcosforge up
        dcosforge up --until quorum
        dcosforge up --dry-run
      """,
    aliases: ["apply"])

  @OptionGroup var session: SessionOptions
  @OptionGroup var lock: LockOptions
  @OptionGroup var verbosity: VerboseOptions
  @OptionGroup var layers: LayerOptions

  @Option(help: ArgumentHelp("The last stage to run.", valueName: "stage"))
  var until = Stage.health

  @Flag(help: "Print the plan and change nothing, as the command plan does.")
  var dryRun = false

  @Option(
    help: ArgumentHelp(
      "The most steps that run at once.",
      discussion: "Default: parallel.steps of the cluster file.", valueName: "number"))
  var parallel: Int?

  @Flag(
    name: .shortAndLong,
    help: "Reimage without a question the nodes that nothing else repairs.")
  var yes = false

  func run() async throws {
    var opened = try self.session.open()
    if dryRun {
      return try await PlanCommand.show(opened, layers, until: until, as: self.session.output)
    }
    if let parallel { opened.spec.parallel.steps = max(1, parallel) }
    let session = opened
    let status = try await session.keepingEvidence("up") {
      try await session.locked("up", lock) {
        Console.standard.printProgress("Reading the files, the hypervisor and its machines …")
        let wanted = try await session.wanted(layers)
        let view = try RunView(
          session, output: self.session.output, isVerbose: verbosity.verbose)
        return try await bringUp(wanted, session, view)
      }
    }
    if status != .success { throw ExitCode(status.rawValue) }
  }

  /// Brings the cluster up; nodes that only a reimage repairs are reimaged, once that is confirmed.
  private func bringUp(
    _ wanted: WantedCluster, _ session: Session, _ view: RunView
  ) async throws -> ExitStatus {
    let up = Up(wanted, context: view.context)
    let prepared = try await up.prepare(.cluster(until: until))
    guard !prepared.plan.reimages.isEmpty else {
      return try await view.run { show in try await up.run(prepared, show: show) }
    }
    let text = PlanText(session.spec, prepared.plan)
    Console.standard.printNote(text.refusalLines.joined(separator: "\n"))
    let reimage = Reimage(
      session: session, wanted: wanted, view: view, confirmation: Confirmation(yes: yes))
    let nodes = session.spec.nodes.filter { prepared.plan.reimages.contains($0.name) }
    return try await reimage.run(nodes, extent: .cluster(until: until), force: false)
  }
}
