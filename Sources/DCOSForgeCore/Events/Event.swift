import ForgeSupport
package import ForgePlanning
package import ForgeModel
internal import FoundationEssentials

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

/// An event as one flat JSON object: a line of the journal and of `--output json`.
package struct EventRecord: Encodable, Hashable, Sendable {
  /// The version of this form.
  package var schema = 1
  /// Calendar time, ISO 8601 in UTC with milliseconds.
  package var time: String
  /// Milliseconds since the run began.
  package var elapsedMilliseconds: Int64
  /// What happened: `run-started`, `step-started`, `step-progress`, `step-retrying`,
  /// `step-finished`, `gate-opened`, `interrupted`, `run-finished`.
  package var event: String
  /// The command of the run.
  package var command: String?
  /// The cluster of the run.
  package var cluster: String?
  /// The number of planned steps.
  package var steps: Int?
  /// The kind of the step.
  package var step: String?
  /// The step's node; absent for a step of the whole cluster.
  package var node: String?
  /// The attempt, from 1.
  package var attempt: Int?
  /// The longest the step may take, in milliseconds.
  package var limitMilliseconds: Int64?
  /// `changed`, `unchanged`, `failed`, `skipped` or `stopped`.
  package var outcome: String?
  /// What was done, seen or waited for.
  package var detail: String?
  /// The step that caused a skip.
  package var because: String?
  /// What a gate opened on.
  package var evidence: [String]?
  /// Why a step failed.
  package var error: Failure?
  /// The pause before the next attempt, in milliseconds.
  package var delayMilliseconds: Int64?
  /// The exit code of the run.
  package var exit: Int32?

  /// The parts of a ``ForgeError``.
  package struct Failure: Codable, Hashable, Sendable {
    /// The kind of fault.
    package var category: String
    /// What a retry would bring.
    package var disposition: String
    /// What failed.
    package var summary: String
    /// On what.
    package var subject: String
    /// What was seen last.
    package var observed: String
    /// What to do.
    package var advice: String

    /// Takes an error apart.
    package init(_ error: ForgeError) {
      category = error.category.rawValue
      disposition = error.disposition.rawValue
      summary = error.summary
      subject = error.subject
      observed = error.observed
      advice = error.advice
    }
  }

  enum CodingKeys: String, CodingKey {
    case schema, time
    case elapsedMilliseconds = "elapsed_ms"
    case event, command, cluster, steps, step, node, attempt
    case limitMilliseconds = "limit_ms"
    case outcome, detail, because, evidence, error
    case delayMilliseconds = "delay_ms"
    case exit
  }

  /// Flattens an event.
  package init(_ event: Event) {
    time = Self.iso(event.wallMilliseconds)
    elapsedMilliseconds = event.elapsed.wholeMilliseconds
    switch event.kind {
    case .runStarted(let command, let cluster, let steps):
      self.event = "run-started"
      self.command = command
      self.cluster = cluster
      self.steps = steps
    case .stepStarted(let id, let limit, let attempt):
      self.event = "step-started"
      limitMilliseconds = limit.wholeMilliseconds
      self.attempt = attempt
      name(id)
    case .stepProgress(let id, let detail):
      self.event = "step-progress"
      self.detail = detail
      name(id)
    case .stepRetrying(let id, let error, let delay):
      self.event = "step-retrying"
      self.error = Failure(error)
      delayMilliseconds = delay.wholeMilliseconds
      name(id)
    case .stepFinished(let id, let outcome):
      self.event = "step-finished"
      name(id)
      set(outcome)
    case .gateOpened(let id, let evidence):
      self.event = "gate-opened"
      self.evidence = evidence
      name(id)
    case .interrupted(let again):
      self.event = "interrupted"
      detail = again ? "at once" : "after the running steps"
    case .runFinished(let status, _):
      self.event = "run-finished"
      exit = status.rawValue
    }
  }

  private mutating func name(_ id: StepID) {
    step = id.kind.rawValue
    node = id.node?.description
  }

  private mutating func set(_ outcome: StepOutcome) {
    switch outcome {
    case .changed(let detail):
      self.outcome = "changed"
      self.detail = detail
    case .unchanged(let detail):
      self.outcome = "unchanged"
      self.detail = detail
    case .failed(let error):
      self.outcome = "failed"
      self.error = Failure(error)
    case .skipped(let because, let detail):
      self.outcome = "skipped"
      self.because = because.description
      self.detail = detail
    case .stopped:
      self.outcome = "stopped"
    }
  }

  /// The object on one line, without the newline.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try? encoder.encode(self)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  package static func iso(_ milliseconds: Int64) -> String {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(style)
  }
}
