import ForgeSupport
package import ForgePorts

/// A clock that stands still while anything can run, and then jumps to the next moment that
/// matters.
///
/// ``Simulation`` moves it. Calendar time begins at 2024-01-01 00:00 UTC.
package final class VirtualClock: ForgeClock {
  struct Sleeper {
    var id: UInt64
    var moment: Moment
    /// Sleepers of one group can be woken together before their moment.
    var group: Int?
    var continuation: CheckedContinuation<Void, any Error>
  }

  struct State {
    var now = Moment(sinceStart: .zero)
    var sleepers: [Sleeper] = []
    var lastID: UInt64 = 0
    /// Sleeps that were cancelled before they lay down.
    var cancelled: Set<UInt64> = []
  }

  private let state: Locked<State>

  /// Makes a clock that stands at the moment.
  package init(at moment: Moment = Moment(sinceStart: .zero)) {
    state = Locked(State(now: moment))
  }

  /// The virtual time.
  package var now: Moment { state.withLock { $0.now } }

  /// The virtual calendar time.
  package var wallMilliseconds: Int64 { Self.calendarStart + now.sinceStart.wholeMilliseconds }

  /// The calendar time at its beginning, in milliseconds since 1970-01-01 00:00 UTC.
  static let calendarStart: Int64 = 1_704_067_200_000

  /// Waits until the clock has been moved to the moment.
  package func sleep(until moment: Moment) async throws {
    try await sleep(until: moment, group: nil)
  }

  /// Waits until the moment, or until the group is woken.
  func sleep(until moment: Moment, group: Int?) async throws {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    defer { state.withLock { _ = $0.cancelled.remove(id) } }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let sleeps = state.withLock { state in
          guard !state.cancelled.contains(id) else { return false }
          state.sleepers.append(
            Sleeper(
              id: id, moment: max(moment, state.now), group: group, continuation: continuation))
          return true
        }
        if !sleeps { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      let sleeper = state.withLock { state -> Sleeper? in
        guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.sleepers.remove(at: index)
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// The earliest moment that somebody sleeps until.
  var nextMoment: Moment? { state.withLock { $0.sleepers.lazy.map(\.moment).min() } }

  /// Moves the clock forward and wakes everybody whose moment has come, in the order they lay down.
  func advance(to moment: Moment) {
    wake {
      $0.moment <= moment
    } moving: {
      $0 = max($0, moment)
    }
  }

  /// Wakes a group before its moment.
  func wake(group: Int) {
    wake {
      $0.group == group
    } moving: { _ in
    }
  }

  private func wake(
    where isDue: (Sleeper) -> Bool, moving: (inout Moment) -> Void
  ) {
    let due = state.withLock { state in
      moving(&state.now)
      let due = state.sleepers.filter(isDue)
      if !due.isEmpty { state.sleepers.removeAll(where: isDue) }
      return due
    }
    for sleeper in due { sleeper.continuation.resume() }
  }
}
