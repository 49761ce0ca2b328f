/// One connection to one node: its socket, its libssh2 session, its commands.
///
/// A state machine that ``SSHReactor`` drives: ``pump(_:)`` does everything that can be done without
/// waiting, ``tick(_:)`` what time demands. Never leaves the reactor's thread.
final class Session {
  enum Phase {
    case connecting, waitingForSlot, exchangingKeys, loggingIn, open, failed
  }

  /// Bytes received in one go, so that other sessions get their turn.
  private static let budget = 1 << 20
  private static let roundLimit = 64
  /// A key exchange and login takes about 4 KiB; what sends more without finishing is no sshd.
  private static let handshakeBytesLimit = 256 << 10

  let id: UInt64
  let endpoint: NodeEndpoint
  let transport: Transport
  private let settings: SSHSettings
  private let signer: Signer
  private let connectTimeout: Duration
  private let connectDeadline: ContinuousClock.Instant

  private(set) var phase: Phase
  /// Why it failed; every later call throws it.
  private(set) var failure: ForgeError?
  /// Whether it waits for a turn of the reactor.
  var isScheduled = false

  private var connectWaiter: CheckedContinuation<Result<Void, ForgeError>, Never>?
  private var ended: SSHFault?
  private var lastHeard: ContinuousClock.Instant
  private var lastPing: ContinuousClock.Instant

  private var operations: [Operation] = []
  private var spare: ChannelHandle?
  private var discarded: [ChannelHandle] = []
  private var isOpening = false
  private var channelLimit: Int
  /// sshd refused a further channel; no new try before one was given back.
  private var mayOpen = true

  init(
    id: UInt64, endpoint: NodeEndpoint, settings: SSHSettings, signer: Signer,
    timeout: Duration, now: ContinuousClock.Instant
  ) throws(SSHFault) {
    guard let port = UInt16(exactly: endpoint.port), port != 0 else {
      throw SSHFault(code: 0, text: "there is no port \(endpoint.port)")
    }
    var inProgress = false
    self.transport = try Transport(
      address: endpoint.address, port: port, settings: settings, inProgress: &inProgress)
    self.id = id
    self.endpoint = endpoint
    self.settings = settings
    self.signer = signer
    self.connectTimeout = timeout
    self.connectDeadline = now + timeout
    self.phase = inProgress ? .connecting : .waitingForSlot
    self.lastHeard = now
    self.lastPing = now
    self.channelLimit = settings.channelLimit
  }

  // MARK: What callers ask

  /// Whether one of the reactor's places for key exchanges is taken.
  var holdsSlot: Bool { phase == .exchangingKeys || phase == .loggingIn }
  var waitsForSlot: Bool { phase == .waitingForSlot }

  func awaitOpen(_ continuation: CheckedContinuation<Result<Void, ForgeError>, Never>) {
    connectWaiter = continuation
    if let failure { answerConnect(.failure(failure)) }
  }

  func takeSlot() { phase = .exchangingKeys }

  func start(_ operation: Operation) {
    if let failure {
      operation.finish(.failure(failure))
      return
    }
    operations.append(operation)
    mayOpen = mayOpen || channelsInUse == 0
  }

  func operation(_ id: UInt64) -> Operation? { operations.first { $0.id == id } }

  func cancel(_ id: UInt64) {
    operation(id)?.abandon(SSHErrors.cancelled(endpoint))
  }

  /// Ends the connection with courtesy.
  func close() {
    guard phase != .failed else { return }
    if phase == .open {
      transport.sendDisconnect()
      try? transport.flush()
    }
    fail(with: SSHErrors.closed(endpoint))
  }

  func fail(with error: ForgeError) {
    guard phase != .failed else { return }
    phase = .failed
    failure = error
    spare = nil
    discarded = []
    for operation in operations {
      operation.channel = nil
      operation.phase = .done
      operation.finish(.failure(error))
    }
    operations.removeAll(where: \.isDelivered)
    transport.shut()
    answerConnect(.failure(error))
  }

  private func answerConnect(_ result: Result<Void, ForgeError>) {
    connectWaiter?.resume(returning: result)
    connectWaiter = nil
  }

  // MARK: Time

  /// When ``tick(_:)`` has something to do at the latest.
  var nextDeadline: ContinuousClock.Instant? {
    switch phase {
    case .failed: nil
    case .open:
      operations.reduce(min(lastHeard + settings.silenceLimit, nextPing)) {
        min($0, $1.nextDeadline ?? $0)
      }
    case .connecting, .waitingForSlot, .exchangingKeys, .loggingIn: connectDeadline
    }
  }

