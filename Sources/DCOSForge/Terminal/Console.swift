import ForgeModel
import ForgeHealth
import DCOSForgeCore
import Dispatch
import Glibc

/// Where results and messages go: results to standard output, everything else to standard error.
struct Console {
  /// Whether messages are coloured.
  var usesColor: Bool

  /// Standard error as it is: coloured on a terminal, unless `NO_COLOR` or the terminal forbids it.
  static var standard: Console {
    Console(usesColor: isatty(STDERR_FILENO) == 1 && allowsColor)
  }

  /// Whether a terminal may be given colours.
  static var allowsColor: Bool {
    variable("TERM") != "dumb" && variable("NO_COLOR")?.isEmpty != false
      && !CommandLine.arguments.contains("--no-color")
  }

  /// A variable of the environment.
  private static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// Whether somebody can be asked.
  var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

  /// A line from standard input, waited for on a thread of its own: what runs beside goes on.
  ///
  /// Nil at its end, and at once when the task is cancelled.
  func readAnswer() async -> String? {
    let (answers, continuation) = AsyncStream<String>.makeStream()
    DispatchQueue.global().async {
      if let answer = readLine() { continuation.yield(answer) }
      continuation.finish()
    }
    return await answers.first { _ in true }
  }

  func printResult(_ text: String) { write(text, to: STDOUT_FILENO) }

  /// Empties the terminal's screen; does nothing where there is none.
  func clearScreen() {
    if isatty(STDOUT_FILENO) == 1 { write("\u{1B}[H\u{1B}[2J\u{1B}[3J", to: STDOUT_FILENO) }
  }

  /// Prints a message.
  func printNote(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Says what takes its time, to somebody who watches.
  func printProgress(_ text: String) {
    if isatty(STDERR_FILENO) == 1 { printNote(text) }
  }

  func print(_ diagnostics: [Diagnostic]) {
    printNote(DiagnosticText(usesColor: usesColor).render(diagnostics))
  }

  /// Prints an error: what failed, what was seen, what to do.
  func printError(_ error: ForgeError) {
    let head = error.subject.isEmpty ? error.summary : "\(error.subject): \(error.summary)"
    let label = usesColor ? "\u{1B}[1;31merror:\u{1B}[0m" : "error:"
    printNote(
      (["\(label) \(head)"] + (error.detailLines + known(error)).map { "  " + $0 }).joined(
        separator: "\n"))
  }

  private func known(_ error: ForgeError) -> [String] {
    KnownFaults.of(error).map { ["known fault: dcosforge explain \($0.id)"] } ?? []
  }

  /// Writes a result as it is.
  func writeResult(_ bytes: [UInt8]) { OutputQueue.standard.write(bytes, to: STDOUT_FILENO) }

  /// Writes a message as it is.
  func writeNote(_ bytes: [UInt8]) { OutputQueue.standard.write(bytes, to: STDERR_FILENO) }

  private func write(_ text: String, to descriptor: Int32) {
    guard !text.isEmpty else { return }
    let line = text.hasSuffix("\n") ? text : text + "\n"
    OutputQueue.standard.write(Array(line.utf8), to: descriptor)
  }
}
