import ForgeSupport
import ForgeEvents
import ForgePorts
package import ForgePlanning
package import ForgeModel

/// How one step went, with its times since the run's beginning.
package struct StepRecord: Hashable, Sendable {
  package var step: PlannedStep
  /// How it ended.
  package var outcome: StepOutcome
  /// When it began; for a step that never began, when that was decided.
  package var started: Duration
  /// When it ended.
  package var ended: Duration

  /// The step's own error; nil unless it failed.
  package var failure: ForgeError? {
    if case .failed(let error) = outcome { error } else { nil }
  }
}

/// The one loop that owns a run.
///
/// Steps run as child tasks and return outcomes; only ``run(_:)`` changes the run's state.
struct Engine: Sendable {
  /// Does one step until the deadline; the closure says what it is doing.
  typealias Performer =
    @Sendable (PlannedStep, _ deadline: Moment) async throws(ForgeError)
    -> StepOutcome

  let context: ForgeContext
  let limits: ParallelSpec
  let perform: Performer

  /// Runs a plan as an operator's command, from its first event to its last.
  static func run(
    _ plan: Plan, of spec: ClusterSpec, as command: String, _ context: ForgeContext,
    _ perform: @escaping Performer
  ) async -> RunReport {
    context.emit(.runStarted(command: command, cluster: spec.name, steps: plan.steps.count))
    let records = await Engine(context: context, limits: spec.parallel, perform: perform).run(plan)
    let elapsed = context.clock.now.since(context.start)
    let report = RunReport(plan: plan, records: records, elapsed: elapsed)
    context.emit(.runFinished(report.status, elapsed: elapsed))
    return report
  }

  /// Runs a plan to its end: every step ends as changed, unchanged, failed, skipped or stopped.
  func run(_ plan: Plan) async -> [StepRecord] {
    var run = Run(plan: plan, limits: limits)
    return await withTaskGroup(of: StepRecord.self) { group in
      while true {
        for (step, outcome) in run.settle(isStopping: context.stop.isRaised || Task.isCancelled) {
          context.emit(.stepFinished(step.id, outcome))
          let now = context.clock.now.since(context.start)
          run.finish(StepRecord(step: step, outcome: outcome, started: now, ended: now))
        }
        for step in run.startable() {
          run.begin(step.id)
          group.addTask { await attempt(step) }
        }
        guard let record = await group.next() else { return run.records + run.stranded(context) }
        run.finish(record)
      }
    }
  }

  /// Tries a step until it succeeds, fails for good, or its limit passes.
  private func attempt(_ step: PlannedStep) async -> StepRecord {
    let started = context.clock.now
    let deadline = started.advanced(by: step.limit)
    let policy = step.id.kind.row.retry
    var number = 1
    var outcome: StepOutcome
    while true {
      context.emit(.stepStarted(step.id, limit: step.limit, attempt: number))
      outcome = await once(step, deadline)
      guard case .failed(let error) = outcome, error.disposition == .retry,
        number < policy.attempts, !context.stop.isRaised
      else { break }
      let delay = policy.delay(after: number, of: step.id, seed: context.jitterSeed)
      guard context.clock.now.advanced(by: delay) < deadline else { break }
      context.emit(.stepRetrying(step.id, error, delay: delay))
      if (try? await context.clock.sleep(for: delay)) == nil {
        outcome = .stopped
        break
      }
      number += 1
    }
    context.emit(.stepFinished(step.id, outcome))
    return StepRecord(
      step: step, outcome: outcome, started: started.since(context.start),
      ended: context.clock.now.since(context.start))
  }

  private func once(_ step: PlannedStep, _ deadline: Moment) async -> StepOutcome {
    let perform = self.perform
    do throws(ForgeError) {
      return try await withDeadline(deadline, on: context.clock, expired: { Self.expired(step) }) {
        () throws(ForgeError) in try await perform(step, deadline)
      }
    } catch {
      return error.category == .interrupted ? .stopped : .failed(error)
    }
  }

  private static func expired(_ step: PlannedStep) -> ForgeError {
    ForgeError(
      .timeout, "took longer than its limit of \(step.limit.brief)", on: step.id.description,
      advice: "raise the limit in the cluster file, or look at the node", disposition: .final)
  }
}

/// The state of a run: what waits, what runs, what ended.
///
/// A value without effects.
struct Run: Sendable {
  private var waiting: [PlannedStep]
  private var running: Set<StepID> = []
  private var ended: [StepID: StepOutcome] = [:]
  private let limits: ParallelSpec
  private(set) var records: [StepRecord] = []

  init(plan: Plan, limits: ParallelSpec) {
    self.waiting = plan.steps
    self.limits = limits
  }

  /// The waiting steps that will never run: what they require did not succeed, or the run is
  /// stopping.
  func settle(isStopping: Bool) -> [(PlannedStep, StepOutcome)] {
    var lost: [StepID: StepOutcome] = [:]
    var result: [(PlannedStep, StepOutcome)] = []
    for step in waiting {
      let outcome: StepOutcome
      if isStopping {
        outcome = .stopped
      } else if let cause = step.requires.lazy.compactMap({ required in
        rootCause(required, lost[required] ?? ended[required])
      }).first {
        outcome = cause
      } else {
        continue
      }
      lost[step.id] = outcome
      result.append((step, outcome))
    }
    return result
  }

  /// The outcome of a step whose requirement ended like this: skipped because of the first failure
  /// in the chain, never because of another skipped step.
  private func rootCause(_ required: StepID, _ outcome: StepOutcome?) -> StepOutcome? {
    switch outcome {
    case .failed(let error): .skipped(because: required, error.description)
    case .skipped, .stopped: outcome
    case .changed, .unchanged, nil: nil
    }
  }

  /// The waiting steps that may start now, within the limits, in plan order.
  func startable() -> [PlannedStep] {
    var room = limits.steps - running.count
    var used: [Lane: Int] = [:]
    for id in running { used[id.kind.row.lane, default: 0] += 1 }
    return waiting.filter { step in
      guard room > 0, step.requires.allSatisfy({ ended[$0] != nil }),
        step.after.allSatisfy({ ended[$0] != nil })
      else { return false }
      let lane = step.id.kind.row.lane
      guard used[lane, default: 0] < lane.limit(limits) else { return false }
      used[lane, default: 0] += 1
      room -= 1
      return true
    }
  }

  /// The steps that still wait although nothing runs: the plan names something that it does not
  /// hold.
  func stranded(_ context: ForgeContext) -> [StepRecord] {
    waiting.map { step in
      let missing = (step.requires + step.after).filter { ended[$0] == nil }
      let error = ForgeError(
        .internalFault, "can never begin", on: step.id.description,
        observed: "waits for " + missing.map(\.description).joined(separator: ", "),
        disposition: .final)
      context.emit(.stepFinished(step.id, .failed(error)))
      let now = context.clock.now.since(context.start)
      return StepRecord(step: step, outcome: .failed(error), started: now, ended: now)
    }
  }

  mutating func begin(_ id: StepID) {
    waiting.removeAll { $0.id == id }
    running.insert(id)
  }

  mutating func finish(_ record: StepRecord) {
    waiting.removeAll { $0.id == record.step.id }
    running.remove(record.step.id)
    ended[record.step.id] = record.outcome
    records.append(record)
  }
}
