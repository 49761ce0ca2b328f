import ForgeSupport
import ForgeModel
import CSSH2
import Synchronization

/// Owns all SSH sessions; an actor whose executor is one thread that sleeps in epoll.
actor SSHReactor {
  nonisolated let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  private nonisolated let lastID = Atomic<UInt64>(0)
  private let settings: SSHSettings
  private let signer: SigningKey
  private var sessions: [UInt64: Session] = [:]
  /// Sessions with something to do before the thread sleeps.
  private var scheduled: [Session] = []
  private var handshakes = 0
  private var waitingForSlot: [UInt64] = []
  /// No session has a deadline before this.
  private var nextTick: ContinuousClock.Instant?

  init(settings: SSHSettings, signer: SigningKey) throws(SSHFault) {
    self.settings = settings
    self.signer = signer
    self.loop = try EventLoop()
    try loop.start { [weak self] ready in
      guard let self else { return .never }
      return self.assumeIsolated { $0.turn(ready) }
    }
  }

  deinit { loop.stop() }

  /// A number that no other session or command of this reactor has; never 0.
  nonisolated func makeID() -> UInt64 {
    lastID.wrappingAdd(1, ordering: .relaxed).newValue
  }

  // MARK: Connections

  func connect(
    _ id: UInt64, to endpoint: NodeEndpoint, timeout: Duration
  ) async -> Result<Void, ForgeError> {
    // A cancellation after this line arrives as a call of `close`, behind this one.
    if Task.isCancelled { return .failure(SSHErrors.cancelled(endpoint)) }
    let session: Session
    do throws(SSHFault) {
      session = try Session(
        id: id, endpoint: endpoint, settings: settings, signer: signer, timeout: timeout,
        now: .now)
      try loop.watch(session.transport.descriptor, as: id)
    } catch {
      return .failure(SSHErrors.cannotConnect(endpoint, error))
    }
    sessions[id] = session
    return await withCheckedContinuation { continuation in
      session.awaitOpen(continuation)
      schedule(session)
    }
  }

  /// Waits until every command that was given up has ended, two seconds at most.
  func awaitEnds(_ id: UInt64) async {
    let limit = ContinuousClock.now + Operation.endingLimit
    while let session = sessions[id], session.awaitsEnds, ContinuousClock.now < limit {
      // No child: the caller may be cancelled, and a cancelled sleep does not wait.
      await Task { try? await Task.sleep(for: .milliseconds(10)) }.value
    }
  }

  /// Ends a session, as its error when it has none yet, and forgets it.
  func close(_ id: UInt64, because error: ForgeError? = nil) {
    guard let session = sessions[id] else { return }
    let held = session.holdsSlot
    if let error { session.fail(with: error) } else { session.close() }
    if held { releaseSlot() }
  }

  /// Forgets a session that nobody can use any more.
  func forget(_ id: UInt64) {
    close(id)
    sessions[id] = nil
  }

  // MARK: Commands

  /// Starts a command and waits for its first event.
  func run(
    _ id: UInt64, _ request: CommandRequest, on sessionID: UInt64, endpoint: NodeEndpoint
  ) async -> OperationEvent {
    if Task.isCancelled { return .finished(.failure(SSHErrors.cancelled(endpoint))) }
    guard let session = sessions[sessionID] else {
      return .finished(.failure(SSHErrors.closed(endpoint)))
    }
    let operation = Operation(id: id, request: request, endpoint: endpoint, now: .now)
    session.start(operation)
    return await wait(for: operation, on: session)
  }

  /// Waits for a command's next event, after giving it input.
  func next(_ operation: RunningCommand, input: InputChunk? = nil) async -> OperationEvent {
    guard let session = sessions[operation.session],
      let found = session.operation(operation.id)
    else {
      let error = sessions[operation.session]?.failure ?? SSHErrors.closed(operation.endpoint)
      return .finished(.failure(error))
    }
    if let input { found.supply(input) }
    return await wait(for: found, on: session)
  }

  private func wait(for operation: Operation, on session: Session) async -> OperationEvent {
    await withCheckedContinuation { continuation in
      operation.wait(continuation)
      schedule(session)
    }
  }

  func cancel(_ command: RunningCommand) {
    guard let session = sessions[command.session] else { return }
    session.cancel(command.id)
    schedule(session)
  }

  // MARK: One turn of the loop

  private func schedule(_ session: Session) {
    guard !session.isScheduled else { return }
    session.isScheduled = true
    scheduled.append(session)
  }

  private func turn(_ ready: [UInt64]) -> EventLoop.Wake {
    let now = ContinuousClock.now
    for id in ready {
      guard let session = sessions[id] else { continue }
      session.socketIsReady()
      schedule(session)
    }
    if let nextTick, now >= nextTick { tick(now) }
    let batch = scheduled
    scheduled = []
    for session in batch {
      session.isScheduled = false
      serve(session, now)
    }
    if !scheduled.isEmpty { return .now }
    return nextTick.map { .at($0) } ?? .never
  }

  private func serve(_ session: Session, _ now: ContinuousClock.Instant) {
    if session.waitsForSlot {
      guard handshakes < settings.handshakeLimit else {
        if !waitingForSlot.contains(session.id) { waitingForSlot.append(session.id) }
        noteDeadline(of: session)
        return
      }
      session.takeSlot()
      handshakes += 1
    }
    let held = session.holdsSlot
    let isUnfinished = session.pump(now)
    if held, !session.holdsSlot { releaseSlot() }
    if isUnfinished { schedule(session) }
    noteDeadline(of: session)
  }

  private func releaseSlot() {
    handshakes -= 1
    while !waitingForSlot.isEmpty {
      guard let session = sessions[waitingForSlot.removeFirst()], session.waitsForSlot else {
        continue
      }
      schedule(session)
      return
    }
  }

  private func noteDeadline(of session: Session) {
    guard let deadline = session.nextDeadline else { return }
    nextTick = min(nextTick ?? deadline, deadline)
  }

  private func tick(_ now: ContinuousClock.Instant) {
    nextTick = nil
    for session in sessions.values.sorted(by: { $0.id < $1.id }) {
      let held = session.holdsSlot
      session.tick(now)
      if held, !session.holdsSlot { releaseSlot() }
      schedule(session)
      noteDeadline(of: session)
    }
  }
}

/// Names a command that runs.
struct RunningCommand: Sendable {
  var id: UInt64
  var session: UInt64
  var endpoint: NodeEndpoint
}
