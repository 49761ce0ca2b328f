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
  @OptionGroup var confirmation: Confirmation

  @Flag(help: "Only list; the default.")
  var report = false

  @Flag(help: "Heal everything that is listed but what is marked by-hand.")
  var auto = false

  func validate() throws {
    if report, auto { throw ValidationError("--report and --auto exclude each other") }
  }

  func run() async throws {
    let session = try self.session.open()
    let lock = auto ? try await session.lock("repair") : nil
    let wanted = try await session.wanted()
    let view = try RunView(session, options: self.session.output)
    let repair = Repair(wanted, context: view.context)
    let problems = try await repair.problems()
    print(problems, session)
    guard auto, !problems.isEmpty else {
      if !problems.isEmpty { throw ExitCode(ExitStatus.changes.rawValue) }
      return
    }
    let names = repair.reimages(problems).map(\.name.description).joined(separator: ", ")
    if !names.isEmpty {
      try confirmation.confirm("This reimages \(names): their disks go.", session.spec)
    }
    let status = try await session.keepingEvidence("repair") {
      try await view.run { show in
        try await repair.run(problems, renew: session.renew, show: show)
      }
    }
    _ = consume lock
    if status != .success { throw ExitCode(status.rawValue) }
  }

  private func print(_ problems: [Problem], _ session: Session) {
    switch self.session.output.output {
    case .text:
      let text = ProblemText(cluster: session.spec.name, problems)
      Console.standard.printResult(text.lines.joined(separator: "\n"))
    case .json:
      Console.standard.printResult(
        (try? ProblemsRecord(cluster: session.spec.name, problems).prettyJSON()) ?? "")
    }
  }
}
