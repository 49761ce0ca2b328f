import CCrypto

/// SHA-256 of bytes that come in pieces.
@safe package struct SHA256: ~Copyable {
  private let raw: OpaquePointer

  /// Begins with no bytes.
  package init() {
    guard let raw = unsafe ccrypto_hash_new() else { preconditionFailure("out of memory") }
    unsafe self.raw = raw
  }

  deinit { unsafe ccrypto_hash_free(raw) }

  /// Takes the next bytes.
  package mutating func update(_ bytes: Span<UInt8>) {
    let done = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe ccrypto_hash_update(raw, buffer.baseAddress, buffer.count)
    }
    precondition(done, "out of memory")
  }

  /// The 32 bytes of the digest of what has come so far; more may come.
  package var digest: [UInt8] {
    var digest = [UInt8](repeating: 0, count: CCRYPTO_DIGEST)
    precondition(unsafe ccrypto_hash_digest(raw, &digest), "out of memory")
    return digest
  }

  /// The 32 bytes of the digest of these bytes.
  package static func digest(of bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes.span)
    return hash.digest
  }
}
