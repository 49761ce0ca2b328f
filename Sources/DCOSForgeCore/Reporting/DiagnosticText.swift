import ForgeSupport
package import ForgeModel

/// Diagnostics for a terminal: `file:line:column: error: message [id]`, the source line, a caret, a
/// hint.
package struct DiagnosticText: Sendable {
  private let usesColor: Bool

  /// Makes a form with or without colours.
  package init(usesColor: Bool) { self.usesColor = usesColor }

  /// All diagnostics and a line that counts them; empty without diagnostics.
  package func render(_ diagnostics: [Diagnostic]) -> String {
    guard !diagnostics.isEmpty else { return "" }
    let errors = diagnostics.count { $0.severity == .error }
    let counts = [(errors, "error"), (diagnostics.count - errors, "warning")]
      .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    return diagnostics.flatMap(lines).map { $0 + "\n" }.joined()
      + counts.joined(separator: ", ") + "\n"
  }

  package func lines(_ diagnostic: Diagnostic) -> [String] {
    let place = diagnostic.position.map { "\($0.file.printable):\($0.line):\($0.column): " } ?? ""
    let colour = diagnostic.severity == .error ? "31" : "33"
    let head =
      paint(place, "1") + paint("\(diagnostic.severity.rawValue):", "1;\(colour)")
      + " \(diagnostic.message.printable) [\(diagnostic.id)]"
    let hint = diagnostic.hint.isEmpty ? [] : ["  hint: \(diagnostic.hint.printable)"]
    return [head] + quote(diagnostic, colour) + hint
  }

  /// The source line and the caret below the column.
  private func quote(_ diagnostic: Diagnostic, _ colour: String) -> [String] {
    guard let position = diagnostic.position, let line = diagnostic.sourceLine else { return [] }
    let number = String(position.line)
    let margin = String(repeating: " ", count: number.count)
    // Columns count scalars, a terminal counts cells.
    let before = String(String.UnicodeScalarView(line.unicodeScalars.prefix(position.column - 1)))
    let caret =
      String(repeating: " ", count: before.printable.terminalWidth) + paint("^", "1;\(colour)")
    return ["  \(number) | \(line.printable)", "  \(margin) | \(caret)"]
  }

  private func paint(_ text: String, _ code: String) -> String {
    usesColor && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
