/// Takes secrets out of text that leaves a cluster: log lines and evidence.
///
/// It knows forms (private keys, keys and headers whose names say what they hold, passwords in
/// URLs, tokens of known shapes) and the cluster's own private keys in base64 and hexadecimal, not
/// meanings: a password in the middle of a sentence stays. The text may come from anybody; it takes
/// time in proportion to its length.
package struct Redaction: Sendable {
  /// What stands in the place of a secret.
  package static let mark = "[redacted]"
  /// What stands in the place of a private key.
  static let keyMark = "[redacted private key]"

  private let known: KnownSecrets

  /// Makes a redaction that also knows these private keys, as OpenSSH's files.
  package init(privateKeys: [String] = []) { known = KnownSecrets(privateKeys) }

  /// The text without its secrets; its lines stay lines.
  package func text(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var stream = Stream(self)
    var page = RedactedPage(capacity: bytes.count)
    for line in Self.lines(of: bytes) {
      page.begin()
      let endsCutKey = stream.take(line, of: bytes, into: &page.bytes)
      page.end(of: stream.source, endsCutKey: endsCutKey)
    }
    return page.text
  }

  /// The lines without their ends; behind the last end comes an empty one.
  private static func lines(of bytes: [UInt8]) -> [Range<Int>] {
    var lines: [Range<Int>] = []
    var start = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(start..<end)
      start = end + 1
    }
    return lines + [start..<bytes.count]
  }
}

/// The redacted lines of a text, of which some turn out to be a private key when its end comes.
private struct RedactedPage {
  private struct Line {
    var range: Range<Int>
    /// The line before it of the same source.
    var previous: Int?
  }

  var bytes: [UInt8] = []
  private var lines: [Line] = []
  private var start = 0
  /// The last line of each source.
  private var last: [String: Int] = [:]
  /// What stands in the place of some lines.
  private var corrections: [Int: [UInt8]] = [:]

  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  mutating func begin() {
    if !lines.isEmpty { bytes.append(UInt8(ascii: "\n")) }
    start = bytes.count
  }

  mutating func end(of source: String, endsCutKey: Bool) {
    let previous = last.updateValue(lines.count, forKey: source)
    if endsCutKey {
      // The beginning of a key was cut off: what looks like one before its end is taken for it.
      corrections[lines.count] = Array(Redaction.keyMark.utf8)
      correct(from: previous)
    }
    lines.append(Line(range: start..<bytes.count, previous: previous))
  }

  /// Goes no further back than to the key before, so that no line is looked at by many ends.
  private mutating func correct(from newest: Int?) {
    var next = newest
    for _ in 0..<KeyBody.lineLimit {
      guard let index = next, corrections[index] == nil,
        let body = KeyBody.range(in: bytes, lines[index].range)
      else { return }
      if !body.isEmpty {
        corrections[index] =
          bytes[lines[index].range.lowerBound..<body.lowerBound] + Array(Redaction.mark.utf8)
      }
      next = lines[index].previous
    }
  }

  var text: String {
    if corrections.isEmpty { return String(decoding: bytes, as: UTF8.self) }
    var whole: [UInt8] = []
    whole.reserveCapacity(bytes.count)
    for (index, line) in lines.enumerated() {
      if index > 0 { whole.append(UInt8(ascii: "\n")) }
      whole += corrections[index] ?? Array(bytes[line.range])
    }
    return String(decoding: whole, as: UTF8.self)
  }
}

/// The lines between the first and the last one of a private key.
private enum KeyBody {
  /// The most lines of a private key; RSA with 16384 bits has about 200.
  static let lineLimit = 300

  private static let headers = ["Proc-Type:", "DEK-Info:", "Comment:", "Version:"]
  private static let base64 = ByteSet(ByteSet.letters + ByteSet.digits + "+/=")
  private static let quotes = ByteSet("\"'")

  /// The part of a line that can belong to a private key: its last word in base64, or all of one of
  /// the header lines that such files have; empty in an empty line, nil in any other.
  static func range(in bytes: [UInt8], _ line: Range<Int>) -> Range<Int>? {
    if headers.contains(where: { bytes.holds($0, in: line) }) { return line }
    var end = line.upperBound
    while end > line.lowerBound {
      let blank = bytes.blank(endingAt: end, after: line.lowerBound)
      if blank == 0, !quotes.contains(bytes[end - 1]) { break }
      end -= max(blank, 1)
    }
    guard end > line.lowerBound else { return line.upperBound..<line.upperBound }
    var start = end
    while start > line.lowerBound, base64.contains(bytes[start - 1]) { start -= 1 }
    let isWord =
      start == line.lowerBound || quotes.contains(bytes[start - 1])
      || bytes.blank(endingAt: start, after: line.lowerBound) > 0
    return isWord && start < end ? start..<line.upperBound : nil
  }
}

