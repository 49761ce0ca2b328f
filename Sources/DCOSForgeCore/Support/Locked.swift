internal import Foundation

/// A value behind a lock.
///
/// The standard library's own `Mutex` would do, but the thread sanitizer does not know it and takes
/// what it protects for races.
@safe package final class Locked<Value: ~Copyable>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  /// Puts a value behind a lock.
  package init(_ value: consuming Value) { self.value = value }

  /// Gives the value to nobody else meanwhile; whatever waits must not be done here.
  package func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
