import ForgeKeys
import ForgeSupport
internal import Foundation

/// Takes secrets out of text that leaves a cluster: log lines and evidence.
///
/// It knows forms (private keys, keys and headers whose names say what they hold, passwords in
/// URLs, tokens of known shapes) and the cluster's own private keys in base64 and hexadecimal, not
/// meanings: a password in the middle of a sentence stays.
package struct Redaction: Sendable {
  /// What stands in the place of a secret.
  package static let mark = "[redacted]"
  /// What stands in the place of a private key.
  static let keyMark = "[redacted private key]"

  private let rules = RedactionRules.all
  private let known: KnownSecrets

  /// Makes a redaction that also knows these private keys, as OpenSSH's files.
  package init(privateKeys: [String] = []) { known = KnownSecrets(privateKeys) }

  /// The text without its secrets; its lines stay lines.
  package func text(_ text: String) -> String {
    var stream = Stream(self)
    var lines: [(source: String, text: String)] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let isTail = line.contains("-----END ") && line.contains("PRIVATE KEY")
      let (redacted, source, wasInKey) = stream.take(String(line))
      lines.append((source, redacted))
      guard isTail, !wasInKey, !line.contains("-----BEGIN ") else { continue }
      // The beginning of a key was cut off: what looks like one before its end is taken for it.
      lines[lines.count - 1].text = Self.keyMark
      let own = lines.indices.dropLast().reversed().lazy.filter { lines[$0].source == source }
      for index in Array(own.prefix(Stream.keyLines)) {
        guard let body = Stream.withoutKeyBody(lines[index].text) else { break }
        lines[index].text = body
      }
    }
    return lines.map(\.text).joined(separator: "\n")
  }

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
    private var source = ""

    /// The most lines of a private key; RSA with 16384 bits has about 200.
    static let keyLines = 300

    /// Whether the next line stands for itself.
    package var isAtRest: Bool { states.isEmpty }

    /// Begins with the first line of a source.
    package init(_ redaction: Redaction) { self.redaction = redaction }

    /// The next line without its secrets.
    package mutating func line(_ line: String) -> String { take(line).text }

    fileprivate mutating func take(
      _ line: String
    ) -> (text: String, source: String, wasInKey: Bool) {
      let (head, body) = RedactionRules.split(line)
      if !head.isEmpty {
        // The time, which differs from line to line, is not part of the source.
        source = head.split(separator: " ").dropFirst().joined(separator: " ")
      }
      var state = states[source] ?? State()
      let wasInKey = state.keyLinesLeft > 0
      let text = head + redacted(body, &state)
      states[source] = state.isAtRest ? nil : state
      return (text, source, wasInKey)
    }

    private func redacted(_ line: String, _ state: inout State) -> String {
      if state.keyLinesLeft > 0 {
        state.keyLinesLeft -= 1
        if line.contains("-----END ") {
          state.keyLinesLeft = 0
          return Redaction.keyMark
        }
        if let rest = Self.withoutKeyBody(line) { return rest }
        state.keyLinesLeft = 0
      }
      if let indent = state.block {
        let own = line.prefix { $0 == " " || $0 == "\t" }.count
        if own == line.count { return line }
        if own > indent { return line.prefix(own) + Redaction.mark }
        state.block = nil
      }
      guard RedactionRules.mayHoldSecret(line) else { return redaction.known.redacted(line) }
      let begins = line.contains("-----BEGIN ") && line.contains("PRIVATE KEY")
      if begins, !line.contains("-----END ") { state.keyLinesLeft = Self.keyLines }
      if RedactionRules.opensBlock(line) {
        state.block = line.prefix { $0 == " " || $0 == "\t" || $0 == "-" }.count
      }
      return redaction.known.redacted(redaction.rules.reduce(line) { $1.apply(to: $0) })
    }

    /// The line when it can belong to a private key, without that part: its last word in base64
    /// taken out, or one of the header lines that such files have; nil for any other.
    static func withoutKeyBody(_ line: String) -> String? {
      if ["Proc-Type:", "DEK-Info:", "Comment:", "Version:"].contains(where: line.contains) {
        return Redaction.mark
      }
      let end = line.reversed().drop { $0.isWhitespace || $0 == "\"" || $0 == "'" }
      guard let last = end.first else { return line }
      let word = end.prefix { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
      guard word.allSatisfy(isBase64), isBase64(last) else { return nil }
      return String(end.dropFirst(word.count).reversed()) + Redaction.mark
    }

    private static func isBase64(_ character: Character) -> Bool {
      character.isASCII
        && (character.isLetter || character.isNumber || character == "+" || character == "/"
          || character == "=")
    }
  }
}

