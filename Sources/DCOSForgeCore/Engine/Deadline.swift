import ForgePorts
import ForgeModel

/// Runs `body` until the moment at the latest.
///
/// When time runs out, `body` is cancelled and awaited. What it then throws of category `timeout`
/// says more than anybody else could, and a result that came in time to be awaited counts;
/// otherwise the error of `expired` is thrown. An expiry is never reported as a cancellation, and a
/// cancellation never as an expiry.
func withDeadline<Value: Sendable>(
  _ moment: Moment, on clock: any ForgeClock, expired: @escaping @Sendable () -> ForgeError,
  _ body: @escaping @Sendable () async throws(ForgeError) -> Value
) async throws(ForgeError) -> Value {
  let result = await withTaskGroup(of: Result<Value, ForgeError>?.self) {
    group -> Result<Value, ForgeError> in
    group.addTask {
      do throws(ForgeError) {
        return .success(try await body())
      } catch {
        return .failure(error)
      }
    }
    group.addTask {
      try? await clock.sleep(until: moment)
      return nil
    }
    defer { group.cancelAll() }
    while let ended = await group.next() {
      guard let ended else {
        group.cancelAll()
        continue
      }
      if clock.now >= moment, case .failure(let error) = ended, error.category != .timeout {
        return .failure(expired())
      }
      return ended
    }
    return .failure(.stopped)
  }
  return try result.get()
}
