import CTerminal
import DCOSForgeCore
import Dispatch
import ForgeEvents
import Glibc

/// The operator ended what ran.
struct Interrupted: Error {}

/// Runs the body until it ends, or until Ctrl-C cancels it: then ``Interrupted`` is thrown.
///
/// The first Ctrl-C cancels. With the context of a `run`, the first one lets the running steps end
/// and the second one cancels.
func withInterrupts<Value: Sendable>(
  to run: ForgeContext? = nil, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  let interrupts = Interrupts()
  let stream = interrupts.stream
  defer { interrupts.end() }
  return try await withThrowingTaskGroup(of: Value?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      for await _ in stream {
        let cancels = run?.stop.isRaised ?? true
        run?.emit(.interrupted(again: cancels))
        if cancels { throw Interrupted() }
        run?.stop.raise()
      }
      return nil
    }
    defer { group.cancelAll() }
    while let value = try await group.next() {
      if let value { return value }
    }
    throw Interrupted()
  }
}

/// SIGINT, SIGTERM and SIGHUP as a stream.
private struct Interrupts {
  let stream: AsyncStream<Void>
  private let numbers: [Int32]
  private let sources: [any DispatchSourceSignal]
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    let queue = DispatchQueue(label: "dcosforge.signals")
    // nohup lets the process ignore SIGHUP.
    numbers = [SIGINT, SIGTERM, SIGHUP].filter { $0 != SIGHUP || ct_ignores($0) == 0 }
    sources = numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { @Sendable in continuation.yield() }
      source.resume()
      return source
    }
    self.stream = stream
    self.continuation = continuation
  }

  /// Ends the stream and gives the signals back.
  func end() {
    for source in sources { source.cancel() }
    continuation.finish()
    for number in numbers { signal(number, SIG_DFL) }
  }
}
