package import ForgeModel

/// One step of a plan.
package struct PlannedStep: Hashable, Sendable {
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
  package var changes: Bool { id.kind.row.changes }

  package init(
    _ id: StepID, reason: String, requires: [StepID] = [], after: [StepID] = [],
    limit: Duration
  ) {
    self.id = id
    self.reason = reason
    self.requires = requires
    self.after = after
    self.limit = limit
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
  /// The nodes that only a reimage repairs; empty unless that takes every refusal away.
  package var reimages: [NodeName]

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

  /// Makes a plan of steps in any order: drops references to steps that are not planned, and puts
  /// every step behind those it waits for.
  ///
  /// Steps that wait for each other are a refusal: of such a plan nothing runs.
  init(
    ordering steps: [PlannedStep], refusals: [ForgeError], warnings: [String],
    reimages: [NodeName] = []
  ) {
    do throws(ForgeError) {
      self.init(
        steps: try Self.ordered(steps), refusals: refusals, warnings: warnings, reimages: reimages)
    } catch {
      self.init(steps: [], refusals: [error] + refusals, warnings: warnings)
    }
  }

  /// The steps round by round: those that wait for nothing, then those that wait for them only, and
  /// so on; each round in the order given.
  private static func ordered(_ steps: [PlannedStep]) throws(ForgeError) -> [PlannedStep] {
    let known = Set(steps.map(\.id))
    var steps = steps
    var followers: [StepID: [Int]] = [:]
    for index in steps.indices {
      steps[index].requires.removeAll { !known.contains($0) }
      steps[index].after.removeAll { !known.contains($0) }
      for id in steps[index].waits { followers[id, default: []].append(index) }
    }
    var open = steps.map(\.waits.count)
    var round = steps.indices.filter { open[$0] == 0 }
    var result: [PlannedStep] = []
    while !round.isEmpty {
      var next: [Int] = []
      for index in round {
        result.append(steps[index])
        for follower in followers[steps[index].id] ?? [] {
          open[follower] -= 1
          if open[follower] == 0 { next.append(follower) }
        }
      }
      round = next.sorted()
    }
    if result.count < steps.count {
      throw circle(steps.indices.filter { open[$0] > 0 }.map { steps[$0] })
    }
    return result
  }

  /// The fault of steps of which each waits for at least one other of them; it names the first
  /// circle.
  private static func circle(_ stuck: [PlannedStep]) -> ForgeError {
    let waits = Dictionary(stuck.map { ($0.id, $0.waits) }) { first, _ in first }
    var path: [StepID] = []
    var next = stuck.first?.id
    while let id = next, !path.contains(id) {
      path.append(id)
      next = waits[id]?.first { waits[$0] != nil }
    }
    let circle = path.drop { $0 != next } + (next.map { [$0] } ?? [])
    return ForgeError(
      .internalFault, "steps wait for each other",
      observed: circle.map(\.description).joined(separator: " → "), disposition: .final)
  }
}

extension PlannedStep {
  /// All steps that must have ended.
  fileprivate var waits: [StepID] { requires + after }
}
