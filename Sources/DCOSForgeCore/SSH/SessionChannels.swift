import ForgeModel

/// The channels of a session: which command gets one, when one is opened, when it is given back.
extension Session {
  var channelsInUse: Int {
    operations.count { $0.channel != nil } + discarded.count + (spare == nil ? 0 : 1)
      + (isOpening ? 1 : 0)
  }

  func advanceOperations(_ now: ContinuousClock.Instant) throws(SSHFault) -> Bool {
    var moved = try requestNext()
    var isRead = false
    for operation in operations where operation.phase == .running {
      isRead = isRead || !operation.isPaused
      moved = try operation.step(transport, now: now) || moved
    }
    moved = try openChannel(now) || moved
    if !isRead { try readIdle() }
    moved = try giveBackChannels() || moved
    return hangUpAbandoned(now) || moved
  }

  /// Gives the channel that is ready to the next command and sends its line.
  ///
  /// One request at a time: libssh2 1.10 takes the reply to one channel's request for a failure of
  /// another's that also waits.
  private func requestNext() throws(SSHFault) -> Bool {
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

  private static let retryPauses: (first: Duration, longest: Duration) = (
    .milliseconds(20), .seconds(2)
  )

  /// Keeps one channel ready, so that the next command takes one round trip instead of two.
  ///
  /// sshd may refuse: it allows fewer sessions than we think, or has not yet counted one down whose
  /// channel is closed already. Then it is asked again, less and less often.
  private func openChannel(_ now: ContinuousClock.Instant) throws(SSHFault) -> Bool {
    guard
      isOpening
        || (spare == nil && channelsInUse < settings.channelLimit
          && now >= retryOpening?.at ?? now)
    else { return false }
    isOpening = true
    do {
      guard let channel = try transport.openChannel() else { return false }
      isOpening = false
      hasOpened = true
      retryOpening = nil
      spare = channel
    } catch  where error.code == Code.channelFailure {
      isOpening = false
      let pause =
        retryOpening.map { min($0.pause * 2, Self.retryPauses.longest) }
        ?? Self.retryPauses.first
      retryOpening = (now + pause, pause)
      if !hasOpened {
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
    if moved { retryOpening = nil }
    operations.removeAll { $0.phase == .done && $0.isDelivered }
    return moved
  }

  /// Sends the hang-up for commands whose callers have given up, once their process group is known.
  private func hangUpAbandoned(_ now: ContinuousClock.Instant) -> Bool {
    var moved = false
    for operation in operations
    where operation.isAbandoned && operation.hungUpAt == nil && operation.phase == .running
      && !operation.request.isControl
    {
      guard let group = operation.processGroup, group > 1 else { continue }
      operation.hungUpAt = now
      let nonce = RemoteCommand.nonce()
      guard
        let text = try? RemoteCommand.hangUp(
          group: group, viaSudo: operation.request.isPrivileged && endpoint.user != "root"),
        let line = try? RemoteCommand.framed(text, nonce: nonce)
      else { continue }
      let request = CommandRequest(
        line: Array(line.utf8), nonce: nonce, collects: false, limit: Self.hangUpAnswerLimit,
        isControl: true, timeout: Self.hangUpTimeout)
      operations.append(
        Operation(id: 0, request: request, endpoint: endpoint, now: now))
      moved = true
    }
    return moved
  }

  /// Whether a command that was given up has not ended, or its node does not know yet.
  var awaitsEnds: Bool {
    phase == .open
      && operations.contains {
        ($0.isAbandoned && ($0.phase == .requesting || $0.phase == .running))
          || ($0.request.isControl && !$0.hasOutcome)
      }
  }

  private static let hangUpTimeout: Duration = .seconds(30)
  /// The most bytes that a node may answer to a hang-up: `kill`'s complaints.
  private static let hangUpAnswerLimit = 64 << 10
}
