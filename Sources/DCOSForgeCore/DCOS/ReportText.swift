import FoundationEssentials

/// Reading what tools print.
enum ReportText {
  /// The text without terminal escape sequences (colours, cursor movements) and carriage returns.
  static func plain(_ text: String) -> String {
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
  static func tail(_ text: String, lines limit: Int = 6) -> String {
    plain(text).split(whereSeparator: \.isNewline)
      .filter { line in line.contains { !$0.isWhitespace } }
      .suffix(limit)
      .map { $0.count > 300 ? "\($0.prefix(300))…" : String($0) }
      .joined(separator: "\n")
  }

  /// A value from JSON; nil when the text is no such JSON.
  static func decode<Value: Decodable>(_ type: Value.Type, from text: String) -> Value? {
    ReportMemory.value(of: text) { try? JSONDecoder().decode(type, from: Data(text.utf8)) }
  }

  /// The text without white space at its ends.
  static func trimmed(_ text: some StringProtocol) -> String {
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
      let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
  }
}

/// How `curl` fared with one URL.
package struct HTTPReading: Codable, Hashable, Sendable {
  /// The exit status of `curl`; 0 says only that an answer came.
  package var status: Int
  /// The answer's status code; 0 when none came.
  package var http: Int
  /// The URL that answered in the end, after redirects.
  package var url: String
  /// How long it took.
  package var seconds: Double
  /// The body, cut to the length that the script allows.
  package var text: String
  /// What `curl` complained of.
  package var error: String

  /// Makes a reading; an answer by default.
  package init(
    status: Int = 0, http: Int = 200, url: String, seconds: Double = 0, text: String = "",
    error: String = ""
  ) {
    self.status = status
    self.http = http
    self.url = url
    self.seconds = seconds
    self.text = text
    self.error = error
  }

  /// Whether the answer is a good one (2xx).
  package var isGood: Bool { status == 0 && (200..<300).contains(http) }

  /// What was seen, for messages: `HTTP 503`, or why there was no answer.
  package var observation: String {
    switch (status, http) {
    case (0, _): "HTTP \(http)"
    case (6, _): "the host name does not resolve"
    case (7, _): "connection refused"
    case (22, 400...): "HTTP \(http)"
    case (28, _): "no answer in time"
    case (52, _): "closed without an answer"
    default: error.isEmpty ? "curl ended with status \(status)" : error
    }
  }
}
