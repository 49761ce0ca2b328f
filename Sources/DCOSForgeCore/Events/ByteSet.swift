/// A set of ASCII characters.
struct ByteSet: Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  init(_ characters: String) {
    for byte in characters.utf8 {
      if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
    }
  }

  func contains(_ byte: UInt8) -> Bool {
    if byte < 64 { return (low &>> UInt64(byte)) & 1 == 1 }
    return byte < 128 && (high &>> UInt64(byte & 63)) & 1 == 1
  }

  static let digits = "0123456789"
  static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
  static let blanks = " \t\u{C}\r"
}

extension UInt8 {
  /// The small letter of an ASCII letter; any other byte as it is.
  var lowered: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}

extension [UInt8] {
  /// Whether the text stands in this part; it takes time in proportion to the part.
  func holds(_ text: String, in part: Range<Int>) -> Bool {
    let text = Array(text.utf8)
    guard part.count >= text.count, let first = text.first else { return text.isEmpty }
    return (part.lowerBound...(part.upperBound - text.count)).contains {
      self[$0] == first && self[$0..<part.upperBound].starts(with: text)
    }
  }

  /// How many bytes a blank takes that begins at this place; 0 when none does.
  ///
  /// Those beyond ASCII are Unicode's separators.
  func blank(at place: Int, before end: Int) -> Int {
    switch self[place] {
    case 0x20, 0x09...0x0D: 1
    case 0xC2 where place + 1 < end && (self[place + 1] == 0xA0 || self[place + 1] == 0x85): 2
    case 0xE1 where follows(place, end, 0x9A, 0x80...0x80): 3
    case 0xE2
    where follows(place, end, 0x80, 0x80...0x8A) || follows(place, end, 0x80, 0xA8...0xA9)
      || follows(place, end, 0x80, 0xAF...0xAF) || follows(place, end, 0x81, 0x9F...0x9F):
      3
    case 0xE3 where follows(place, end, 0x80, 0x80...0x80): 3
    default: 0
    }
  }

  /// The same for one that ends before this place.
  func blank(endingAt end: Int, after start: Int) -> Int {
    for count in 1...3 where end - count >= start && blank(at: end - count, before: end) == count {
      return count
    }
    return 0
  }

  private func follows(
    _ place: Int, _ end: Int, _ second: UInt8, _ third: ClosedRange<UInt8>
  ) -> Bool {
    place + 2 < end && self[place + 1] == second && third.contains(self[place + 2])
  }
}
