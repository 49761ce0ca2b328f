package import ForgeModel

/// One message of a journal or a container's log.
package struct LogEntry: Hashable, Sendable {
  /// The node that wrote it.
  package var node: NodeName
  /// When, by the node's clock: microseconds since 1970-01-01 00:00 UTC.
  package var microseconds: Int64
  /// The systemd unit with its suffix, or the container.
  package var unit: String
  /// The process.
  package var pid: Int?
  /// syslog's priority: 0 is an emergency, 7 is for debugging.
  package var priority: Int?
  /// What the program calls itself.
  package var identifier: String?
  /// The text, which may have several lines.
  package var message: String
  /// The place of the entry, where reading can go on.
  package var cursor: String

  /// Makes an entry.
  package init(
    node: NodeName, microseconds: Int64, unit: String, pid: Int? = nil, priority: Int? = nil,
    identifier: String? = nil, message: String, cursor: String = ""
  ) {
    self.node = node
    self.microseconds = microseconds
    self.unit = unit
    self.pid = pid
    self.priority = priority
    self.identifier = identifier
    self.message = message
    self.cursor = cursor
  }

  /// All entries by time; what came at the same microsecond stays in the order given.
  package static func merged(_ logs: [[LogEntry]]) -> [LogEntry] {
    logs.joined().enumerated().sorted { one, other in
      (one.element.microseconds, one.offset) < (other.element.microseconds, other.offset)
    }.map(\.element)
  }
}

/// What stands for a message that `journalctl` does not print, because it is longer than 4 KiB.
private let tooLong = "(a message longer than journalctl prints)"

/// A field in `journalctl -o json`: text, bytes that are no UTF-8, nothing when it is too long, or
/// several.
private struct JournalField: Decodable {
  var text: String

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      text = tooLong
    } else if let plain = try? container.decode(String.self) {
      text = plain
    } else if let bytes = try? container.decode([UInt8].self) {
      text = String(decoding: bytes, as: UTF8.self)
    } else {
      text = try container.decode([JournalField].self).map(\.text).joined(separator: "\n")
    }
  }
}

/// The fields of an entry that are shown (systemd.journal-fields(7)).
struct JournalLine: Decodable {
  fileprivate enum CodingKeys: String, CodingKey {
    case cursor = "__CURSOR"
    case time = "__REALTIME_TIMESTAMP"
    case message = "MESSAGE"
    case object = "OBJECT_SYSTEMD_UNIT"
    case about = "UNIT"
    case unit = "_SYSTEMD_UNIT"
    case pid = "_PID"
    case priority = "PRIORITY"
    case identifier = "SYSLOG_IDENTIFIER"
  }

  private var cursor: JournalField
  private var time: JournalField
  private var message: JournalField?
  private var object, about, unit, pid, priority, identifier: JournalField?

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    cursor = try fields.decode(JournalField.self, forKey: .cursor)
    time = try fields.decode(JournalField.self, forKey: .time)
    // A null message is there and too long; any other field that is null says nothing.
    message =
      fields.contains(.message) ? try fields.decode(JournalField.self, forKey: .message) : nil
    func optional(_ key: CodingKeys) throws -> JournalField? {
      try fields.decodeIfPresent(JournalField.self, forKey: key)
    }
    object = try optional(.object)
    about = try optional(.about)
    unit = try optional(.unit)
    pid = try optional(.pid)
    priority = try optional(.priority)
    identifier = try optional(.identifier)
  }

  /// The entry; nil without a time.
  func entry(on node: NodeName) -> LogEntry? {
    guard let microseconds = NodeNumbers.EpochMicroseconds.read(time.text) else { return nil }
    return LogEntry(
      node: node, microseconds: microseconds,
      unit: (object ?? about ?? unit ?? identifier)?.text ?? "",
      pid: pid.flatMap { NodeNumbers.Process.read($0.text) },
      priority: priority.flatMap { NodeNumbers.Priority.read($0.text) },
      identifier: identifier?.text, message: message?.text ?? "", cursor: cursor.text)
  }
}

/// An entry as `journalctl -o json` prints it: every field is text.
struct PrintedEntry: Encodable {
  private let entry: LogEntry

  init(_ entry: LogEntry) {
    self.entry = entry
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: JournalLine.CodingKeys.self)
    try fields.encode(entry.cursor, forKey: .cursor)
    try fields.encode(String(entry.microseconds), forKey: .time)
    try fields.encode(entry.message, forKey: .message)
    try fields.encode(entry.unit, forKey: .unit)
    try fields.encodeIfPresent(entry.pid.map { String($0) }, forKey: .pid)
    try fields.encodeIfPresent(entry.priority.map { String($0) }, forKey: .priority)
    try fields.encodeIfPresent(entry.identifier, forKey: .identifier)
  }
}
