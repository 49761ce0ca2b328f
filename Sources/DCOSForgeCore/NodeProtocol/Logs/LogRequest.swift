/// What is read of a node's journals, or of one container's log.
package struct LogRequest: Hashable, Sendable {
  /// Where reading begins.
  package enum Start: Hashable, Sendable {
    /// So many seconds before the node's own clock.
    case secondsAgo(Int64)
    /// Seconds since 1970-01-01 00:00 UTC.
    case epoch(Int64)
  }

  /// The systemd units, with their suffixes; none when only a container is read.
  package var units: [String]
  /// The name of a Docker container whose log is read too.
  package var container: String?
  /// The most lines, the newest; nil for as many as the byte limit allows.
  package var lines: Int?
  /// Where to begin; nil for the oldest.
  package var start: Start?
  /// Whether lines of earlier boots are left out.
  package var isThisBootOnly = false
  /// The place after which to go on: a cursor of the journal, or a container's time stamp.
  package var cursor: String?
  /// Whether to wait for what comes, for as long as ``followSeconds``.
  package var follows = false

  /// The most bytes that a node hands over in one exchange, for each of journal and container.
  package static let byteLimit = 4 << 20
  /// How long a node may read what is there already.
  package static let readSeconds = 45
  /// How long one exchange follows; the next one goes on where it ended.
  package static let followSeconds = 600

  /// Makes a request for everything that is there.
  package init(units: [String], container: String? = nil, lines: Int? = nil, start: Start? = nil) {
    self.units = units
    self.container = container
    self.lines = lines
    self.start = start
  }
}
