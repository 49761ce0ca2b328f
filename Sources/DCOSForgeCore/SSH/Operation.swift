import ForgePorts
import ForgeModel

/// A command to run over one channel.
struct CommandRequest: Sendable {
  /// The framed command line.
  var line: [UInt8]
  /// The nonce of its frame.
  var nonce: String
  /// Whether it gets input; otherwise its standard input is at its end from the start.
  var hasInput = false
  /// Whether the whole output is kept for the outcome.
  var collects = true
  /// Whether output is handed out in chunks as it arrives.
  var streams = false
  /// The most bytes that may arrive before it is ended; nil for any number.
  ///
  /// Where they are kept, one that is no ASCII counts three: what is no UTF-8 becomes U+FFFD.
  var limit: Int?
  /// Whether ending it takes `sudo`.
  var isPrivileged = false
  /// Whether it is one of our own that must not wait behind others.
  var isControl = false
  var timeout: Duration
}

/// How a command ended and what was kept of its output.
struct CommandOutcome: Sendable {
  var status: CommandResult.Status
  var standardOutput: [UInt8]
  var standardError: [UInt8]
}

/// The next piece of input; empty and last for its end.
struct InputChunk: Sendable {
  var bytes: [UInt8]
  var isLast: Bool
}

/// What a caller that waits for a command gets.
enum OperationEvent: Sendable {
  case output([OutputChunk])
  case needsInput
  case finished(Result<CommandOutcome, ForgeError>)
}

/// One command on one connection, driven by ``Session``; never leaves the reactor's thread.
final class Operation {
  enum Phase {
    case queued, requesting, running, closing, done
  }

  /// Output that nobody has fetched yet above which the channel is not read.
  static let pendingLimit = 256 * 1024
  /// Bytes the kernel has not taken yet above which no further input is sent.
  static let unsentLimit = 256 * 1024
  static let readSize = 32 * 1024
  /// Reads of one stream in one go, so that other sessions get their turn.
  private static let readsPerStep = 16
  /// How long to wait, after a death by signal, for the connection to break: a node that shuts down
  /// kills the commands first, and they must not count as results.
  private static let signalGrace: Duration = .seconds(1)
  /// How long after its hang-up a command is still listened to, unless its streams end before.
  ///
  /// Bash says that a child was hung up, and dies of a closed stream before its traps have run.
  static let endingLimit: Duration = .seconds(2)
  /// The same for a command that was ended because it printed too much: its traps get that time.
  private static let floodEndingLimit: Duration = .milliseconds(200)

  let id: UInt64
  let request: CommandRequest
  let endpoint: NodeEndpoint
  let deadline: ContinuousClock.Instant
  var phase = Phase.queued
  var channel: ChannelHandle?

  private var input: ArraySlice<UInt8> = []
  private var inputIsComplete: Bool
  private var eofIsSent = false
  private var output: FrameReader
  private var errors: FrameReader
  private var standardOutput: [UInt8] = []
  private var standardError: [UInt8] = []
  private var pending: [OutputChunk] = []
  private var pendingCount = 0
  /// How many bytes count for the limit.
  private var received = 0
  private var waiter: CheckedContinuation<OperationEvent, Never>?
  private var outcome: Result<CommandOutcome, ForgeError>?
  private var signal: (name: String, reportAt: ContinuousClock.Instant)?

  /// Whether the caller knows the outcome, so that the operation may be forgotten.
  private(set) var isDelivered: Bool
  /// Whether the caller has given up on a command that may still run.
  private(set) var isAbandoned = false
  /// When its hang-up went on its way; nil before.
  var hungUpAt: ContinuousClock.Instant?
  private var listeningTime = endingLimit

  init(
    id: UInt64, request: CommandRequest, endpoint: NodeEndpoint, now: ContinuousClock.Instant
  ) {
    self.id = id
    self.request = request
    self.endpoint = endpoint
    self.deadline = now + request.timeout
    self.inputIsComplete = !request.hasInput
    self.isDelivered = request.isControl
    self.output = FrameReader(nonce: request.nonce)
    self.errors = FrameReader(nonce: request.nonce)
  }

  /// The process group of the command, once it is known.
  var processGroup: Int32? { output.processID ?? errors.processID }
  /// Whether reading waits for the caller to fetch what is there.
  var isPaused: Bool {
    phase == .running && !isAbandoned && pendingCount >= Self.pendingLimit
  }
  var hasOutcome: Bool { outcome != nil }
  /// When something is to be done although nothing arrives.
  var nextDeadline: ContinuousClock.Instant? {
    if outcome == nil {
      return isPaused ? deadline : min(deadline, signal?.reportAt ?? deadline)
    }
    return phase == .running ? hungUpAt.map { $0 + listeningTime } : nil
  }

  // MARK: The caller's side

  /// Gives more input.
  func supply(_ chunk: InputChunk) {
    guard !isAbandoned else { return }
    input = chunk.bytes[...]
    inputIsComplete = chunk.isLast
  }

  /// Resumes the continuation with the next event, at once or later.
  func wait(_ continuation: CheckedContinuation<OperationEvent, Never>) {
    waiter = continuation
    offer()
  }

