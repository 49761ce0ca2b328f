import ForgeSupport
import ForgePlanning
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Lists problems with their resolutions, and heals them.
struct RepairCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "List what is not as it was left, each with what heals it; --auto heals it.",
    discussion: """
      Exit code of --report: 0 nothing to repair, 2 problems. --auto starts, restarts and makes what is missing and \
      reimages what nothing else heals, never at the cost of the quorum (exit code 8), and ends when the \
      cluster is healthy.
      """)

  @OptionGroup var session: SessionOptions
  @OptionGroup var layers: LayerOptions
  @OptionGroup var confirmation: Confirmation

  @Flag(help: "Only list; the default.")
  var report = false

  @Flag(help: "Heal what is listed; refused while something is marked by-hand.")
  var auto = false

  func validate() throws {
    if report, auto { throw ValidationError("--report and --auto exclude each other") }
  }

  func run() async throws {
    let session = try self.session.open()
    let status =
      auto
      ? try await session.locked("repair") { try await heal(session) }
      : try await list(session, try await session.wanted(layers)).isEmpty ? .success : .changes
    if status != .success { throw ExitCode(status.rawValue) }
  }

  private func list(_ session: Session, _ wanted: WantedCluster) async throws -> [Problem] {
    let problems = try await Repair(wanted, context: session.context { _ in }).problems()
    switch self.session.output.output {
    case .text:
      let text = ProblemText(cluster: session.spec.name, problems)
      Console.standard.printResult(text.lines.joined(separator: "\n"))
    case .json:
      let record = ProblemsRecord(cluster: session.spec.name, problems)
      Console.standard.printResult(try record.prettyJSON())
    }
    return problems
  }

  private func heal(_ session: Session) async throws -> ExitStatus {
    let wanted = try await session.wanted(layers)
    let problems = try await list(session, wanted)
    guard !problems.isEmpty else { return .success }
    let view = try RunView(session, options: self.session.output)
    let repair = Repair(wanted, context: view.context)
    let names = repair.reimages(problems).map(\.name.description).joined(separator: ", ")
    if !names.isEmpty {
      try await confirmation.confirm("This reimages \(names): their disks go.", session.spec)
    }
    let renew = session.renew
    return try await session.keepingEvidence("repair") {
      try await view.run { show in try await repair.run(problems, renew: renew, show: show) }
    }
  }
}
