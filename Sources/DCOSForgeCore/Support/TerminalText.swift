/// Text for a terminal: the escape sequences in it are ours, whatever else could steer one is
/// replaced.
///
/// Nothing else makes escape sequences, and people get no other text.
package struct TerminalText: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The text with its escape sequences.
  package private(set) var content: String

  /// Text from anywhere; tabs and line feeds stay.
  package init(_ text: String) { content = text.cleaned }

  /// Bytes from anywhere; what is no UTF-8 is replaced, too.
  package init(bytes: [UInt8]) { self.init(String(decoding: bytes, as: UTF8.self)) }

  /// Text from anywhere in a style, which is a parameter of SGR (ECMA-48, 8.3.117).
  package init(_ text: String, style: String) {
    content = "\u{1B}[\(style)m\(text.cleaned)\u{1B}[0m"
  }

  package init(stringLiteral text: String) { self.init(text) }

  /// Lines as one text.
  package init(lines: [TerminalText]) {
    content = lines.map(\.content).joined(separator: "\n")
  }

  private init(sequence: String) { content = sequence }

  package static func + (one: TerminalText, other: TerminalText) -> TerminalText {
    TerminalText(sequence: one.content + other.content)
  }

  /// Empties the screen, and what has scrolled off it.
  package static let clearScreen = TerminalText(sequence: "\u{1B}[H\u{1B}[2J\u{1B}[3J")
  /// Empties the line.
  package static let clearLine = TerminalText(sequence: "\r\u{1B}[K")

  /// Empties so many lines above the cursor.
  package static func clear(lines count: Int) -> TerminalText {
    TerminalText(sequence: "\u{1B}[\(count)A\u{1B}[J")
  }
}

extension Unicode.Scalar {
  /// Whether it could move a terminal's cursor, change what it shows, or turn text round.
  fileprivate var steersTerminals: Bool {
    guard value < 0x20 || value > 0x7E, self != "\t", self != "\n" else { return false }
    return switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    // A joiner inside an emoji sequence is harmless; bidirectional marks are not.
    case .format: self != "\u{200D}"
    default: false
    }
  }
}

extension String {
  /// The text with whatever could steer a terminal replaced, but tabs and line feeds.
  fileprivate var cleaned: String {
    let isPlain = utf8.allSatisfy { 0x20...0x7E ~= $0 || $0 == 0x0A || $0 == 0x09 }
    if isPlain { return self }
    return String(
      String.UnicodeScalarView(unicodeScalars.map { $0.steersTerminals ? "\u{FFFD}" : $0 }))
  }

  /// The text on one line, with tabs as blanks and whatever else could steer a terminal replaced:
  /// what is cut or padded to a width.
  package var printable: String {
    cleaned.replacing("\t", with: " ").replacing("\n", with: "\u{FFFD}")
  }

  /// The text with `\uXXXX` for whatever could steer a terminal: the same for a reader of JSON.
  package var escaped: String {
    var text = ""
    for scalar in unicodeScalars {
      guard scalar.steersTerminals else {
        text.unicodeScalars.append(scalar)
        continue
      }
      for unit in scalar.utf16 {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return text
  }

  /// The cells that the text takes on a terminal: two for East Asian wide characters and emoji.
  package var terminalWidth: Int {
    reduce(0) { $0 + ($1.unicodeScalars.first.map(Self.isWide) == true ? 2 : 1) }
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x1100 && wideRanges.contains { $0.contains(scalar.value) }
  }

  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
  ]
}

extension String {
  /// The text with blanks up to a width in characters.
  package func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// The text cut to a width in characters, with an ellipsis where something was cut.
  package func cut(to width: Int) -> String {
    count <= width ? self : String(prefix(max(0, width - 1))) + (width > 0 ? "…" : "")
  }
}

extension Int {
  /// A count with its word, such as `1 change` and `2 changes`.
  package func of(_ word: String) -> String { "\(self) \(word)\(self == 1 ? "" : "s")" }
}

extension StringProtocol {
  /// The text cut to a length that a message can bear, with control characters made visible.
  package var excerpt: String {
    let shown = prefix(60).unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        ? "\\u{" + String(scalar.value, radix: 16) + "}" : String(scalar)
    }.joined()
    return shown.utf8.count < utf8.count && prefix(61).count > 60 ? shown + "…" : shown
  }
}
