package import ForgePlanning
package import ForgeModel

/// Something that happened in a run, with its times: one stream of these feeds the terminal, the
/// plain lines, the JSON output and the journal.
package struct Event: Hashable, Sendable {
  /// Time since the run began.
  package var elapsed: Duration
  /// Calendar time, milliseconds since 1970-01-01 00:00 UTC.
  package var wallMilliseconds: Int64
  /// What happened.
  package var kind: Kind

  /// Makes an event.
  package init(elapsed: Duration, wallMilliseconds: Int64, kind: Kind) {
    self.elapsed = elapsed
    self.wallMilliseconds = wallMilliseconds
    self.kind = kind
  }

  /// What happened.
  package enum Kind: Hashable, Sendable {
    /// A run began: the command, the cluster and the number of planned steps.
    case runStarted(command: String, cluster: String, steps: Int)
    /// A step began; the limit is the longest it may take.
    case stepStarted(StepID, limit: Duration, attempt: Int)
    /// A step says what it is doing or waiting for: the last thing seen.
    case stepProgress(StepID, detail: String)
    /// A step failed and will be tried again after the delay.
    case stepRetrying(StepID, ForgeError, delay: Duration)
    /// A step ended.
    case stepFinished(StepID, StepOutcome)
    /// A gate opened on this evidence.
    case gateOpened(StepID, evidence: [String])
    /// The operator asked for the end of the run.
    case interrupted(again: Bool)
    /// The run ended; the exit code that the command will have.
    case runFinished(ExitStatus, elapsed: Duration)
  }
}
