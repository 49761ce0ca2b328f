import ForgeSupport
import ForgeModel

/// One connection to one node: its socket, its libssh2 session, its commands.
///
/// A state machine that ``SSHReactor`` drives: ``pump(_:)`` does everything that can be done
/// without waiting, ``tick(_:)`` what time demands. Never leaves the reactor's thread.
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
  let settings: SSHSettings
  private let signer: SigningKey
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

  var operations: [Operation] = []
  var spare: ChannelHandle?
  var discarded: [ChannelHandle] = []
  var isOpening = false
  /// When sshd refused a further channel: the next try, unless one is given back before.
  var retryOpening: (at: ContinuousClock.Instant, pause: Duration)?
  /// Whether sshd ever granted a channel.
  var hasOpened = false

  init(
    id: UInt64, endpoint: NodeEndpoint, settings: SSHSettings, signer: SigningKey,
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
      operations.reduce(
        min(
          lastHeard + settings.silenceLimit, nextPing,
          isOpening ? nextPing : retryOpening?.at ?? nextPing)
      ) { min($0, $1.nextDeadline ?? $0) }
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

  enum Code {
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
}
