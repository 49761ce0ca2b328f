/// Finds the secrets in one line, byte by byte, from left to right.
///
/// The line may come from anybody, so that every look ahead either ends before the next one of its
/// kind begins, or goes to a place that a ``Finder`` remembers: a line takes time in proportion to
/// its length, whatever it says.
struct SecretScanner {
  /// What is not shown.
  struct Secret {
    var range: Range<Int>
    let mark: String
  }

  let bytes: [UInt8]
  let start: Int
  let end: Int
  /// In the order of their ends; those that touch each other are one.
  private(set) var secrets: [Secret] = []

  /// Where the key of a line of a configuration begins.
  private let firstKey: Int
  /// The password of a URL whose user is being read.
  private var password: Range<Int>?
  /// Whether the next `>` ends the start of an element that holds a secret.
  private var isInElement = false
  /// Where the last quoted value ends.
  private var quotedEnd: Int
  /// Where the last private key ends.
  private var keyEnd: Int

  private var bracket = Finder(Self.listEnd)
  private var quote = Finder(Self.headerEnd)
  private var element = Finder(Self.elementEnd)
  private var lineEnd = Finder(Self.carriageReturn)
  private var wordEnd = Finder(Self.behindWord)
  private var hashEnd = Finder(Self.behindHash)

  /// Reads a line, or what follows its head.
  init(_ bytes: [UInt8], _ line: Range<Int>) {
    self.bytes = bytes
    start = line.lowerBound
    end = line.upperBound
    quotedEnd = start
    keyEnd = start
    firstKey = Self.firstKey(in: bytes, line)
    let name = Self.name
    var index = start
    while index < end {
      if let range = password, index >= range.lowerBound {
        hide(range)
        password = nil
      }
      let byte = bytes[index]
      if name.contains(byte) {
        index = readRun(from: index)
        continue
      }
      switch byte {
      case UInt8(ascii: ":"): readAddress(at: index)
      case UInt8(ascii: "$"): readHash(at: index)
      case UInt8(ascii: ">"): readElement(from: index + 1)
      default: break
      }
      index += 1
    }
  }

  private mutating func hide(_ range: Range<Int>, as mark: String = Redaction.mark) {
    guard let last = secrets.last?.range, range.lowerBound <= last.upperBound else {
      secrets.append(Secret(range: range, mark: mark))
      return
    }
    secrets[secrets.count - 1].range =
      min(last.lowerBound, range.lowerBound)..<max(last.upperBound, range.upperBound)
  }

  // MARK: what stands behind a name

  /// Reads the characters of a name as far as they go; gives their end.
  private mutating func readRun(from first: Int) -> Int {
    let name = Self.name
    var index = first
    var dash = Int.max
    while index < end, name.contains(bytes[index]) {
      if bytes[index] == UInt8(ascii: "-"), dash == Int.max { dash = index }
      index += 1
    }
    let run = first..<index
    if run.count >= Self.shortestToken { readTokens(in: run) }
    guard index < end, Self.behindName.contains(bytes[index]) || bytes[index] >= 128 else {
      return index
    }
    if ends(run, with: "-----begin") { readKey(from: index) }
    let word = secretWord(in: run)
    let isHeader = isHeader(run, hasDash: dash < index)
    let isAuth =
      ends(run, with: "auth") && (run.count == 4 || bytes[index - 5] == UInt8(ascii: "."))
    if word != nil || isHeader || isAuth {
      readValue(of: Key(run: run, word: word, dash: dash, isHeader: isHeader, isAuth: isAuth))
    }
    return index
  }

  private struct Key {
    let run: Range<Int>
    /// Where the word begins that says it is a secret.
    let word: Int?
    let dash: Int
    let isHeader: Bool
    let isAuth: Bool
  }

