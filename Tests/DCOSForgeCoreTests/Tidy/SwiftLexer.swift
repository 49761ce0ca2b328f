/// One piece of Swift code; comments are none.
struct Token: Hashable {
  enum Kind { case word, symbol, string }

  var kind: Kind
  /// A word without backticks, one ASCII symbol, or the text of a string without interpolations.
  var text: String
  /// Counted from 1.
  var line: Int
  /// Whether white space or a comment stands before it.
  var isSpaced = false

  /// Whether it is the token of a pattern, also in the space before it when `spaced`.
  func matches(_ pattern: Token, spaced: Bool) -> Bool {
    kind == pattern.kind && text == pattern.text && (!spaced || isSpaced == pattern.isSpaced)
  }
}

/// Splits Swift code into tokens; code in a string's interpolation counts as code.
///
/// It does not know regular expression literals, which the project does not use.
struct SwiftLexer {
  private static let symbols = (UInt8.min...127).map { String(Character(Unicode.Scalar($0))) }

  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var tokens: [Token] = []
  /// Where the latest token ends.
  private var end = 0

  private init(_ text: String) { bytes = Array(text.utf8) }

  static func tokens(of text: String) -> [Token] {
    var lexer = SwiftLexer(text)
    lexer.code(inInterpolation: false)
    return lexer.tokens
  }

  /// Whether the byte belongs to a name or a number.
  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 128...:
      true
    default: false
    }
  }

  private func byte(_ distance: Int = 0) -> UInt8 {
    position + distance < bytes.count ? bytes[position + distance] : 0
  }

  private mutating func skip() {
    if bytes[position] == UInt8(ascii: "\n") { line += 1 }
    position += 1
  }

  private func text(from start: Int) -> String {
    String(decoding: bytes[start..<min(position, bytes.count)], as: UTF8.self)
  }

  /// Reads code to the end, or to the parenthesis that ends an interpolation.
  private mutating func code(inInterpolation: Bool) {
    var depth = 0
    while position < bytes.count {
      let next = bytes[position]
      switch next {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "`"): skip()
      case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"): comment()
      case UInt8(ascii: "\""): string(hashes: 0)
      case UInt8(ascii: "#") where rawStringHashes > 0: string(hashes: rawStringHashes)
      case _ where Self.isWord(next): word()
      default:
        if next == UInt8(ascii: "(") { depth += 1 }
        if next == UInt8(ascii: ")") { depth -= 1 }
        position += 1
        if inInterpolation, depth < 0 { return }
        append(.symbol, Self.symbols[Int(next)], from: position - 1)
      }
    }
  }

  private mutating func append(_ kind: Token.Kind, _ text: String, from start: Int) {
    tokens.append(Token(kind: kind, text: text, line: line, isSpaced: start > end))
    end = position
  }

  private mutating func word() {
    let start = position
    while position < bytes.count, Self.isWord(bytes[position]) { position += 1 }
    append(.word, text(from: start), from: start)
  }

  private mutating func comment() {
    var depth = 0
    while position < bytes.count {
      if byte() == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
        depth += 1
        position += 2
      } else if byte() == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
        depth -= 1
        position += 2
        if depth == 0 { return }
      } else {
        skip()
      }
    }
  }

  /// How many hashes stand here before a string; 0 when no string follows them.
  private var rawStringHashes: Int {
    var count = 0
    while byte(count) == UInt8(ascii: "#") { count += 1 }
    return byte(count) == UInt8(ascii: "\"") ? count : 0
  }

  private func hashes(_ count: Int, at distance: Int) -> Bool {
    (0..<count).allSatisfy { byte(distance + $0) == UInt8(ascii: "#") }
  }

  private mutating func string(hashes: Int) {
    position += hashes
    let isLong = byte(1) == UInt8(ascii: "\"") && byte(2) == UInt8(ascii: "\"")
    let quotes = isLong ? 3 : 1
    position += quotes
    let index = tokens.count
    append(.string, "", from: position)
    var start = position
    while position < bytes.count {
      let next = bytes[position]
      if next == UInt8(ascii: "\""), !isLong || (byte(1) == next && byte(2) == next),
        self.hashes(hashes, at: quotes)
      {
        break
      }
      guard next == UInt8(ascii: "\\"), self.hashes(hashes, at: 1) else {
        skip()
        continue
      }
      guard byte(1 + hashes) == UInt8(ascii: "(") else {
        position += 1 + hashes
        if position < bytes.count { skip() }
        continue
      }
      tokens[index].text += text(from: start)
      position += 2 + hashes
      code(inInterpolation: true)
      start = position
    }
    tokens[index].text += text(from: start)
    position += quotes + hashes
    end = position
  }
}
