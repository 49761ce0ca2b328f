import DCOSForgeCore
import Glibc

/// Where results and messages go: results to standard output, everything else to standard error.
struct Console {
  /// Whether messages are coloured.
  var usesColor: Bool

  /// Standard error as it is: coloured on a terminal, unless `NO_COLOR` or the terminal forbids it.
  static var standard: Console {
    let isDumb = variable("TERM") == "dumb"
    let isForbidden =
      variable("NO_COLOR")?.isEmpty == false
      || CommandLine.arguments.contains("--no-color")
    return Console(usesColor: isatty(STDERR_FILENO) == 1 && !isDumb && !isForbidden)
  }

  /// A variable of the environment.
  private static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// Whether somebody can be asked.
  var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

  /// Prints a result.
  func printResult(_ text: String) { write(text, to: STDOUT_FILENO) }

  /// Prints a message.
  func printNote(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Says what takes its time, to somebody who watches.
  func printProgress(_ text: String) {
    if isatty(STDERR_FILENO) == 1 { printNote(text) }
  }

  /// Prints findings.
  func print(_ diagnostics: [Diagnostic]) {
    printNote(DiagnosticText(usesColor: usesColor).render(diagnostics))
  }

  /// Prints an error: what failed, what was seen, what to do.
  func printError(_ error: ForgeError) {
    let head = error.subject.isEmpty ? error.summary : "\(error.subject): \(error.summary)"
    let label = usesColor ? "\u{1B}[1;31merror:\u{1B}[0m" : "error:"
    printNote((["\(label) \(head)"] + error.detailLines.map { "  " + $0 }).joined(separator: "\n"))
  }

  private func write(_ text: String, to descriptor: Int32) {
    guard !text.isEmpty else { return }
    var rest = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0 && errno != EINTR { return }
      rest = rest.dropFirst(max(0, count))
    }
  }
}
