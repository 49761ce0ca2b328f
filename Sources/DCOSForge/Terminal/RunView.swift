import ForgePorts
import ForgePlanning
import ForgeModel
import ForgeEvents
import ForgeKeys
import DCOSForgeCore

/// Shows a run: events go to the journal and to the terminal (or out as JSON lines), Ctrl-C to the
/// run, and the summary to standard output.
struct RunView {
  private let session: Session
  private let isJSON: Bool
  private let journal: Journal
  private let terminal: LiveTerminal
  let context: ForgeContext

  /// Opens the journal and connects the run's events with it and with the view.
  init(
    _ session: Session, identity: KeyPair? = nil, output: OutputFormat, isVerbose: Bool
  ) throws {
    self.session = session
    isJSON = output == .json
    let journal = try Journal(path: session.folder.journalPath)
    let terminal = LiveTerminal(
      session.spec, clock: session.clock, isColoured: Console.standard.usesColor,
      isVerbose: isVerbose)
    let printsJSON = isJSON
    context = try session.context(identity: identity) { event in
      journal.append(event)
      if printsJSON {
        Console.standard.printData(EventRecord(event).json)
      } else {
        terminal.receive(event)
      }
    }
    self.journal = journal
    self.terminal = terminal
  }

  /// Runs to the end; the summary is printed, the exit code returned.
  func run(
    _ operation:
      @escaping @Sendable (_ show: @escaping @Sendable (Plan) -> Void) async throws -> RunReport
  ) async throws -> ExitStatus {
    async let _ = tick()
    let report = try await withInterrupts(to: context) {
      try await operation { plan in show(plan) }
    }
    if let fault = journal.fault { Console.standard.printError(fault) }
    if !isJSON {
      let summary = RunSummary(session.spec, report)
      Console.standard.printResult(summary.lines.joined(separator: "\n"))
    }
    return report.status
  }

  private func show(_ plan: Plan) {
    let text = PlanText(session.spec, plan)
    if !plan.refusals.isEmpty {
      Console.standard.printNote(text.refusalLines.joined(separator: "\n"))
    }
    guard !isJSON else { return }
    Console.standard.printNote(
      (plan.warnings.map { "warning: \($0)" } + [text.summary])
        .joined(separator: "\n"))
    terminal.begin(session.spec, plan)
  }

  /// Redraws the board until the run ends.
  private func tick() async {
    while (try? await session.clock.sleep(for: LiveTerminal.interval)) != nil { terminal.tick() }
  }
}
