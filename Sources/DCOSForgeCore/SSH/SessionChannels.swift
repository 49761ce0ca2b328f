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
