import ForgeModel
import ForgeHealth
import ForgeSupport
import DCOSForgeCore
import Dispatch
import Glibc

/// Where results and messages go: results to standard output, everything else to standard error.
///
/// All that is printed goes through here, and a terminal obeys nothing in it that is not ours.
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

  /// Prints a result for people.
  func printResult(_ text: String) { printResult(TerminalText(text)) }

  /// Prints a result for people.
  func printResult(_ text: TerminalText) { write(text.content, to: STDOUT_FILENO) }

  /// Prints a result for programs: as it is, and on a terminal with escapes as JSON has them.
  func printData(_ text: String) {
    write(isatty(STDOUT_FILENO) == 1 ? text.escaped : text, to: STDOUT_FILENO)
  }

  /// Empties the terminal's screen; does nothing where there is none.
  func clearScreen() {
    if isatty(STDOUT_FILENO) == 1 { put(.clearScreen, to: STDOUT_FILENO) }
  }

  /// Prints a message.
  func printNote(_ text: String) { printNote(TerminalText(text)) }

  /// Prints a message.
  func printNote(_ text: TerminalText) { write(text.content, to: STDERR_FILENO) }

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
    let label = TextStyle(isColoured: usesColor).paint("error:", "1;31")
    let details = (error.detailLines + known(error)).map { TerminalText("  " + $0) }
    printNote(TerminalText(lines: [label + TerminalText(" " + head)] + details))
  }

  private func known(_ error: ForgeError) -> [String] {
    KnownFaults.of(error).map { ["known fault: dcosforge explain \($0.id)"] } ?? []
  }

  /// Prints a node's line where it belongs, in one piece, and waits for a reader that is behind.
  ///
  /// Its bytes are what was asked for: only for a terminal they become text.
  func print(_ line: Execute.Line) async {
    await OutputQueue.standard.room()
    let descriptor = line.isError ? STDERR_FILENO : STDOUT_FILENO
    let bytes =
      isatty(descriptor) == 1
      ? Array(TerminalText(bytes: line.bytes).content.utf8) : line.bytes
    OutputQueue.standard.write(
      Array("\(line.node): ".utf8) + bytes + [0x0A], to: descriptor)
  }

  /// Writes a part of a picture.
  func draw(_ text: TerminalText) { put(text, to: STDERR_FILENO) }

  private func put(_ text: TerminalText, to descriptor: Int32) {
    OutputQueue.standard.write(Array(text.content.utf8), to: descriptor)
  }

  private func write(_ text: String, to descriptor: Int32) {
    guard !text.isEmpty else { return }
    let line = text.hasSuffix("\n") ? text : text + "\n"
    OutputQueue.standard.write(Array(line.utf8), to: descriptor)
  }
}
