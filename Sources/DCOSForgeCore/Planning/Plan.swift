package import ForgeModel

/// One step of a plan.
package struct PlannedStep: Hashable, Sendable {
  /// Its name.
  package var id: StepID
  /// Why it is planned: what was observed against what is wanted.
  package var reason: String
  /// The steps that must have succeeded.
  package var requires: [StepID]
  /// The steps that must have ended, well or not.
  package var after: [StepID]
  /// The longest it may take, all its attempts included.
  package var limit: Duration
  /// Whether it changes something, or only looks and waits.
  package var changes: Bool

  /// Makes a step.
  package init(
    _ id: StepID, reason: String, requires: [StepID] = [], after: [StepID] = [],
    limit: Duration, changes: Bool = true
  ) {
    self.id = id
    self.reason = reason
    self.requires = requires
    self.after = after
    self.limit = limit
    self.changes = changes
  }
}

/// What a run will do: the value that `plan` prints and `up` runs.
package struct Plan: Hashable, Sendable {
  /// The steps in an order in which each follows those it waits for.
  package var steps: [PlannedStep]
  /// What stands in the way; with any of these nothing is run.
  package var refusals: [ForgeError]
  /// Doubts that do not stop the run.
  package var warnings: [String]
  /// The nodes that only a reimage heals; empty unless that takes every refusal away.
  package var reimages: [NodeName]

  /// Makes a plan.
  package init(
    steps: [PlannedStep], refusals: [ForgeError] = [], warnings: [String] = [],
    reimages: [NodeName] = []
  ) {
    self.steps = steps
    self.refusals = refusals
    self.warnings = warnings
    self.reimages = reimages
  }

  /// Whether anything would be changed.
  package var hasChanges: Bool { steps.contains(where: \.changes) }

  /// The plan up to the end of a stage.
  package func until(_ stage: Stage) -> Plan {
    Plan(
      steps: steps.filter { $0.id.kind.stage <= stage }, refusals: refusals, warnings: warnings,
      reimages: reimages)
  }

  /// Drops references to steps that are not planned, and puts every step behind those it waits for.
  ///
  /// Steps that wait for each other in a circle are dropped from the result; the planner's tests hold
  /// that there are none.
  static func ordered(_ steps: [PlannedStep]) -> [PlannedStep] {
    let known = Set(steps.map(\.id))
    var waiting = steps.map { step in
      var step = step
      step.requires.removeAll { !known.contains($0) }
      step.after.removeAll { !known.contains($0) }
      return step
    }
    var placed: Set<StepID> = []
    var result: [PlannedStep] = []
    while !waiting.isEmpty {
      let ready = waiting.filter { step in
        (step.requires + step.after).allSatisfy(placed.contains)
      }
      if ready.isEmpty { break }
      placed.formUnion(ready.map(\.id))
      result += ready
      waiting.removeAll { placed.contains($0.id) }
    }
    return result
  }
}