  private var nextPing: ContinuousClock.Instant {
    max(lastHeard, lastPing) + settings.keepaliveInterval
  }

  func tick(_ now: ContinuousClock.Instant) {
    guard phase == .open else {
      if phase != .failed, now >= connectDeadline { connectExpired() }
      return
    }
    for operation in operations where !operation.hasOutcome && now >= operation.deadline {
      operation.abandon(
        SSHErrors.timedOut(endpoint, operation.request.timeout, tail: operation.tail))
    }
    // A connection that is not read because callers are slow is not silent.
    if operations.contains(where: \.isPaused) { lastHeard = now }
    if now >= lastHeard + settings.silenceLimit {
      fail(with: SSHErrors.silent(endpoint, settings.silenceLimit))
    } else if now >= nextPing {
      lastPing = now
      do {
        try transport.sendKeepalive()
      } catch {
        fail(with: SSHErrors.lost(endpoint, error))
      }
    }
  }

  private func connectExpired() {
    let stage =
      switch phase {
      case .connecting: "waiting for the TCP connection"
      case .waitingForSlot: "waiting for other key exchanges"
      case .exchangingKeys:
        transport.received == 0 ? "waiting for its SSH banner" : "in the key exchange"
      case .loggingIn: "in the login"
      case .open, .failed: ""
      }
    fail(with: SSHErrors.connectTimedOut(endpoint, connectTimeout, during: stage))
  }

  // MARK: Bytes

  /// Does all that can be done now; returns whether it stopped only to let others have a turn.
  func pump(_ now: ContinuousClock.Instant) -> Bool {
    guard phase != .failed, phase != .connecting, phase != .waitingForSlot else { return false }
    var budget = Self.budget
    for _ in 0..<Self.roundLimit {
      var arrived = 0
      switch ended == nil ? transport.fill() : .nothing {
      case .bytes(let count):
        arrived = count
        lastHeard = now
      case .ended(let fault): ended = fault
      case .nothing: break
      }
      let moved: Bool
      do {
        moved = try advance(now)
        // What arrived before a failing send is still worth reading.
        if ended == nil { do { try transport.flush() } catch { ended = error } }
      } catch {
        fail(error)
        return false
      }
      guard phase != .failed else { return false }
      if arrived == 0 && !moved {
        if let ended {
          fail(ended)
        } else {
          transport.acknowledgeQuickly()
        }
        return false
      }
      budget -= arrived
      if budget <= 0 { break }
    }
    return true
  }

  /// Called when the socket became ready: the TCP connection has been made, or not.
  func socketIsReady() {
    guard phase == .connecting else { return }
    do {
      try transport.checkConnected()
      phase = .waitingForSlot
    } catch {
      fail(error)
    }
  }

  private func fail(_ fault: SSHFault) {
    switch phase {
    case .connecting, .waitingForSlot: fail(with: SSHErrors.cannotConnect(endpoint, fault))
    case .exchangingKeys:
      fail(with: SSHErrors.handshakeFailed(endpoint, fault, head: transport.head))
    case .loggingIn:
      let refused = [Code.authenticationFailed, Code.publicKeyUnverified]
      if ended == nil, refused.contains(fault.code) {
        let fingerprint = HostKey.fingerprint(of: signer.publicKey)
        fail(with: SSHErrors.loginRefused(endpoint, fingerprint: fingerprint))
      } else {
        fail(with: SSHErrors.lost(endpoint, fault))
      }
    case .open: fail(with: SSHErrors.lost(endpoint, fault))
    case .failed: break
    }
  }

  private enum Code {
    static let authenticationFailed: Int32 = -18
    static let publicKeyUnverified: Int32 = -19
    static let channelFailure: Int32 = -21
    static let channelRequestDenied: Int32 = -22
    static let channelClosed: Int32 = -26
  }

  // MARK: States

  private func advance(_ now: ContinuousClock.Instant) throws(SSHFault) -> Bool {
    switch phase {
    case .connecting, .waitingForSlot, .failed: return false
    case .exchangingKeys:
      guard try transport.handshake() else {
        if transport.received > Self.handshakeBytesLimit {
          throw SSHFault(code: 0, text: "too many bytes without a key exchange")
        }
        return false
      }
      guard let shown = transport.hostKey else {
        throw SSHFault(code: 0, text: "its host key has another form than its algorithm")
      }
      guard shown == endpoint.hostKey else {
        fail(with: SSHErrors.wrongHostKey(endpoint, shown: shown))
        return false
      }
      phase = .loggingIn
      return true
    case .loggingIn:
      guard try transport.authenticate(user: endpoint.user, signer: signer) else { return false }
      phase = .open
      answerConnect(.success(()))
      return true
    case .open: return try advanceOperations(now)
    }
  }

