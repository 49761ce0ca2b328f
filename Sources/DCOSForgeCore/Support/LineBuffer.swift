/// Cuts a stream of bytes into lines as it arrives.
package struct LineBuffer {
  /// The longest line that is waited for; a longer one comes in pieces.
  package static let limit = 64 * 1024

  private var rest: [UInt8] = []

  package init() {}

  /// Takes the next bytes; gives the lines that are complete, without their ends.
  package mutating func take(_ bytes: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: 0x0A) {
      lines.append(Self.line(rest + bytes[start..<end]))
      rest = []
      start = end + 1
    }
    rest += bytes[start...]
    start = 0
    while rest.count - start >= Self.limit {
      lines.append(Array(rest[start..<start + Self.limit]))
      start += Self.limit
    }
    rest.removeFirst(start)
    return lines
  }

  /// What came after the last line end; nil when nothing did.
  package mutating func end() -> [UInt8]? {
    defer { rest = [] }
    return rest.isEmpty ? nil : Self.line(rest)
  }

  /// Without the carriage return of a line that a terminal program printed.
  private static func line(_ bytes: [UInt8]) -> [UInt8] {
    bytes.last == 0x0D ? Array(bytes.dropLast()) : bytes
  }
}
