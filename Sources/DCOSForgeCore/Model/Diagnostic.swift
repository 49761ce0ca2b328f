/// A place in a file the operator wrote.
package struct SourcePosition: Hashable, Comparable, Codable, Sendable {
  /// The file's name as the operator gave it.
  package var file: String
  /// The line, from 1.
  package var line: Int
  /// The column in characters, from 1.
  package var column: Int

  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// Orders by file, then line, then column.
  package static func < (one: SourcePosition, other: SourcePosition) -> Bool {
    (one.file, one.line, one.column) < (other.file, other.line, other.column)
  }
}

/// One fault, or one doubt, about the operator's input.
package struct Diagnostic: Error, Hashable, Codable, Sendable {
  /// How bad it is.
  package enum Severity: String, Codable, Sendable {
    /// The input is not used.
    case error
    /// The input is used, and is probably not what was meant.
    case warning
  }

  /// A stable name of the rule, such as `duplicate-key`.
  package var id: String
  /// How bad it is.
  package var severity: Severity
  /// What is wrong.
  package var message: String
  /// How to put it right; empty when the message says it.
  package var hint: String
  /// Where it stands; nil for a fault of the whole input.
  package var position: SourcePosition?
  /// The source line at the position, for the caret.
  package var sourceLine: String?

  package init(
    id: String, severity: Severity = .error, _ message: String, hint: String = "",
    at position: SourcePosition? = nil, sourceLine: String? = nil
  ) {
    self.id = id
    self.severity = severity
    self.message = message
    self.hint = hint
    self.position = position
    self.sourceLine = sourceLine
  }
}
