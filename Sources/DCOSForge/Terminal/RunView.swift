import ForgePorts
import ForgePlanning
import ForgeModel
import ForgeEvents
import DCOSForgeCore
import Dispatch
import Glibc

/// Runs `up` or `wipe` and shows it: events go to the journal and to the terminal (or out as JSON lines), Ctrl-C to the
/// run, and the summary to standard output.
struct RunView {
  private let session: Session
  private let isJSON: Bool
  private let journal: Journal
  private let terminal: LiveTerminal
  let context: ForgeContext

  /// Opens the journal and connects the run's events with it and with the view.
  init(_ session: Session, options: OutputOptions) throws {
    self.session = session
    isJSON = options.output == .json
    let journal = try Journal(path: session.folder.journalPath)
    let terminal = LiveTerminal(
      session.spec, clock: session.clock, isColoured: Console.standard.usesColor,
      isVerbose: options.verbose)
    let printsJSON = isJSON
    context = try session.context { event in
      journal.append(event)
      if printsJSON {
        Console.standard.printResult(EventRecord(event).json)
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
      @escaping @Sendable (_ show: @escaping @Sendable (Plan) -> Void) async throws -> Up.Report
  ) async throws -> ExitStatus {
    let report = try await withInterrupts {
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

  /// Runs the body with the board's clock ticking and Ctrl-C at work: the first raises the stop signal, the
  /// second cancels the body.
  private func withInterrupts(
    _ body: @escaping @Sendable () async throws -> Up.Report
  ) async throws -> Up.Report {
    let interrupts = Interrupts()
    let stream = interrupts.stream
    defer { interrupts.end() }
    return try await withThrowingTaskGroup(of: Up.Report?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        var count = 0
        for await _ in stream {
          count += 1
          context.emit(.interrupted(again: count > 1))
          if count > 1 { throw Interrupts.Second() }
          context.stop.raise()
        }
        return nil
      }
      group.addTask {
        while (try? await session.clock.sleep(for: LiveTerminal.interval)) != nil {
          terminal.tick()
        }
        return nil
      }
      defer { group.cancelAll() }
      while let result = try await group.next() {
        if let result { return result }
      }
      throw Interrupts.Second()
    }
  }
}

/// SIGINT and SIGTERM as a stream.
struct Interrupts {
  /// The operator asked a second time.
  struct Second: Error {}

  let stream: AsyncStream<Void>
  private let sources: [any DispatchSourceSignal]
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { @Sendable in continuation.yield() }
      source.resume()
      return source
    }
    self.stream = stream
    self.continuation = continuation
  }

  /// Ends the stream and gives the signals back.
  func end() {
    for source in sources { source.cancel() }
    continuation.finish()
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
