import Dispatch
import ForgeSupport
import Glibc

/// What the command prints, in order, written by a thread of its own: a reader that stops holds up
/// no task, and so no lease, time limit or signal.
final class OutputQueue: Sendable {
  /// Standard output and standard error of this process.
  static let standard = OutputQueue()

  /// Bytes that may wait before ``room()`` lets its caller wait.
  static let roomy = 1 << 20
  /// Bytes that may wait before what comes next is lost.
  private static let limit = 64 << 20

  private struct State {
    var waiting = 0
    /// The first error of each descriptor; nothing more is written to it.
    var faults: [Int32: Int32] = [:]
    var callers: [Int: CheckedContinuation<Void, Never>] = [:]
    var nextCaller = 0
  }

  private let state = Locked(State())
  private let thread = DispatchQueue(label: "dcosforge.output")

  /// Hands bytes over, to be written in one piece; returns at once.
  func write(_ bytes: [UInt8], to descriptor: Int32) {
    let isTaken = state.withLock { state in
      guard state.faults[descriptor] == nil else { return false }
      guard state.waiting <= Self.limit else {
        state.faults[descriptor] = ENOBUFS
        return false
      }
      state.waiting += bytes.count
      return true
    }
    guard isTaken else { return }
    thread.async {
      let fault = self.hasFault(descriptor) ? nil : Self.put(bytes, to: descriptor)
      self.wrote(bytes.count, to: descriptor, fault)
    }
  }

  /// Whether nothing waits: who draws again and again skips a picture that nobody would see.
  var isEmpty: Bool { state.withLock { $0.waiting == 0 } }

  /// Waits until the reader has caught up, or the task is cancelled.
  func room() async {
    let id = state.withLock { state in
      state.nextCaller += 1
      return state.nextCaller
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waits = state.withLock { state in
          guard state.waiting > Self.roomy, !Task.isCancelled else { return false }
          state.callers[id] = continuation
          return true
        }
        if !waits { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.callers.removeValue(forKey: id) }?.resume()
    }
  }

  /// Waits until all is written, at most so long; returns the error of standard output, 0 for none.
  ///
  /// Signals end the process meanwhile.
  func finish(within seconds: Int? = nil) -> Int32 {
    let end = DispatchWorkItem {}
    thread.async(execute: end)
    let limit = seconds.map { DispatchTime.now() + .seconds($0) } ?? .distantFuture
    guard end.wait(timeout: limit) == .success else { return ETIMEDOUT }
    return state.withLock { $0.faults[STDOUT_FILENO] ?? 0 }
  }

  /// Whether nothing more is written to a descriptor.
  func hasFault(_ descriptor: Int32) -> Bool {
    state.withLock { $0.faults[descriptor] != nil }
  }

  private func wrote(_ count: Int, to descriptor: Int32, _ fault: Int32?) {
    let callers = state.withLock { state in
      state.waiting -= count
      if let fault { state.faults[descriptor] = state.faults[descriptor] ?? fault }
      guard state.waiting <= Self.roomy else { return [CheckedContinuation<Void, Never>]() }
      defer { state.callers = [:] }
      return Array(state.callers.values)
    }
    for caller in callers { caller.resume() }
  }

  /// Writes all of it, also to a descriptor that does not block; returns the error.
  private static func put(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      switch count {
      case 0...: rest = rest.dropFirst(count)
      case _ where errno == EINTR: continue
      case _ where errno == EAGAIN:
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&wanted, 1, -1)
      default: return errno
      }
    }
    return nil
  }
}
