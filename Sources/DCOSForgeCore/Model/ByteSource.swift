/// Bytes to send somewhere: from memory or from a local file.
package enum ByteSource: Hashable, Sendable {
  /// Bytes in memory.
  case bytes([UInt8])
  /// The whole content of a local file.
  case file(path: String, size: Int64)

  /// How many bytes there are.
  package var count: Int64 {
    switch self {
    case .bytes(let bytes): Int64(bytes.count)
    case .file(_, let size): size
    }
  }
}
