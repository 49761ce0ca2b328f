package import ForgeSupport

/// Bytes to send somewhere: from memory or from a local file.
package enum ByteSource: Hashable, Sendable {
  /// Bytes in memory.
  case bytes([UInt8])
  /// The whole content of a local file, with its checksum when one was computed before.
  case file(path: String, size: Int64, sum: SHA256Sum? = nil)

  /// How many bytes there are.
  package var count: Int64 {
    switch self {
    case .bytes(let bytes): Int64(bytes.count)
    case .file(_, let size, _): size
    }
  }

  /// Throws unless what was read of a file, hashed, is what it was when its checksum was computed.
  package func check(
    _ hash: borrowing SHA256, _ category: ForgeError.Category
  ) throws(ForgeError) {
    guard case .file(let path, _, let wanted?) = self else { return }
    let sent = SHA256Sum(hash)
    guard sent != wanted else { return }
    throw ForgeError(
      category, "the file changed since its checksum was computed", on: path,
      observed: "expected \(wanted), sent \(sent)",
      advice: "run again when nothing writes to it")
  }
}
