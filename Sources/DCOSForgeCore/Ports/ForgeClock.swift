/// A point on the run's monotonic clock.
package struct Moment: Hashable, Comparable, Sendable {
  /// Time since the clock's own beginning.
  package var sinceStart: Duration

  package init(sinceStart: Duration) { self.sinceStart = sinceStart }

  /// The moment that much later.
  package func advanced(by duration: Duration) -> Moment {
    Moment(sinceStart: sinceStart + duration)
  }

  /// The time from another moment to this one.
  package func since(_ earlier: Moment) -> Duration { sinceStart - earlier.sinceStart }

  /// Orders by time.
  package static func < (one: Moment, other: Moment) -> Bool {
    one.sinceStart < other.sinceStart
  }
}

/// The clock of a run.
///
/// Real: ``SystemClock``. Simulated: `Simulation/VirtualClock`.
package protocol ForgeClock: Sendable {
  /// The monotonic time.
  var now: Moment { get }
  /// The calendar time in milliseconds since 1970-01-01 00:00 UTC, for journals and reports.
  var wallMilliseconds: Int64 { get }
  /// Waits until the moment; throws `CancellationError` at once when the task is cancelled.
  func sleep(until moment: Moment) async throws
}

extension ForgeClock {
  /// Waits for the duration; throws `CancellationError` at once when the task is cancelled.
  package func sleep(for duration: Duration) async throws {
    try await sleep(until: now.advanced(by: duration))
  }
}
