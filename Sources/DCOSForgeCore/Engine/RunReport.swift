package import ForgePlanning
package import ForgeModel

/// How far a run goes.
package enum RunExtent: Hashable, Sendable {
  /// The whole cluster up to the end of a stage.
  case cluster(until: Stage)
  /// Fresh machines of these nodes that answer, nothing else.
  case machines(of: [NodeName])
}

/// What a run came to.
package struct RunReport: Sendable {
  /// The plan that was run.
  package var plan: Plan
  /// How each step went, in the order in which they ended.
  package var records: [StepRecord]
  /// How long it took.
  package var elapsed: Duration

  /// The exit code: an interruption, else that of the first failure, else success.
  package var status: ExitStatus {
    if records.contains(where: { $0.outcome == .stopped }) { return .interrupted }
    return records.lazy.compactMap(\.failure).first?.exitStatus ?? .success
  }
}
