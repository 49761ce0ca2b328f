package import ForgeSupport
package import ForgeModel

/// Diagnostics for a terminal: `file:line:column: error: message [id]`, the source line, a caret, a
/// hint.
package struct DiagnosticText: Sendable {
  private let style: TextStyle

  /// Makes a form with or without colours.
  package init(usesColor: Bool) { style = TextStyle(isColoured: usesColor) }

  /// All diagnostics and a line that counts them; empty without diagnostics.
  package func render(_ diagnostics: [Diagnostic]) -> TerminalText {
    guard !diagnostics.isEmpty else { return "" }
    let errors = diagnostics.count { $0.severity == .error }
    let counts = [(errors, "error"), (diagnostics.count - errors, "warning")]
      .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    let count = TerminalText(counts.joined(separator: ", ") + "\n")
    return TerminalText(lines: diagnostics.flatMap(lines) + [count])
  }

  package func lines(_ diagnostic: Diagnostic) -> [TerminalText] {
    let place = diagnostic.position.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
    let colour = diagnostic.severity == .error ? "31" : "33"
    let head =
      style.paint(place, "1") + style.paint("\(diagnostic.severity.rawValue):", "1;\(colour)")
      + TerminalText(" \(diagnostic.message) [\(diagnostic.id)]")
    let hint = diagnostic.hint.isEmpty ? [] : [TerminalText("  hint: \(diagnostic.hint)")]
    return [head] + quote(diagnostic, colour) + hint
  }

  /// The source line and the caret below the column.
  private func quote(_ diagnostic: Diagnostic, _ colour: String) -> [TerminalText] {
    guard let position = diagnostic.position, let line = diagnostic.sourceLine else { return [] }
    let number = String(position.line)
    let margin = String(repeating: " ", count: number.count)
    // Columns count scalars, a terminal counts cells.
    let before = String(String.UnicodeScalarView(line.unicodeScalars.prefix(position.column - 1)))
    let indent = String(repeating: " ", count: before.printable.terminalWidth)
    return [
      TerminalText("  \(number) | \(line.printable)"),
      TerminalText("  \(margin) | \(indent)") + style.paint("^", "1;\(colour)"),
    ]
  }
}
