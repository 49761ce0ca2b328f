package import ForgePorts

/// Runs asynchronous code on a simulated world, on the calling thread, deterministically by seed.
package enum Simulation {
  /// How much a run may take before it counts as endless.
  package struct Limits: Hashable, Sendable {
    /// Virtual time from the run's beginning.
    package var virtualTime = Duration.seconds(24 * 3600)
    /// Scheduled pieces of work.
    package var jobs = 2_000_000

    /// Makes the standard limits: a day, and two million pieces of work.
    package init() {}

    package static let standard = Limits()
  }

  /// What a run came to.
  package struct Outcome<Value: Sendable>: Sendable {
    /// What the body returned.
    package var value: Value
    /// A digest of every scheduling choice and every event; the same for the same seed in every
    /// process.
    package var digest: UInt64
    /// Virtual time that the run took.
    package var elapsed: Duration
    /// Scheduled pieces of work.
    package var jobs: Int
  }

  /// Why a run could not come to its end.
  package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of reason.
    package enum Reason: Hashable, Sendable {
      /// Nothing can run and nobody waits for a moment.
      case deadlock
      /// The virtual time ran out.
      case virtualTime
      /// Too many pieces of work.
      case jobs
      /// An observer found an invariant violated.
      case violation(String)
      /// The planned kill struck.
      case killed
    }

    package var reason: Reason
    /// The seed that brings it again.
    package var seed: UInt64
    /// When it happened.
    package var moment: Moment
    /// The last events before it.
    package var lastEvents: [String]

    /// Reason, seed, time and the last events.
    package var description: String {
      (["simulation failed: \(reason), seed \(seed), at \(moment.sinceStart)"] + lastEvents)
        .joined(separator: "\n  ")
    }
  }

  /// Runs the body on a new world without faults.
  package static func run<Value: Sendable>(
    seed: UInt64, faults: FaultPlan = .none, limits: Limits = .standard,
    _ body: @escaping @Sendable (SimulatedCluster) async throws -> Value
  ) throws -> Outcome<Value> {
    try run(on: SimulatedCluster(seed: seed, faults: faults), limits: limits, body)
  }

  /// Runs the body on a world, as the next process of dcosforge that works on it.
  ///
  /// Everything the body starts must be structured (child tasks, `async let`, default actors) and
  /// must wait only on the world's clock and adapters. Throws ``Failure``, or what the body threw.
  /// - Parameter killAtChanges: kills the run as soon as the world counts so many changes in all:
  ///   its connections break, none of its calls has an effect any more, and
  ///   ``Failure/Reason/killed`` is thrown.
  /// - Parameter killAtJob: kills the run after so many scheduled pieces of work; one ends at each
  ///   await that waits.
  package static func run<Value: Sendable>(
    on cluster: SimulatedCluster, limits: Limits = .standard, killAtChanges: Int? = nil,
    killAtJob: Int? = nil,
    _ body: @escaping @Sendable (SimulatedCluster) async throws -> Value
  ) throws -> Outcome<Value> {
    let number = cluster.change { $0.beginRun(killAtChanges: killAtChanges) }
    defer { cluster.change { $0.endRun() } }
    let driver = Driver(cluster: cluster, run: number, limits: limits, killAtJob: killAtJob)
    let value = try driver.drive(body)
    return Outcome(
      value: value, digest: driver.executor.digest ^ cluster.read { $0.digest.value },
      elapsed: cluster.virtualClock.now.since(driver.start), jobs: driver.executor.count)
  }
}

extension SimulatedWorld {
  mutating func beginRun(killAtChanges: Int?) -> Int {
    run += 1
    isRunAlive = true
    self.killAtChanges = killAtChanges
    violation = nil
    emit(.runStarted(run))
    return run
  }

  mutating func endRun() {
    isRunAlive = false
    killAtChanges = nil
  }
}

/// Moves one run forward: what can run runs, otherwise time does.
private struct Driver {
  let cluster: SimulatedCluster
  let limits: Simulation.Limits
  let killAtJob: Int?
  let executor: SimulationExecutor
  let start: Moment

  init(cluster: SimulatedCluster, run: Int, limits: Simulation.Limits, killAtJob: Int?) {
    self.cluster = cluster
    self.limits = limits
    self.killAtJob = killAtJob
    executor = SimulationExecutor(seed: cluster.seed &+ UInt64(run))
    start = cluster.virtualClock.now
  }

  func drive<Value: Sendable>(
    _ body: @escaping @Sendable (SimulatedCluster) async throws -> Value
  ) throws -> Value {
    let result = ResultBox<Value>()
    let cluster = cluster
    // The one task without a parent: the driver itself waits for it, here and now.
    let root = Task(executorPreference: executor) {
      do {
        let value = try await body(cluster)
        result.set(.success(value))
      } catch {
        result.set(.failure(error))
      }
    }
    var reason = stopReason
    while reason == nil {
      if executor.runOne() {
        reason = stopReason
      } else if let result = result.get() {
        return try result.get()
      } else if let moment = cluster.virtualClock.nextMoment {
        advance(to: moment)
        reason = stopReason
      } else {
        reason = .deadlock
      }
    }
    let failure = failure(reason ?? .deadlock)
    cluster.change { $0.killRun() }
    root.cancel()
    drain(until: { result.get() != nil })
    throw failure
  }

  private func advance(to moment: Moment) {
    let next = min(moment, cluster.read { $0.nextMoment } ?? moment)
    cluster.virtualClock.advance(to: next)
    cluster.change { $0.advance(to: next) }
  }

  /// Lets a killed run's tasks come to their end; none of their calls has an effect any more.
  private func drain(until isOver: () -> Bool) {
    let limit = executor.count + limits.jobs
    while executor.count < limit {
      if executor.runOne() { continue }
      guard !isOver(), let moment = cluster.virtualClock.nextMoment else { return }
      advance(to: moment)
    }
  }

  private var stopReason: Simulation.Failure.Reason? {
    let (violation, isAlive) = cluster.read { ($0.violation, $0.isRunAlive) }
    if let violation { return .violation(violation) }
    if !isAlive || executor.count == killAtJob { return .killed }
    if executor.count > limits.jobs { return .jobs }
    if cluster.virtualClock.now.since(start) > limits.virtualTime { return .virtualTime }
    return nil
  }

  private func failure(_ reason: Simulation.Failure.Reason) -> Simulation.Failure {
    let state = cluster.state
    return Simulation.Failure(
      reason: reason, seed: cluster.seed, moment: state.now,
      lastEvents: state.trace.suffix(12).map(\.description))
  }
}