/// A form of secret and what is put in its place.
struct RedactionRules: Sendable {
  private let expression: NSRegularExpression
  private let template: String

  private init?(_ pattern: String, _ template: String) {
    let options: NSRegularExpression.Options = [.caseInsensitive]
    guard let expression = try? NSRegularExpression(pattern: pattern, options: options) else {
      return nil
    }
    self.expression = expression
    self.template = template
  }

  func apply(to text: String) -> String {
    expression.stringByReplacingMatches(
      in: text, range: NSRange(text.startIndex..., in: text), withTemplate: template)
  }

  /// Words at whose mention a line is looked at closely.
  private static let triggers: [[UInt8]] = [
    "pass", "secret", "token", "key", "auth", "cred", "cookie", "://", "eyj", "akia", "asia", "$",
  ].map { Array($0.utf8) }

  /// Whether any rule could match; quick, because most lines hold no such word.
  static func mayHoldSecret(_ line: String) -> Bool {
    let bytes = line.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    for index in bytes.indices where begins[Int(bytes[index])] {
      if triggers.contains(where: { bytes[index...].starts(with: $0) }) { return true }
    }
    return false
  }

  /// Which bytes begin such a word.
  private static let begins: [Bool] = (0..<256).map { byte in
    triggers.contains { Int($0[0]) == byte }
  }

  /// How a key is called that holds a secret.
  private static let name =
    "[A-Z0-9_.\\-]*(?:password|passwd|passphrase|secret|token|credentials?|api[_-]?key"
    + "|access[_-]?key(?:[_-]?id)?|secret[_-]?key|account[_-]?key|private[_-]?key|auth[_-]?key"
    + "|encryption[_-]?key)(?:_hash|_base64|_data)?"
  private static let header =
    "(?:proxy-|x-[a-z-]*)?authorization|x-[a-z-]*(?:token|auth)[a-z-]*|(?:set-)?cookie"
  private static let quote = #"\\*["']"#
  private static let scheme = "(?:(?:basic|bearer|digest|token)[ =]+)?"

  /// What stands before the message in a line of a log: a time, and mostly host, program and
  /// process; and the message.
  static func split(_ line: String) -> (head: String, body: String) {
    guard let first = line.utf8.first, (0x30...0x39).contains(first) || first == 0x5B,
      let range = head?.firstMatch(in: line, range: NSRange(line.startIndex..., in: line))?.range,
      let found = Range(range, in: line)
    else { return ("", line) }
    return (String(line[found]), String(line[found.upperBound...]))
  }

