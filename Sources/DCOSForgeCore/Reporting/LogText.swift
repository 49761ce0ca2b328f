package import ForgeSupport
package import ForgeNodeProtocol
package import ForgeModel
internal import FoundationEssentials

/// Log entries as lines for people: node, time, unit, message.
package struct LogText: Sendable {
  private let nodes: [NodeName]
  private let nodeWidth: Int
  private let unitWidth: Int
  private let style: TextStyle

  /// The widest that the column of units becomes, in characters.
  static let widestUnit = 22

  /// Makes a form whose columns fit the nodes and units that are read.
  package init(nodes: [NodeName], units: [String], style: TextStyle) {
    self.nodes = nodes
    self.style = style
    nodeWidth = nodes.map(\.description.count).max() ?? 0
    unitWidth = min(Self.widestUnit, units.map { Self.brief($0).count }.max() ?? 0)
  }

  /// The lines of an entry: one for each line of its message.
  package func lines(_ entry: LogEntry) -> [TerminalText] {
    let name = entry.node.description.padded(to: nodeWidth)
    let head =
      style.tinted(name, nodes.firstIndex(of: entry.node) ?? 0) + "  "
      + style.dim(LogRecord.iso(entry.microseconds)) + "  "
      + TerminalText(Self.brief(entry.unit).cut(to: Self.widestUnit).padded(to: unitWidth)) + "  "
    let lines = ReportText.plain(entry.message)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let isBad = entry.priority.map { $0 <= 3 } ?? false
    return lines.map { head + (isBad ? style.red($0) : TerminalText($0)) }
  }

  /// The unit without what all have.
  private static func brief(_ unit: String) -> String {
    (unit.hasSuffix(".service") ? String(unit.dropLast(".service".count)) : unit).printable
  }
}

/// A log entry as one flat JSON object: a line of `logs --output json`, schema 1.
package struct LogRecord: Codable, Hashable, Sendable {
  /// The version of this form.
  package var schema = 1
  package var node: String
  /// The time, ISO 8601 in UTC with microseconds.
  package var time: String
  /// Microseconds since 1970-01-01 00:00 UTC.
  package var timestampMicroseconds: Int64
  /// The unit with its suffix, or the container.
  package var unit: String
  package var pid: Int?
  /// syslog's priority, 0 to 7.
  package var priority: Int?
  /// What the program calls itself.
  package var identifier: String?
  package var message: String

  enum CodingKeys: String, CodingKey {
    case schema, node, time
    case timestampMicroseconds = "timestamp_us"
    case unit, pid, priority, identifier, message
  }

  /// Flattens an entry.
  package init(_ entry: LogEntry) {
    node = entry.node.description
    time = Self.iso(entry.microseconds)
    timestampMicroseconds = entry.microseconds
    unit = entry.unit
    pid = entry.pid
    priority = entry.priority
    identifier = entry.identifier
    message = entry.message
  }

  /// The object on one line.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try? encoder.encode(self)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// A time with all its digits.
  static func iso(_ microseconds: Int64) -> String {
    let (seconds, micro) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let rest = String(micro)
    let date = Date(timeIntervalSince1970: Double(seconds))
    let text = date.formatted(Date.ISO8601FormatStyle())
    return text.dropLast() + "." + String(repeating: "0", count: max(0, 6 - rest.count)) + rest
      + "Z"
  }
}
