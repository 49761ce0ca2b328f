import ForgeSupport
import ForgeModel
import CSSH2

/// What libssh2 (negative code) or the system (errno) said.
package struct SSHFault: Error, Hashable {
  var code: Int32
  var text: String

  init(code: Int32, text: String) {
    self.code = code
    self.text = text
  }

  init(_ error: cssh2_error) {
    self.code = error.code
    self.text = unsafe withUnsafeBytes(of: error.text) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

/// An open libssh2 channel; lives no longer than its ``Transport``.
@safe struct ChannelHandle {
  fileprivate let raw: OpaquePointer
}

/// One TCP connection with its libssh2 session, non-blocking.
///
/// `false` and `nil` results mean: not yet, call again when something has arrived.
@safe struct Transport: ~Copyable {
  /// What a receive brought.
  enum Fill {
    case nothing
    case bytes(Int)
    case ended(SSHFault)
  }

  private let raw: OpaquePointer
  let descriptor: Int32

  /// Starts to connect; `inProgress` says whether the socket must first become ready.
  init(
    address: IPv4Address, port: UInt16, settings: SSHSettings, inProgress: inout Bool
  ) throws(SSHFault) {
    let seconds = Int32(clamping: max(1, settings.keepaliveInterval.components.seconds))
    let limit = settings.silenceLimit.components
    var tcp = cssh2_tcp(
      user_timeout_ms: UInt32(
        clamping: limit.seconds * 1000 + limit.attoseconds / 1_000_000_000_000_000),
      keepalive_idle_s: seconds, keepalive_interval_s: seconds, keepalive_count: 10)
    var error = cssh2_error()
    var pending: Int32 = 0
    let descriptor = unsafe cssh2_connect(address.rawValue, port, &tcp, &pending, &error)
    guard descriptor >= 0 else { throw SSHFault(error) }
    guard let raw = unsafe cssh2_session_new(descriptor, settings.memoryLimit, &error) else {
      cssh2_close(descriptor)
      throw SSHFault(error)
    }
    unsafe self.raw = raw
    self.descriptor = descriptor
    inProgress = pending != 0
  }

  deinit { unsafe cssh2_session_free(raw) }

  /// Closes the socket and frees everything libssh2 holds.
  ///
  /// The transport must not be used any more, but for ``head`` and ``received``.
  func shut() { unsafe cssh2_session_shut(raw) }

  // MARK: Bytes

  /// How the connecting ended.
  func checkConnected() throws(SSHFault) {
    var error = cssh2_error()
    guard unsafe cssh2_connect_result(descriptor, &error) == 0 else { throw SSHFault(error) }
  }

  func fill() -> Fill {
    var error = cssh2_error()
    var count = 0
    switch unsafe Int(cssh2_fill(raw, &count, &error)) {
    case CSSH2_FILL_SOME: return .bytes(count)
    case CSSH2_FILL_NONE: return .nothing
    default: return .ended(SSHFault(error))
    }
  }

  func flush() throws(SSHFault) {
    var error = cssh2_error()
    guard unsafe cssh2_flush(raw, &error) >= 0 else { throw SSHFault(error) }
  }

  /// Bytes that the kernel has not taken yet.
  var unsent: Int { unsafe cssh2_unsent(raw) }
  /// Bytes that libssh2 has not taken yet.
  var unread: Int { unsafe cssh2_unread(raw) }
  func acknowledgeQuickly() { unsafe cssh2_acknowledge_quickly(raw) }
  /// All bytes received so far.
  var received: UInt64 { unsafe cssh2_received(raw) }
  /// The first bytes received, at most 4096.
  var head: [UInt8] {
    var count = 0
    let bytes = unsafe cssh2_head(raw, &count)
    return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  // MARK: The session

  private func attempt(
    _ call: (inout cssh2_error) -> Int32
  ) throws(SSHFault) -> Bool {
    var error = cssh2_error()
    let code = call(&error)
    if code == CSSH2_AGAIN { return false }
    guard code >= 0 else { throw SSHFault(error) }
    return true
  }

  func handshake() throws(SSHFault) -> Bool {
    try attempt { unsafe cssh2_handshake(raw, &$0) }
  }

  /// The host's Ed25519 key; nil when it showed another kind.
  var hostKey: [UInt8]? {
    var key = [UInt8](repeating: 0, count: 32)
    return unsafe cssh2_host_key(raw, &key) == 0 ? key : nil
  }

  func authenticate(user: String, signer: SigningKey) throws(SSHFault) -> Bool {
    try attempt { error in
      unsafe cssh2_authenticate(
        raw, user, signer.publicKey,
        { context, data, count, signature in
          guard let context = unsafe context, let data = unsafe data,
            let target = unsafe signature
          else { return -1 }
          let signer = unsafe Unmanaged<SigningKey>.fromOpaque(context).takeUnretainedValue()
          let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
          guard let made = signer.signature(of: bytes) else { return -1 }
          unsafe target.update(from: made, count: made.count)
          return 0
        }, Unmanaged.passUnretained(signer).toOpaque(), &error)
    }
  }

  func sendKeepalive() throws(SSHFault) {
    _ = try attempt { unsafe cssh2_keepalive(raw, &$0) }
  }

  func sendDisconnect() { unsafe cssh2_disconnect(raw) }

  // MARK: Channels

  func openChannel() throws(SSHFault) -> ChannelHandle? {
    var channel: OpaquePointer?
    guard try attempt({ unsafe cssh2_channel_open(raw, &channel, &$0) }),
      let channel = unsafe channel
    else { return nil }
    return unsafe ChannelHandle(raw: channel)
  }

  func execute(_ command: [UInt8], on channel: ChannelHandle) throws(SSHFault) -> Bool {
    try attempt { unsafe cssh2_channel_exec(raw, channel.raw, command, command.count, &$0) }
  }

  /// At most `limit` bytes of a stream (0 output, 1 error); empty at its end, nil for not yet.
  func read(
    _ channel: ChannelHandle, stream: Int32, limit: Int
  ) throws(SSHFault) -> [UInt8]? {
    var error = cssh2_error()
    var got = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      got = unsafe cssh2_channel_read(raw, channel.raw, stream, buffer.baseAddress, limit, &error)
      count = max(0, got)
    }
    if got == Int(CSSH2_AGAIN) { return nil }
    guard got >= 0 else { throw SSHFault(error) }
    return bytes
  }

  /// How many bytes were taken; nil for not yet.
  ///
  /// After nil the next call must bring the same bytes.
  func write(_ bytes: ArraySlice<UInt8>, to channel: ChannelHandle) throws(SSHFault) -> Int? {
    var error = cssh2_error()
    let put = unsafe bytes.withUnsafeBytes { buffer in
      unsafe cssh2_channel_write(raw, channel.raw, buffer.baseAddress, buffer.count, &error)
    }
    if put == Int(CSSH2_AGAIN) { return nil }
    guard put >= 0 else { throw SSHFault(error) }
    return put
  }

  func sendEOF(_ channel: ChannelHandle) throws(SSHFault) -> Bool {
    try attempt { unsafe cssh2_channel_send_eof(raw, channel.raw, &$0) }
  }

  func isAtEOF(_ channel: ChannelHandle) -> Bool { unsafe cssh2_channel_at_eof(channel.raw) != 0 }

  func isClosed(_ channel: ChannelHandle) throws(SSHFault) -> Bool {
    var error = cssh2_error()
    let code = unsafe cssh2_channel_closed(raw, channel.raw, &error)
    guard code >= 0 else { throw SSHFault(error) }
    return code == 1
  }

  func exitStatus(_ channel: ChannelHandle) -> Int32 {
    unsafe cssh2_channel_exit_status(channel.raw)
  }

  func exitSignal(_ channel: ChannelHandle) -> String? {
    var name = [CChar](repeating: 0, count: 32)
    guard unsafe cssh2_channel_exit_signal(raw, channel.raw, &name) == 1 else { return nil }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Closes and frees a channel; false when the node has not confirmed yet.
  func free(_ channel: ChannelHandle) throws(SSHFault) -> Bool {
    try attempt { unsafe cssh2_channel_free(raw, channel.raw, &$0) }
  }
}
