import ForgeSupport

/// Carries the result of a run's root task to the driver.
final class ResultBox<Value: Sendable>: Sendable {
  private let result = Locked<Result<Value, any Error>?>(nil)

  func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }
  func get() -> Result<Value, any Error>? { result.withLock { $0 } }
}