  private mutating func readValue(of key: Key) {
    let next = key.run.upperBound
    if key.word != nil, key.run.lowerBound > start,
      bytes[key.run.lowerBound - 1] == UInt8(ascii: "<"),
      bytes[next] == UInt8(ascii: ">") || bytes.blank(at: next, before: end) > 0
    {
      isInElement = true
    }
    let quoted = pastQuote(from: next)
    let sign = pastBlanks(from: quoted ?? next)
    guard sign < end, bytes[sign] == UInt8(ascii: ":") || bytes[sign] == UInt8(ascii: "=") else {
      readOption(key)
      return
    }
    let value = pastBlanks(from: sign + 1)
    guard value < end else { return }
    if key.word != nil, quoted == nil, key.run.lowerBound == firstKey,
      !Self.beginsStructure.contains(bytes[value])
    {
      hide(value..<lineEnd.next(from: value, in: bytes, end))
    } else if let inside = pastQuote(from: value) {
      if value >= quotedEnd {
        quotedEnd = endOfQuoted(value..<inside)
        hide(inside..<quotedEnd)
      }
    } else if bytes[value] == UInt8(ascii: "["), key.word != nil || key.isHeader {
      let stop = bracket.next(from: value + 1, in: bytes, end)
      if stop < end || stop > value + 1 { hide((value + 1)..<stop) }
    } else if quoted == nil {
      readBareValue(of: key, from: value)
    }
  }

  private mutating func readBareValue(of key: Key, from value: Int) {
    if key.isHeader {
      let stop = quote.next(from: value, in: bytes, end)
      if stop > value { hide(value..<stop) }
    } else if key.word != nil {
      readWord(from: value)
    } else {
      // Docker's: base64 of name and password.
      var index = value
      while index < end, Self.base64.contains(bytes[index]) { index += 1 }
      guard index - value >= 8 else { return }
      for _ in 0..<2 where index < end && bytes[index] == UInt8(ascii: "=") { index += 1 }
      hide(value..<index)
    }
  }

  /// Reads the value of an option: `--name value`.
  private mutating func readOption(_ key: Key) {
    guard let word = key.word, key.dash < word else { return }
    var value = key.run.upperBound
    while value < end, Self.behindOption.contains(bytes[value]) { value += 1 }
    guard value > key.run.upperBound, value < end, pastQuote(from: value) == nil,
      bytes[value] != UInt8(ascii: "[")
    else { return }
    readWord(from: value)
  }

  /// Reads a value as far as one word goes; `Bearer abc` counts as one.
  private mutating func readWord(from first: Int) {
    var value = first
    if let scheme = Self.schemes.first(where: { has($0, at: first) }) {
      var second = first + scheme.utf8.count
      let schemeEnd = second
      while second < end, Self.behindOption.contains(bytes[second]) { second += 1 }
      if second > schemeEnd, second < end, !Self.behindWord.contains(bytes[second]) {
        value = second
      }
    }
    let stop = wordEnd.next(from: value, in: bytes, end)
    if stop > value { hide(first..<stop) }
  }

  /// Where the value ends that begins with this quote, or with one behind backslashes; at the end
  /// of the line when nothing ends it.
  private func endOfQuoted(_ opening: Range<Int>) -> Int {
    let sign = bytes[opening.upperBound - 1]
    let depth = opening.count - 1
    var index = opening.upperBound
    while index < end {
      let slashes = index
      while index < end, bytes[index] == UInt8(ascii: "\\") { index += 1 }
      guard index < end else { break }
      // In pairs they stand for themselves; the others belong to the quote.
      let own = index - slashes - depth
      if bytes[index] == sign, own >= 0, own.isMultiple(of: 2) { return index - depth }
      index += 1
    }
    return end
  }

  // MARK: what a secret looks like

