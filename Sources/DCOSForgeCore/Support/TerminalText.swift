extension String {
  /// The text with tabs as blanks and whatever else could steer a terminal replaced.
  package var printable: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case _ where scalar == "\t": " "
          // A joiner inside an emoji sequence is harmless; bidirectional marks are not.
          case .control, .lineSeparator, .paragraphSeparator, .surrogate: "\u{FFFD}"
          case .format where scalar != "\u{200D}": "\u{FFFD}"
          default: scalar
          }
        }))
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
