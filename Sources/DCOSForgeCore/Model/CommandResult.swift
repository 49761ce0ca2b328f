/// How a command ended and what it printed.
package struct CommandResult: Hashable, Sendable {
  /// How a command ended.
  package enum Status: Hashable, Sendable {
    /// It exited by itself.
    case exited(Int32)
    /// A signal ended it; the name without `SIG`.
    case signalled(String)
  }

  /// How it ended.
  package var status: Status
  /// All of its standard output.
  package var standardOutput: String
  /// All of its standard error.
  package var standardError: String

  /// Makes a result.
  package init(status: Status, standardOutput: String = "", standardError: String = "") {
    self.status = status
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  /// Whether it exited with 0.
  package var succeeded: Bool { status == .exited(0) }
}