  /// journalctl's short-iso, docker's time stamps, the kernel's seconds.
  private static let head = try? NSRegularExpression(
    pattern: #"^(?:\d{4}-\d\d-\d\dT[0-9:.,]+(?:Z|[+-]\d\d:?\d\d)? "#
      + #"(?:[\w.-]+ (?:kernel|[\w.@/-]+\[\d+\]): )?|\[ *\d+\.\d+\] )"#)

  /// Whether the secret stands on the lines below: `password: |`, or nothing behind the colon.
  static func opensBlock(_ line: String) -> Bool {
    guard let block else { return false }
    return block.firstMatch(in: line, range: NSRange(line.startIndex..., in: line)) != nil
  }

  private static let block = try? NSRegularExpression(
    pattern: #"^\s*(?:-\s+)?["']?(?:"# + name + #")["']?\s*:\s*(?:[|>][+-]?\d?)?\s*$"#,
    options: .caseInsensitive)

  /// The rules in the order in which they are applied.
  static let all: [RedactionRules] = [
    // A private key on one line, its line ends written as \n.
    (
      "-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
        + "(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)", Redaction.keyMark
    ),
    // key: [several, values], as Go and JSON print headers.
    (
      "((?:\(name)|\(header))(?:\(quote))?\\s*[:=]\\s*)\\[[^\\]]*\\]",
      "$1[\(Redaction.mark)]"
    ),
    // key: "value", also inside a JSON string.
    (
      "((?:\(name)|\(header)|(?<![\\w-])auth)(?:\(quote))?\\s*[:=]\\s*)(\(quote))"
        + #"(?:(?!\2)(?:\\.|.))*(?:\2|$)"#, "$1$2\(Redaction.mark)$2"
    ),
    // Authorization: Basic …
    ("((?:\(header))\\s*[:=]\\s*+)(?!\\\\*[\"'\\[])[^\"'\\r\\n]+", "$1\(Redaction.mark)"),
    // A line of a configuration: everything behind the key.
    (
      "^(\\s*(?:-\\s+)?(?:export\\s+)?(?:\(name))\\s*[:=]\\s*+)(?![\"'\\[{|>]).+$",
      "$1\(Redaction.mark)"
    ),
    // key=value and --key value anywhere.
    (
      "((?:\(name))\\s*[:=]\\s*+|--?(?:\(name))[ =]++)(?!\\\\*[\"'\\[])\(scheme)"
        + #"[^\s"'\\,;&}\])<>|]+"#, "$1\(Redaction.mark)"
    ),
    // Docker's auth: base64 of name and password.
    ("((?<![\\w-])auth\\s*[:=]\\s*)[A-Z0-9+/]{8,}={0,2}", "$1\(Redaction.mark)"),
    // <password>value</password>
    ("(<(?:\(name))(?:\\s[^>]*)?>)[^<]+(<)", "$1\(Redaction.mark)$2"),
    // scheme://user:password@host
    ("([a-z][a-z0-9+.-]*://[^\\s/@:\"']*:)[^\\s/@\"']+@", "$1\(Redaction.mark)@"),
    // A JSON web token, an AWS key id, a password's hash as in /etc/shadow.
    (
      "eyJ[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]{5,}(?:\\.[A-Za-z0-9_-]*)?"
        + "|\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b"
        + #"|\$(?:1|2[aby]|5|6|y|apr1)\$[^\s:"']{8,}"#, Redaction.mark
    ),
  ].compactMap { RedactionRules($0.0, $0.1) }
}

/// Texts that are secrets of this very cluster.
struct KnownSecrets: Sendable {
  /// The secrets by their first eight bytes.
  private let secrets: [UInt64: [[UInt8]]]
  /// The shortest one that is looked for, in bytes.
  private static let shortest = 20

  /// Takes private keys in OpenSSH's form: every line of the file, and the key itself in
  /// hexadecimal and, at whatever place it stands in a larger text, in base64.
  init(_ privateKeys: [String]) {
    var secrets: [UInt64: [[UInt8]]] = [:]
    for file in privateKeys {
      let lines = file.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
      for form in lines.map(String.init) + Self.forms(ofKeyIn: file) {
        let bytes = Array(form.utf8)
        guard bytes.count >= Self.shortest, bytes.allSatisfy(Self.isWord) else { continue }
        let start = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        secrets[start, default: []].append(bytes)
      }
    }
    self.secrets = secrets
  }

  private static func forms(ofKeyIn file: String) -> [String] {
    guard let pair = try? KeyPair(privateKeyFile: file) else { return [] }
    let seed = pair.privateKey.seed
    let hexadecimal = seed.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    // In base64 a byte's form depends on its place; what its neighbours decide is left out.
    let inBase64 = (0..<3).map { shift in
      let text = Data([UInt8](repeating: 0, count: shift) + seed).base64EncodedString()
      return String(text.dropFirst(shift == 0 ? 0 : shift + 1).prefix(40))
    }
    return [hexadecimal, hexadecimal.uppercased()] + inBase64
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || byte == 0x2B || byte == 0x2F || byte == 0x3D
  }

  /// The line without them.
  func redacted(_ line: String) -> String {
    guard !secrets.isEmpty else { return line }
    let bytes = Array(line.utf8)
    var kept: [UInt8] = []
    var copied = 0
    var index = 0
    while index < bytes.count {
      guard Self.isWord(bytes[index]) else {
        index += 1
        continue
      }
      let end = bytes[index...].firstIndex { !Self.isWord($0) } ?? bytes.count
      if end - index >= Self.shortest {
        while let hit = secret(in: bytes, index..<end) {
          kept += bytes[copied..<hit.lowerBound] + Redaction.mark.utf8
          copied = hit.upperBound
          index = hit.upperBound
        }
      }
      index = end
    }
    return copied == 0 ? line : String(decoding: kept + bytes[copied...], as: UTF8.self)
  }

  private func secret(in bytes: [UInt8], _ word: Range<Int>) -> Range<Int>? {
    var window: UInt64 = 0
    for index in word {
      window = window << 8 | UInt64(bytes[index])
      guard index - word.lowerBound >= 7, let found = secrets[window] else { continue }
      for secret in found where bytes[(index - 7)..<word.upperBound].starts(with: secret) {
        return (index - 7)..<(index - 7 + secret.count)
      }
    }
    return nil
  }
}