  /// Gives the caller what there is to say.
  func offer() {
    guard let waiter else { return }
    let event: OperationEvent
    if !pending.isEmpty {
      event = .output(pending)
      pending = []
      pendingCount = 0
    } else if let outcome {
      event = .finished(outcome)
      isDelivered = true
    } else if phase == .running, !inputIsComplete, input.isEmpty {
      event = .needsInput
    } else {
      return
    }
    self.waiter = nil
    waiter.resume(returning: event)
  }

  func finish(_ result: Result<CommandOutcome, ForgeError>) {
    guard outcome == nil else { return }
    outcome = result
    if phase == .queued { phase = .done }
    offer()
  }

  /// Ends the caller's wait although the command may go on.
  func abandon(_ error: ForgeError) {
    guard outcome == nil else { return }
    isAbandoned = true
    standardOutput = []
    standardError = []
    input = []
    inputIsComplete = true
    finish(.failure(error))
  }

  /// The end of what was printed, for messages.
  var tail: String {
    let bytes = standardError.isEmpty ? standardOutput : standardError
    let text = String(decoding: bytes.suffix(400), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).suffix(3).joined(separator: " / ")
  }

  // MARK: The channel's side

  /// Moves bytes while the command runs; returns whether anything moved.
  func step(_ transport: borrowing Transport, now: ContinuousClock.Instant) throws(SSHFault) -> Bool
  {
    guard phase == .running, let channel else { return false }
    var moved = try send(transport, channel)
    if !isPaused {
      moved = try receive(transport, channel, stream: 0, into: &output) || moved
      moved = try receive(transport, channel, stream: 1, into: &errors) || moved
    }
    if output.hasEnded, errors.hasEnded, let status = output.status {
      end(RemoteCommand.status(status), now)
    } else if !isPaused {
      try checkEnd(transport, channel, now: now)
    }
    offer()
    return moved || phase != .running
  }

  private func send(
    _ transport: borrowing Transport, _ channel: ChannelHandle
  ) throws(SSHFault) -> Bool {
    var moved = false
    while !input.isEmpty, transport.unsent < Self.unsentLimit {
      guard let count = try transport.write(input, to: channel), count > 0 else { break }
      input = input.dropFirst(count)
      moved = true
    }
    if input.isEmpty, inputIsComplete, !eofIsSent, try transport.sendEOF(channel) {
      eofIsSent = true
      moved = true
    }
    return moved
  }

  private func receive(
    _ transport: borrowing Transport, _ channel: ChannelHandle, stream: Int32,
    into reader: inout FrameReader
  ) throws(SSHFault) -> Bool {
    var moved = false
    for _ in 0..<Self.readsPerStep where !isPaused {
      guard let bytes = try transport.read(channel, stream: stream, limit: Self.readSize),
        !bytes.isEmpty
      else { break }
      moved = true
      keep(reader.feed(bytes), stream: stream)
      count(bytes)
    }
    return moved
  }

  private func count(_ bytes: [UInt8]) {
    guard let limit = request.limit, !isAbandoned else { return }
    received += request.collects ? bytes.reduce(0) { $0 + ($1 < 0x80 ? 1 : 3) } : bytes.count
    guard received > limit else { return }
    listeningTime = Self.floodEndingLimit
    abandon(.tooMuchOutput(limit, on: endpoint.node))
    // A hang-up has none of its own.
    if request.isControl { phase = .closing }
  }

  private func keep(_ body: [UInt8], stream: Int32) {
    guard !body.isEmpty, !isAbandoned else { return }
    if request.streams {
      pending.append(stream == 0 ? .standardOutput(body) : .standardError(body))
      pendingCount += body.count
    }
    if request.collects {
      if stream == 0 { standardOutput += body } else { standardError += body }
    }
  }

  /// Notices an end without the last marks: a signal that hit the shell, or no shell at all.
  private func checkEnd(
    _ transport: borrowing Transport, _ channel: ChannelHandle, now: ContinuousClock.Instant
  ) throws(SSHFault) {
    if let hungUpAt, now >= hungUpAt + listeningTime {
      phase = .closing
    } else if hungUpAt == nil, let name = signal?.name ?? transport.exitSignal(channel) {
      end(.signalled(name), now)
    } else if transport.isAtEOF(channel), try transport.isClosed(channel) {
      var said = output.noise + errors.noise
      if said.isEmpty { said = Array(tail.utf8) }
      let words = String(decoding: said.suffix(300), as: UTF8.self)
        .split(whereSeparator: \.isNewline).joined(separator: " / ")
      let status = "sshd reports exit status \(transport.exitStatus(channel))"
      phase = .closing
      finish(
        .failure(
          SSHErrors.endUnknown(
            endpoint, observed: words.isEmpty ? status : "\(status); printed: \(words)")))
    }
  }

  private func end(_ status: CommandResult.Status, _ now: ContinuousClock.Instant) {
    if case .signalled(let name) = status, !isAbandoned {
      let reportAt = signal?.reportAt ?? now + Self.signalGrace
      signal = (name, reportAt)
      guard now >= reportAt else { return }
    }
    complete(status)
  }

  private func complete(_ status: CommandResult.Status) {
    phase = .closing
    finish(
      .success(
        CommandOutcome(
          status: status, standardOutput: standardOutput, standardError: standardError)))
    standardOutput = []
    standardError = []
  }
}
