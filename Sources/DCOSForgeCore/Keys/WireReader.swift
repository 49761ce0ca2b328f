/// Reads the binary forms of RFC 4251 section 5, never past the end.
package struct WireReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    self.position = bytes.startIndex
  }

  init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// How many bytes are left.
  var remaining: Int { bytes.endIndex - position }

  /// The next bytes, or nil when there are fewer.
  package mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= remaining else { return nil }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// A big-endian 32-bit number.
  package mutating func uint32() -> UInt32? {
    take(4)?.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// A length and that many bytes.
  mutating func string() -> ArraySlice<UInt8>? {
    guard let count = uint32() else { return nil }
    return take(Int(count))
  }

  /// A string as text; bytes that are no UTF-8 are replaced.
  mutating func text() -> String? {
    string().map { String(decoding: $0, as: UTF8.self) }
  }

  /// A comma-separated list of names.
  package mutating func nameList() -> [String]? {
    text().map { $0.split(separator: ",").map(String.init) }
  }
}

extension [UInt8] {
  /// Appends a big-endian 32-bit number.
  package mutating func appendWire(_ number: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] { append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// Appends a length and the bytes.
  package mutating func appendWire(string: some Collection<UInt8>) {
    appendWire(UInt32(string.count))
    append(contentsOf: string)
  }
}
