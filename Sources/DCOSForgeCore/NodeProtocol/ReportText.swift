import ForgeModel
import ForgeSupport
import FoundationEssentials

/// Reading what tools print.
package enum ReportText {
  /// The text without terminal escape sequences (colours, cursor movements) and carriage returns.
  package static func plain(_ text: String) -> String {
    var plain = String.UnicodeScalarView()
    var scalars = text.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      switch scalar {
      case "\r": continue
      case "\u{1B}":
        // ESC [ parameters final; any other sequence is ESC and one more character.
        guard scalars.next() == "[" else { continue }
        while let next = scalars.next(), !("@"..."~").contains(next) {}
      default: plain.append(scalar)
      }
    }
    return String(plain)
  }

  /// The last lines that hold something, each cut to a readable length.
  package static func tail(_ text: String, lines limit: Int = 6) -> String {
    plain(text).split(whereSeparator: \.isNewline)
      .filter { line in line.contains { !$0.isWhitespace } }
      .suffix(limit)
      .map { $0.count > 300 ? "\($0.prefix(300))…" : String($0) }
      .joined(separator: "\n")
  }

  /// A value from JSON; nil when the text is no such JSON.
  package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) -> Value? {
    try? ForeignJSON.decode(type, from: Data(text.utf8))
  }

  /// The text without white space at its ends.
  package static func trimmed(_ text: some StringProtocol) -> String {
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
      let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
  }
}
