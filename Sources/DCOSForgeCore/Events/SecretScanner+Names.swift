extension SecretScanner {
  // MARK: characters

  /// What names are made of.
  static let name = ByteSet(ByteSet.letters + ByteSet.digits + "_.-")
  static let letters = ByteSet(ByteSet.letters)
  /// What may stand between a name and its value, and what ends a name in XML.
  static let behindName = ByteSet(ByteSet.blanks + "\\\"':=>")
  static let behindOption = ByteSet(" =")
  /// A value of several lines or parts begins with these.
  static let beginsStructure = ByteSet("\"'[{|>")
  static let listEnd = ByteSet("]")
  static let headerEnd = ByteSet("\"'\r")
  static let elementEnd = ByteSet("<")
  static let carriageReturn = ByteSet("\r")
  static let behindWord = ByteSet(ByteSet.blanks + "\"'\\,;&}])<>|")
  static let behindHash = ByteSet(ByteSet.blanks + ":\"'")
  static let base64 = ByteSet(ByteSet.letters + ByteSet.digits + "+/")
  static let scheme = ByteSet(ByteSet.letters + ByteSet.digits + "+.-")
  static let behindUser = ByteSet(ByteSet.blanks + "/@:\"'")
  static let behindPassword = ByteSet(ByteSet.blanks + "/@\"'")
  static let keyKind = ByteSet(ByteSet.letters + ByteSet.digits + " ")

  // MARK: words, in small letters; the lines' case does not matter

  /// A JSON web token of the least length: `eyJ`, five characters, a dot, five characters.
  static let shortestToken = 14
  static let schemes = ["basic", "bearer", "digest", "token"]
  static let hashes = ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$apr1$"]
  private static let endings = ["_hash", "_base64", "_data"]

  /// How keys end that hold a secret, by the last letter.
  private static let secretWords: [UInt8: [String]] = {
    let signs = ["", "_", "-"]
    let keys = ["api", "access", "secret", "account", "private", "auth", "encryption"].flatMap {
      kind in signs.map { kind + $0 + "key" }
    }
    let ids = signs.flatMap { first in signs.map { "access" + first + "key" + $0 + "id" } }
    let words = [
      "password", "passwd", "passphrase", "secret", "token", "credential", "credentials",
    ]
    return Dictionary(grouping: words + keys + ids) { $0.utf8.last ?? 0 }
  }()

  /// Where the word begins at the end of a name that says it holds a secret; nil when none does.
  func secretWord(in run: Range<Int>) -> Int? {
    let ending = Self.endings.first { ends(run, with: $0) } ?? ""
    let name = run.lowerBound..<(run.upperBound - ending.utf8.count)
    guard let last = bytes[name].last?.lowered else { return nil }
    return Self.secretWords[last]?.first { ends(name, with: $0) }
      .map { name.upperBound - $0.utf8.count }
  }

  /// Whether the name is one of a header that holds a secret: `Authorization`, `Cookie`, and
  /// `X-…` with a token.
  func isHeader(_ run: Range<Int>, hasDash: Bool) -> Bool {
    if ends(run, with: "authorization") || ends(run, with: "cookie") { return true }
    guard hasDash else { return false }
    var first = run.upperBound
    while first > run.lowerBound,
      bytes[first - 1] == UInt8(ascii: "-") || Self.letters.contains(bytes[first - 1])
    {
      first -= 1
    }
    guard let x = (first..<run.upperBound).first(where: { has("x-", at: $0) }) else {
      return false
    }
    return (x..<run.upperBound).contains { place in
      place >= x + 2 && (has("auth", at: place) || has("token", at: place))
    }
  }

  /// Whether the secret stands on the lines below: `password: |`, or nothing behind the colon.
  var opensBlock: Bool {
    var index = Self.pastDash(bytes, bytes.pastBlanks(from: start, before: end), end)
    if index < end, Self.quotes.contains(bytes[index]) { index += 1 }
    let first = index
    while index < end, Self.name.contains(bytes[index]) { index += 1 }
    guard secretWord(in: first..<index) != nil else { return false }
    if index < end, Self.quotes.contains(bytes[index]) { index += 1 }
    index = pastBlanks(from: index)
    guard has(":", at: index) else { return false }
    index = pastBlanks(from: index + 1)
    if has("|", at: index) || has(">", at: index) {
      index += 1
      if has("+", at: index) || has("-", at: index) { index += 1 }
      if index < end, Self.digits.contains(bytes[index]) { index += 1 }
    }
    return pastBlanks(from: index) == end
  }

  private static let quotes = ByteSet("\"'")
  private static let digits = ByteSet(ByteSet.digits)

  /// Where a key would begin in a line of a configuration, behind `- ` and `export `.
  static func firstKey(in bytes: [UInt8], _ line: Range<Int>) -> Int {
    let end = line.upperBound
    let index = pastDash(bytes, bytes.pastBlanks(from: line.lowerBound, before: end), end)
    let export = index..<min(end, index + 6)
    guard bytes[export].elementsEqual("export".utf8, by: { $0.lowered == $1 }) else {
      return index
    }
    let key = bytes.pastBlanks(from: export.upperBound, before: end)
    return key > export.upperBound ? key : index
  }

  private static func pastDash(_ bytes: [UInt8], _ index: Int, _ end: Int) -> Int {
    guard index < end, bytes[index] == UInt8(ascii: "-") else { return index }
    let next = bytes.pastBlanks(from: index + 1, before: end)
    return next > index + 1 ? next : index
  }

  // MARK: reading

  /// Whether this text, in small letters, stands here in any case.
  func has(_ text: String, at index: Int) -> Bool {
    guard end - index >= text.utf8.count else { return false }
    var place = index
    for wanted in text.utf8 {
      guard bytes[place].lowered == wanted else { return false }
      place += 1
    }
    return true
  }

  func ends(_ part: Range<Int>, with text: String) -> Bool {
    let count = text.utf8.count
    return part.count >= count && has(text, at: part.upperBound - count)
  }

  func pastBlanks(from index: Int) -> Int { bytes.pastBlanks(from: index, before: end) }

  /// The place behind a quote that stands here, or behind backslashes; nil when none does.
  func pastQuote(from index: Int) -> Int? {
    var index = index
    while index < end, bytes[index] == UInt8(ascii: "\\") { index += 1 }
    guard index < end, Self.quotes.contains(bytes[index]) else { return nil }
    return index + 1
  }

  // MARK: lines that need no look

  /// Words without which no line holds a secret: their last bytes, by the last one.
  private static let triggers: [(mask: UInt32, text: UInt32)] = {
    // No text equals 1 under the mask 0.
    var triggers = [(mask: UInt32, text: UInt32)](repeating: (0, 1), count: 256)
    for word in ["pass", "secr", "toke", "key", "auth", "cred", "cook", "://", "eyj", "$"] {
      let text = word.utf8.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      triggers[Int(text & 0xFF)] = (UInt32.max >> UInt32(32 - 8 * word.utf8.count), text)
    }
    // AKIA and ASIA.
    triggers[0x61] = (0xFF00_FFFF, 0x6100_6961)
    return triggers
  }()

  /// Whether the line can hold a secret; quick, because most lines hold no such word.
  static func mayHoldSecret(_ bytes: [UInt8], _ line: Range<Int>) -> Bool {
    let triggers = triggers
    var window: UInt32 = 0
    for index in line {
      let byte = bytes[index].lowered
      window = window << 8 | UInt32(byte)
      let trigger = triggers[Int(byte)]
      if window & trigger.mask == trigger.text { return true }
    }
    return false
  }
}

extension [UInt8] {
  /// The place behind the blanks that stand here.
  func pastBlanks(from index: Int, before end: Int) -> Int {
    var index = index
    while index < end {
      let count = blank(at: index, before: end)
      if count == 0 { break }
      index += count
    }
    return index
  }
}
