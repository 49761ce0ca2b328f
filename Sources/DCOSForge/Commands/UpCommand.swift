import ForgePlanning
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Brings the cluster up.
struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Bring the cluster to what the file wants, or continue an interrupted run.",
    discussion: """
      Exit code 0 means that every component of the cluster answers well. The first Ctrl-C lets the \
      running steps end, the second stops at once; either way the next up continues.
      """,
    aliases: ["apply"])

  @OptionGroup var session: SessionOptions
  @OptionGroup var layers: LayerOptions

  @Option(help: ArgumentHelp("The last stage to run.", valueName: "stage"))
  var until = Stage.health

  @Flag(help: "Show the plan and change nothing, as the plan command does.")
  var dryRun = false

  @Option(help: ArgumentHelp("The most steps to run at once.", valueName: "number"))
  var parallel: Int?

  @Flag(name: .shortAndLong, help: "Reimage nodes that nothing else heals without asking.")
  var yes = false

  func run() async throws {
    if dryRun {
      var plan = PlanCommand()
      plan.session = session
      plan.layers = layers
      plan.until = until
      return try await plan.run()
    }
    var opened = try self.session.open()
    if let parallel { opened.spec.parallel.steps = max(1, parallel) }
    let session = opened
    let status = try await session.keepingEvidence("up") {
      try await session.locked("up") {
        Console.standard.printProgress("Looking at the files, the hypervisor and its machines …")
        let wanted = try await session.wanted(layers)
        return try await bringUp(wanted, session, RunView(session, options: self.session.output))
      }
    }
    if status != .success { throw ExitCode(status.rawValue) }
  }

  /// Brings the cluster up; nodes that only a reimage heals are reimaged, once that is confirmed.
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
