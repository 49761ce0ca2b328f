import FoundationEssentials

/// How `curl` fared with one URL.
package struct HTTPReading: Codable, Hashable, Sendable {
  /// The exit status of `curl`; 0 says only that an answer came.
  @InRange<NodeNumbers.ExitStatus> package var status: Int
  /// The answer's status code; 0 when none came.
  @InRange<NodeNumbers.HTTPStatus> package var http: Int
  /// The URL that answered in the end, after redirects.
  package var url: String
  /// The body, cut to the length that the script allows.
  package var text: String
  /// What `curl` complained of.
  package var error: String

  /// Makes a reading; an answer by default.
  package init(
    status: Int = 0, http: Int = 200, url: String, text: String = "", error: String = ""
  ) {
    self.status = status
    self.http = http
    self.url = url
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
