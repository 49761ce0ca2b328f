package import FoundationEssentials

/// JSON that somebody else wrote: what nobody would write is refused before it is read.
package enum ForeignJSON {
  /// The most arrays and objects inside each other; what the nodes' tools print has about ten.
  package static let depthLimit = 100
  /// The most values of a text: while one is read it takes up to 100 bytes of memory, whatever its
  /// length.
  package static let valueLimit = 300_000

  /// Reads a value; throws `DecodingError`.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from text: Data
  ) throws -> Value {
    guard isReadable(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "the JSON is too deep or has too many values"))
    }
    return try JSONDecoder().decode(type, from: text)
  }

  private static func isReadable(_ text: Data) -> Bool {
    var (depth, values) = (0, 0)
    var (isInString, isEscaped) = (false, false)
    for byte in text {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        values += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ","): values += 1
      default: continue
      }
      if depth > depthLimit || values > valueLimit { return false }
    }
    return true
  }
}
