import ForgeSupport
import ForgePlanning
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Lists problems with their resolutions, and repairs them.
struct RepairCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "List problems, each with its resolution; --auto repairs them.",
    discussion: """
      --auto starts, restarts and makes what is missing, and reimages nodes that nothing else \
      repairs. It never costs the quorum. It ends when the cluster is healthy.

      Exit codes of --report: 0 there is no problem; 2 there are problems. Exit code 8 of --auto: \
      the quorum would be lost, or a problem is marked by-hand.

      Examples:
        dcosforge repair
        dcosforge repair --auto
        dcosforge repair --auto --yes
      """)

  /// What is done with the problems.
  enum Mode: String, EnumerableFlag {
    case report, auto

    static func help(for mode: Mode) -> ArgumentHelp? {
      switch mode {
      case .report: "List the problems."
      case .auto: "Repair the problems."
      }
    }
  }

  @OptionGroup var session: SessionOptions
  @OptionGroup var lock: LockOptions
  @OptionGroup var verbosity: VerboseOptions
  @OptionGroup var layers: LayerOptions
  @OptionGroup var confirmation: Confirmation

  @Flag(exclusivity: .exclusive)
  var mode = Mode.report

  func run() async throws {
    let session = try self.session.open()
    let status: ExitStatus
    switch mode {
    case .report:
      let problems = try await list(session, try await session.wanted(layers))
      status = problems.isEmpty ? .success : .changes
    case .auto:
      status = try await session.locked("repair", lock) { try await repair(session) }
    }
    if status != .success { throw ExitCode(status.rawValue) }
  }

  private func list(_ session: Session, _ wanted: WantedCluster) async throws -> [Problem] {
    let problems = try await Repair(wanted, context: session.context()).problems()
    switch self.session.output {
    case .text:
      let text = ProblemText(cluster: session.spec.name, problems)
      Console.standard.printResult(text.lines.joined(separator: "\n"))
    case .json:
      let record = ProblemsRecord(cluster: session.spec.name, problems)
      Console.standard.printData(try record.prettyJSON())
    }
    return problems
  }

  private func repair(_ session: Session) async throws -> ExitStatus {
    let wanted = try await session.wanted(layers)
    let problems = try await list(session, wanted)
    guard !problems.isEmpty else { return .success }
    let view = try RunView(
      session, output: self.session.output, isVerbose: verbosity.verbose)
    let repair = Repair(wanted, context: view.context)
    let names = repair.reimages(problems).map(\.name.description).joined(separator: ", ")
    if !names.isEmpty {
      try await confirmation.confirm("This reimages \(names). Their disks are lost.", session.spec)
    }
    let renew = session.renew
    return try await session.keepingEvidence("repair") {
      try await view.run { show in try await repair.run(problems, renew: renew, show: show) }
    }
  }
}
