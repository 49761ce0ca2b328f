import CCrypto

/// An Ed25519 private key; libcrypto keeps it, and clears it at the end.
@safe package final class SigningKey: Sendable {
  private nonisolated(unsafe) let raw: OpaquePointer
  /// The public key: 32 bytes.
  package let publicKey: [UInt8]

  private init?(owning raw: OpaquePointer?) {
    guard let raw = unsafe raw else { return nil }
    unsafe self.raw = raw
    var publicKey = [UInt8](repeating: 0, count: CCRYPTO_PUBLIC)
    let done = unsafe ccrypto_key_public(raw, &publicKey)
    self.publicKey = publicKey
    guard done else { return nil }
  }

  /// Makes a random key; nil when the system has no random numbers.
  package static func random() -> SigningKey? { unsafe SigningKey(owning: ccrypto_key_random()) }

  /// Makes the key of a seed; nil when there are not 32 bytes.
  package convenience init?(seed: some Collection<UInt8>) {
    guard seed.count == CCRYPTO_SEED else { return nil }
    unsafe self.init(owning: ccrypto_key_of_seed(Array(seed)))
  }

  deinit { unsafe ccrypto_key_free(raw) }

  /// The 32 bytes that the key follows from.
  package var seed: [UInt8] {
    var seed = [UInt8](repeating: 0, count: CCRYPTO_SEED)
    precondition(unsafe ccrypto_key_seed(raw, &seed), "out of memory")
    return seed
  }

  /// The 64 bytes of a signature; nil when memory ran out.
  package func signature(of bytes: [UInt8]) -> [UInt8]? {
    var signature = [UInt8](repeating: 0, count: CCRYPTO_SIGNATURE)
    return unsafe ccrypto_key_sign(raw, bytes, bytes.count, &signature) ? signature : nil
  }
}
