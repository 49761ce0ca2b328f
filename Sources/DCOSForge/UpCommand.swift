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

  @Option(help: ArgumentHelp("The last stage to run.", valueName: "stage"))
  var until = Stage.health

  @Flag(help: "Show the plan and change nothing, as the plan command does.")
  var dryRun = false

  @Option(help: ArgumentHelp("The most steps to run at once.", valueName: "number"))
  var parallel: Int?

  func run() async throws {
    if dryRun {
      var plan = PlanCommand()
      plan.session = session
      plan.until = until
      return try await plan.run()
    }
    var session = try self.session.open()
    if let parallel { session.spec.parallel.steps = max(1, parallel) }
    let lock = try await session.lock("up")
    Console.standard.printProgress("Looking at the files, the hypervisor and its machines …")
    let wanted = try await session.wanted()
    let view = try RunView(session, options: self.session.output)
    let status = try await session.keepingEvidence("up") {
      try await view.run(wanted, until: until)
    }
    lock.release()
    if status != .success { throw ExitCode(status.rawValue) }
  }
}