  private var channelsInUse: Int {
    operations.count { $0.channel != nil } + discarded.count + (spare == nil ? 0 : 1)
      + (isOpening ? 1 : 0)
  }

  private func advanceOperations(_ now: ContinuousClock.Instant) throws(SSHFault) -> Bool {
    var moved = try request()
    var isRead = false
    for operation in operations where operation.phase == .running {
      isRead = isRead || !operation.isPaused
      moved = try operation.step(transport, now: now) || moved
    }
    moved = try openChannel() || moved
    if !isRead { try readIdle() }
    moved = try giveBackChannels() || moved
    hangUpAbandoned(now)
    return moved
  }

  /// Gives the channel that is ready to the next command and sends its line.
  ///
  /// One request at a time: libssh2 1.10 takes the reply to one channel's request for a failure of
  /// another's that also waits.
  private func request() throws(SSHFault) -> Bool {
    var moved = false
    if !operations.contains(where: { $0.phase == .requesting }), let channel = spare,
      let next = nextQueued
    {
      spare = nil
      next.channel = channel
      next.phase = .requesting
      moved = true
    }
    guard let operation = operations.first(where: { $0.phase == .requesting }),
      let channel = operation.channel
    else { return moved }
    do {
      guard try transport.execute(operation.request.line, on: channel) else { return moved }
      operation.phase = .running
    } catch  where error.code == Code.channelRequestDenied || error.code == Code.channelClosed {
      operation.phase = .closing
      operation.finish(.failure(SSHErrors.commandRefused(endpoint, error)))
    }
    return true
  }

  private var nextQueued: Operation? {
    let working = operations.count { $0.channel != nil && !$0.request.isControl }
    return operations.first { $0.phase == .queued && $0.request.isControl }
      ?? (working < settings.commandLimit ? operations.first { $0.phase == .queued } : nil)
  }

  /// Keeps one channel ready, so that the next command takes one round trip instead of two.
  private func openChannel() throws(SSHFault) -> Bool {
    guard isOpening || (spare == nil && mayOpen && channelsInUse < channelLimit) else {
      return false
    }
    isOpening = true
    do {
      guard let channel = try transport.openChannel() else { return false }
      isOpening = false
      spare = channel
    } catch  where error.code == Code.channelFailure {
      isOpening = false
      mayOpen = false
      if channelsInUse > 0 {
        channelLimit = channelsInUse
      } else {
        let refused = SSHErrors.commandRefused(endpoint, error)
        for operation in operations where operation.phase == .queued {
          operation.finish(.failure(refused))
        }
      }
    }
    return true
  }

  /// Lets libssh2 read what arrives while no command does, such as the answer to a keepalive.
  private func readIdle() throws(SSHFault) {
    guard let channel = spare, !operations.contains(where: { $0.phase == .requesting }) else {
      return
    }
    if let bytes = try transport.read(channel, stream: 0, limit: Operation.readSize),
      bytes.isEmpty
    {
      // sshd closed the channel that was kept ready.
      spare = nil
      discarded.append(channel)
    }
  }

  private func giveBackChannels() throws(SSHFault) -> Bool {
    var moved = false
    for operation in operations where operation.phase == .closing {
      if let channel = operation.channel, try transport.free(channel) {
        operation.channel = nil
        operation.phase = .done
        moved = true
      }
    }
    while let channel = discarded.last, try transport.free(channel) {
      discarded.removeLast()
      moved = true
    }
    if moved { mayOpen = true }
    operations.removeAll { $0.phase == .done && $0.isDelivered }
    return moved
  }

  /// Sends the hang-up for commands whose callers have given up, once their process group is known.
  private func hangUpAbandoned(_ now: ContinuousClock.Instant) {
    for operation in operations
    where operation.isAbandoned && !operation.isHungUp && operation.phase == .running
      && !operation.request.isControl
    {
      guard let group = operation.processGroup, group > 1 else { continue }
      operation.isHungUp = true
      let nonce = RemoteCommand.nonce()
      guard
        let text = try? RemoteCommand.hangUp(
          group: group, viaSudo: operation.request.isPrivileged && endpoint.user != "root"),
        let line = try? RemoteCommand.framed(text, nonce: nonce)
      else { continue }
      let request = CommandRequest(
        line: Array(line.utf8), nonce: nonce, collects: false, isControl: true,
        timeout: Self.hangUpTimeout)
      operations.append(
        Operation(id: 0, request: request, endpoint: endpoint, now: now))
    }
  }

  private static let hangUpTimeout: Duration = .seconds(30)
}
