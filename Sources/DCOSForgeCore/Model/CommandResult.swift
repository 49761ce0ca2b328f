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
  /// How many bytes it printed that were not kept.
  package var omitted = 0
  /// What was read of such outputs before; nil for what a real node printed.
  ///
  /// It is no part of the value.
  package var cache: OutputCache?

  package init(status: Status, standardOutput: String = "", standardError: String = "") {
    self.status = status
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  /// Whether it exited with 0.
  package var succeeded: Bool { status == .exited(0) }

  /// What follows from its standard output alone, read unless the cache has it.
  package func reading<Value, Failure: Error>(
    _ read: (Self) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard let cache, succeeded else { return try read(self) }
    return try cache.value(of: standardOutput) { () throws(Failure) in try read(self) }
  }

  /// Compares what was printed and how it ended.
  package static func == (one: CommandResult, other: CommandResult) -> Bool {
    one.status == other.status && one.standardOutput == other.standardOutput
      && one.standardError == other.standardError && one.omitted == other.omitted
  }

  /// Hashes what ``==(_:_:)`` compares.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(status)
    hasher.combine(standardOutput)
    hasher.combine(standardError)
    hasher.combine(omitted)
  }
}