  /// JSON web tokens and AWS's key ids, which are made of the characters of names.
  private mutating func readTokens(in run: Range<Int>) {
    var part = run.lowerBound
    while part < run.upperBound {
      let dot = endOfPart(part, in: run)
      var word = part
      var token: Int?
      for index in part...dot {
        if index == dot || bytes[index] == UInt8(ascii: "-") {
          if isKeyID(word..<index) { hide(word..<index) }
          word = index + 1
        } else if token == nil, bytes[index] | 0x20 == UInt8(ascii: "e"), has("eyj", at: index) {
          token = index
        }
      }
      if let token, dot - token >= 8, dot < run.upperBound {
        var stop = endOfPart(dot + 1, in: run)
        if stop - dot > 5 {
          if stop < run.upperBound { stop = endOfPart(stop + 1, in: run) }
          hide(token..<stop)
          part = stop + 1
          continue
        }
      }
      part = dot + 1
    }
  }

  private func endOfPart(_ first: Int, in run: Range<Int>) -> Int {
    bytes[first..<run.upperBound].firstIndex(of: UInt8(ascii: ".")) ?? run.upperBound
  }

  private func isKeyID(_ word: Range<Int>) -> Bool {
    word.count == 20 && (has("akia", at: word.lowerBound) || has("asia", at: word.lowerBound))
      && !bytes[word].contains(UInt8(ascii: "_"))
  }

  /// Reads a password's hash as in /etc/shadow.
  private mutating func readHash(at index: Int) {
    guard let kind = Self.hashes.first(where: { has($0, at: index) }) else { return }
    let stop = hashEnd.next(from: index + kind.utf8.count, in: bytes, end)
    if stop - index - kind.utf8.count >= 8 { hide(index..<stop) }
  }

  /// Reads a URL: `scheme://user:password@host`.
  private mutating func readAddress(at colon: Int) {
    guard has("://", at: colon) else { return }
    var scheme = colon
    repeat {
      scheme -= 1
      guard scheme >= start, Self.scheme.contains(bytes[scheme]) else { return }
    } while !Self.letters.contains(bytes[scheme])
    var user = colon + 3
    while user < end, !Self.behindUser.contains(bytes[user]) { user += 1 }
    guard user < end, bytes[user] == UInt8(ascii: ":") else { return }
    var stop = user + 1
    while stop < end, !Self.behindPassword.contains(bytes[stop]) { stop += 1 }
    guard stop < end, stop > user + 1, bytes[stop] == UInt8(ascii: "@") else { return }
    password = (user + 1)..<stop
  }

  /// Reads an element: `<password>value<`.
  private mutating func readElement(from index: Int) {
    guard isInElement else { return }
    isInElement = false
    let stop = element.next(from: index, in: bytes, end)
    if stop < end, stop > index { hide(index..<stop) }
  }

  /// Reads a private key on one line, its line ends written as \n.
  private mutating func readKey(from index: Int) {
    guard index >= keyEnd, let body = endOfKeyLine(from: index) else { return }
    keyEnd = end
    var place = body
    while place < end {
      if bytes[place] == UInt8(ascii: "-"), has("-----end ", at: place),
        let stop = endOfKeyLine(from: place + 8)
      {
        keyEnd = stop
        break
      }
      place += 1
    }
    hide((index - 10)..<keyEnd, as: Redaction.keyMark)
  }

  /// The end of ` RSA PRIVATE KEY-----`, whatever the kind of key.
  private func endOfKeyLine(from index: Int) -> Int? {
    guard has(" ", at: index) else { return nil }
    var stop = index + 1
    while stop < end, Self.keyKind.contains(bytes[stop]) { stop += 1 }
    let kind = (index + 1)..<stop
    guard has("-----", at: stop),
      ends(kind, with: "private key") || ends(kind, with: "private key block")
    else { return nil }
    return stop + 5
  }
}

/// The next place of one of some characters.
///
/// Asked for places that do not go back, it looks at each byte once.
struct Finder {
  private let set: ByteSet
  private var place = -1

  init(_ set: ByteSet) { self.set = set }

  /// The place of the first one from `index` on; `end` when there is none.
  mutating func next(from index: Int, in bytes: [UInt8], _ end: Int) -> Int {
    if place < index {
      place = index
      while place < end, !set.contains(bytes[place]) { place += 1 }
    }
    return place
  }
}
