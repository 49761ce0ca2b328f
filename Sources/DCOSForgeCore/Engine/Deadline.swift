/// Runs `body` until the moment at the latest.
///
/// When time runs out, `body` is cancelled and awaited, and the error of `expired` is thrown. An expiry is
/// never reported as a cancellation, and a cancellation never as an expiry.
func withDeadline<Value: Sendable>(
  _ moment: Moment, on clock: any ForgeClock, expired: @escaping @Sendable () -> ForgeError,
  _ body: @escaping @Sendable () async throws(ForgeError) -> Value
) async throws(ForgeError) -> Value {
  let result = await withTaskGroup(of: Result<Value, ForgeError>?.self) { group in
    group.addTask {
      do throws(ForgeError) {
        return .success(try await body())
      } catch {
        return .failure(error)
      }
    }
    group.addTask {
      do {
        try await clock.sleep(until: moment)
        return .failure(expired())
      } catch {
        return nil
      }
    }
    defer { group.cancelAll() }
    while let result = await group.next() {
      if let result { return result }
    }
    return .failure(.stopped)
  }
  return try result.get()
}

extension ForgeError {
  /// The error of work that the operator stopped.
  static let stopped = ForgeError(
    .interrupted, "stopped by the operator",
    advice: "run up again: it continues where this run ended",
    disposition: .final)
}

/// Looks again and again until `look` gives a value, the limit passes, or the operator stops the run.
///
/// `look` returns nil to look again; what it saw last goes to `lastSeen` of the timeout's error.
/// - Parameters:
///   - interval: the pause between two looks.
///   - expired: the error when the limit passes, from what was seen last.
func poll<Value: Sendable>(
  until moment: Moment, every interval: Duration, context: ForgeContext,
  expired: @Sendable (_ lastSeen: String) -> ForgeError,
  _ look: @Sendable () async throws(ForgeError) -> Look<Value>
) async throws(ForgeError) -> Value {
  while true {
    let lastSeen: String
    switch try await look() {
    case .done(let value): return value
    case .again(let seen): lastSeen = seen
    }
    if context.stop.isRaised || Task.isCancelled { throw .stopped }
    guard context.clock.now.advanced(by: interval) < moment else { throw expired(lastSeen) }
    do {
      try await context.clock.sleep(for: interval)
    } catch {
      throw .stopped
    }
  }
}

/// What one look brought.
enum Look<Value: Sendable>: Sendable {
  /// What was waited for.
  case done(Value)
  /// Not yet; what was seen instead.
  case again(String)
}
