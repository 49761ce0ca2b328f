import ForgeSupport
import CSSH2
import Synchronization

/// A thread that sleeps in epoll and is the executor of the actor it serves.
///
/// Everything the actor does runs on this thread, so libssh2 sessions held by the actor are entered
/// by it only; the compiler checks that. Ends when `stop` was called.
final class EventLoop: SerialExecutor {
  /// Handles the sockets that became ready; returns when it wants to be called at the latest.
  typealias Handler = @Sendable (_ ready: [UInt64]) -> Wake

  /// When the loop goes on without an event.
  enum Wake: Sendable {
    case now
    case at(ContinuousClock.Instant)
    case never
  }

  private struct Mailbox {
    var jobs: [UnownedJob] = []
    var isAsleep = false
    var isStopped = false
  }

  private let mailbox: Locked<Mailbox>
  private let poller: cssh2_poller
  private let threadID = Atomic<Int32>(0)

  init() throws(SSHFault) {
    var error = cssh2_error()
    var poller = cssh2_poller()
    guard cssh2_start() == 0, unsafe cssh2_poller_open(&poller, &error) == 0 else {
      throw SSHFault(error)
    }
    self.poller = poller
    self.mailbox = Locked(Mailbox())
  }

  deinit {
    var poller = poller
    unsafe cssh2_poller_close(&poller)
  }

  /// Starts the thread; to be called once.
  func start(_ handler: @escaping Handler) throws(SSHFault) {
    final class Start {
      let loop: EventLoop
      let handler: Handler
      init(_ loop: EventLoop, _ handler: @escaping Handler) {
        self.loop = loop
        self.handler = handler
      }
    }
    let context = unsafe Unmanaged.passRetained(Start(self, handler))
    var error = cssh2_error()
    let code = unsafe cssh2_thread_start(
      { raw in
        guard let raw = unsafe raw else { return }
        let start = unsafe Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
        start.loop.run(start.handler)
      }, context.toOpaque(), &error)
    guard code == 0 else {
      unsafe context.release()
      throw SSHFault(error)
    }
  }

  /// Lets the thread end after what it is doing.
  func stop() {
    mailbox.withLock { $0.isStopped = true }
    wake()
  }

  /// Watches a socket, edge-triggered, until it is closed.
  func watch(_ descriptor: Int32, as id: UInt64) throws(SSHFault) {
    var error = cssh2_error()
    var poller = poller
    guard unsafe cssh2_poller_add(&poller, descriptor, id, &error) == 0 else {
      throw SSHFault(error)
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let mustWake = mailbox.withLock { mailbox in
      mailbox.jobs.append(job)
      defer { mailbox.isAsleep = false }
      return mailbox.isAsleep
    }
    if mustWake { wake() }
  }

  func checkIsolated() {
    precondition(isIsolatingCurrentContext() == true, "entered from a foreign thread")
  }

  func isIsolatingCurrentContext() -> Bool? {
    threadID.load(ordering: .relaxed) == cssh2_thread_id()
  }

  private func wake() {
    var poller = poller
    unsafe cssh2_poller_wake(&poller)
  }

  private func run(_ handler: Handler) {
    threadID.store(cssh2_thread_id(), ordering: .relaxed)
    var poller = poller
    let capacity = 64
    var ready: [UInt64] = []
    while !mailbox.withLock({ $0.isStopped }) {
      for job in mailbox.withLock({ mailbox in
        defer { mailbox.jobs.removeAll(keepingCapacity: true) }
        return mailbox.jobs
      }) {
        unsafe job.runSynchronously(on: asUnownedSerialExecutor())
      }
      let wake = handler(ready)
      let milliseconds = Self.milliseconds(until: wake)
      let timeout: Int32 = mailbox.withLock { mailbox in
        guard mailbox.jobs.isEmpty, !mailbox.isStopped else { return 0 }
        mailbox.isAsleep = milliseconds != 0
        return milliseconds
      }
      ready = unsafe [UInt64](unsafeUninitializedCapacity: capacity) { buffer, count in
        count = unsafe Int(
          cssh2_poller_wait(&poller, buffer.baseAddress, Int32(capacity), timeout))
      }
      mailbox.withLock { $0.isAsleep = false }
    }
  }

  private static func milliseconds(until wake: Wake) -> Int32 {
    switch wake {
    case .now: return 0
    case .never: return -1
    case .at(let instant):
      let left = ContinuousClock.now.duration(to: instant)
      guard left > .zero else { return 0 }
      // Rounded up, so that the moment has passed when the loop wakes.
      return Int32(clamping: left / .milliseconds(1) > 2e9 ? Int64(Int32.max) : ceilingMs(left))
    }
  }

  private static func ceilingMs(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
  }
}