extension Redaction {
  /// Lines that come one after the other: a secret may take several, and those of several programs
  /// may stand between each other.
  package struct Stream: Sendable {
    private struct State {
      /// How many lines of a private key may still come.
      var keyLinesLeft = 0
      /// How far a line must be indented to belong to a secret that began before.
      var block: Int?

      var isAtRest: Bool { keyLinesLeft == 0 && block == nil }
    }

    private let redaction: Redaction
    /// The states that are not at rest, by what stands before a log's messages: host, program,
    /// process.
    private var states: [String: State] = [:]
    /// Whose line was the last: a message may go on without saying so again.
    fileprivate private(set) var source = ""

    /// Whether the next line stands for itself.
    package var isAtRest: Bool { states.isEmpty }

    /// Begins with the first line of a source.
    package init(_ redaction: Redaction) { self.redaction = redaction }

    /// The next lines without their secrets.
    package mutating func lines(_ text: String) -> String {
      let bytes = Array(text.utf8)
      var shown: [UInt8] = []
      shown.reserveCapacity(bytes.count)
      for line in Redaction.lines(of: bytes) {
        if line.lowerBound > 0 { shown.append(UInt8(ascii: "\n")) }
        _ = take(line, of: bytes, into: &shown)
      }
      return String(decoding: shown, as: UTF8.self)
    }

    /// Adds the next line without its secrets; says whether a private key ends in it whose
    /// beginning did not come.
    fileprivate mutating func take(
      _ line: Range<Int>, of bytes: [UInt8], into shown: inout [UInt8]
    ) -> Bool {
      let head = LogHead(bytes, line)
      if head.end > line.lowerBound { source = String(decoding: bytes[head.source], as: UTF8.self) }
      var state = states.isEmpty ? State() : states[source] ?? State()
      shown += bytes[line.lowerBound..<head.end]
      let isReturn = line.upperBound > head.end && bytes[line.upperBound - 1] == UInt8(ascii: "\r")
      let body = head.end..<(isReturn ? line.upperBound - 1 : line.upperBound)
      let endsCutKey = redact(body, of: bytes, into: &shown, &state)
      if isReturn { shown.append(UInt8(ascii: "\r")) }
      if !state.isAtRest {
        states[source] = state
      } else if !states.isEmpty {
        states[source] = nil
      }
      return endsCutKey
    }

    private func redact(
      _ line: Range<Int>, of bytes: [UInt8], into shown: inout [UInt8], _ state: inout State
    ) -> Bool {
      let wasInKey = state.keyLinesLeft > 0
      if wasInKey {
        state.keyLinesLeft -= 1
        if bytes.holds("-----END ", in: line) {
          state.keyLinesLeft = 0
          shown += Redaction.keyMark.utf8
          return false
        }
        if let body = KeyBody.range(in: bytes, line) {
          shown += bytes[line.lowerBound..<body.lowerBound]
          if !body.isEmpty { shown += Redaction.mark.utf8 }
          return false
        }
        state.keyLinesLeft = 0
      }
      if let indent = state.block {
        let own = bytes[line].prefix { $0 == 0x20 || $0 == 0x09 }
        if own.count == line.count || own.count > indent {
          shown += own
          if own.count < line.count { shown += Redaction.mark.utf8 }
          return false
        }
        state.block = nil
      }
      guard SecretScanner.mayHoldSecret(bytes, line) else {
        redaction.known.append(line, of: bytes, to: &shown)
        return false
      }
      let isKey = bytes.holds("PRIVATE KEY", in: line)
      let begins = isKey && bytes.holds("-----BEGIN ", in: line)
      let ends = isKey && bytes.holds("-----END ", in: line)
      if begins, !ends { state.keyLinesLeft = KeyBody.lineLimit }
      scan(line, of: bytes, into: &shown, &state)
      return ends && !begins && !wasInKey
    }

    private func scan(
      _ line: Range<Int>, of bytes: [UInt8], into shown: inout [UInt8], _ state: inout State
    ) {
      let scanner = SecretScanner(bytes, line)
      if scanner.opensBlock {
        state.block = bytes[line].prefix { $0 == 0x20 || $0 == 0x09 || $0 == 0x2D }.count
      }
      var next = line.lowerBound
      for secret in scanner.secrets {
        redaction.known.append(next..<max(next, secret.range.lowerBound), of: bytes, to: &shown)
        shown += secret.mark.utf8
        next = max(next, secret.range.upperBound)
      }
      redaction.known.append(next..<line.upperBound, of: bytes, to: &shown)
    }
  }
}
