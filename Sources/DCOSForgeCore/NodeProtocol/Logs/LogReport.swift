package import ForgeModel
import FoundationEssentials

/// Takes the output of ``NodeTask/readLogs(_:)`` apart as it arrives, in chunks that may end
/// anywhere.
///
/// Lines that are no whole entry (torn at a limit, or by a lost connection) are passed over; those
/// that no limit explains are counted.
package struct LogReport: Sendable {
  /// How reading one source ended (`source`).
  private struct SourceRecord: Codable, Hashable {
    static let kind = "source"

    var name: String
    @InRange<NodeNumbers.ExitStatus> var status: Int
  }

  /// The node's clock at the beginning (`journal`).
  private struct HeadRecord: Codable, Hashable {
    static let kind = "journal"

    @InRange<NodeNumbers.EpochSeconds> var now: Int64
  }

  /// The names of the two sources.
  private static let (journalSource, containerSource) = ("journal", "container")

  private let node: NodeName
  private let container: String
  private let decoder = JSONDecoder()
  private var rest: [UInt8] = []
  private var isSkipping = false
  private var received = 0
  /// The beginning of the last line that is no entry.
  private var lastWords: [UInt8] = []
  private var hasComplained = false
  /// The node's clock when it began, in seconds since 1970-01-01 00:00 UTC; nil before it has
  /// reported.
  package private(set) var now: Int64?
  /// What could not be read, in words.
  package private(set) var faults: [String] = []
  /// How many lines of the journal could not be read.
  package private(set) var unreadable = 0
  /// Whether the last line was one of them.
  private var isTorn = false
  /// Whether the node had more than the byte limit, so that the oldest lines are missing.
  package private(set) var isCut = false
  /// Whether the script came to its end.
  package private(set) var isWhole = false

  /// A line longer than this is no entry, in bytes.
  static let lineLimit = 1 << 20

  /// The last line that is no entry: what a program complained of; empty when nothing.
  package var complaint: String {
    ReportText.tail(String(decoding: lastWords, as: UTF8.self))
  }

  /// Begins to read what a node prints.
  package init(_ node: NodeName, container: String? = nil) {
    self.node = node
    self.container = container ?? ""
  }

  /// Reads the whole output of a node, oldest entry first.
  package static func entries(
    in output: String, of node: NodeName, container: String? = nil
  ) -> (entries: [LogEntry], reading: LogReport) {
    var reading = LogReport(node, container: container)
    let found = reading.feed(Array(output.utf8))
    return (sorted(found, container: container), reading)
  }

  /// All entries of an output, oldest first: the journal comes newest first, a container's log
  /// oldest first.
  package static func sorted(_ found: [LogEntry], container: String?) -> [LogEntry] {
    let journal = found.filter { $0.unit != container }.reversed()
    return LogEntry.merged([Array(journal), found.filter { $0.unit == container }])
  }

  /// The output of a script that read these entries of the journal, and a container's log that
  /// ended with that status without a line; nil for what was not asked for.
  package static func text(now: Int64, journal: [LogEntry]?, containerStatus: Int?) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var text = NodeReport.line(HeadRecord.kind, HeadRecord(now: now))
    if let journal {
      for case let line? in journal.map({ try? encoder.encode(PrintedEntry($0)) }) {
        text += String(decoding: line, as: UTF8.self) + "\n"
      }
      text += NodeReport.line(SourceRecord.kind, SourceRecord(name: journalSource, status: 0))
    }
    if let containerStatus {
      let source = SourceRecord(name: containerSource, status: containerStatus)
      text += NodeReport.line(SourceRecord.kind, source)
    }
    return text + NodeReport.end
  }

  /// Takes the next bytes; returns the entries that are whole now, in the order in which they came.
  package mutating func feed(_ bytes: [UInt8]) -> [LogEntry] {
    var entries: [LogEntry] = []
    var from = bytes.startIndex
    while let end = bytes[from...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest.isEmpty ? bytes[from..<end] : (rest + bytes[from..<end])[...]
      rest = []
      if isSkipping { countUnreadable() } else { take(line, &entries) }
      isSkipping = false
      from = end + 1
    }
    if !isSkipping { rest += bytes[from...] }
    if rest.count > Self.lineLimit {
      rest = []
      isSkipping = true
    }
    return entries
  }

  private mutating func take(_ line: ArraySlice<UInt8>, _ entries: inout [LogEntry]) {
    guard let first = line.first else { return }
    if (0x30...0x39).contains(first), let entry = containerEntry(line) {
      entries.append(entry)
      received += line.count + 1
      return
    }
    guard first == UInt8(ascii: "{") else {
      lastWords = Array(line.prefix(300))
      hasComplained = true
      return
    }
    let data = Data(line)
    if let entry = (try? decoder.decode(JournalLine.self, from: data))?.entry(on: node) {
      received += line.count + 1
      isTorn = false
      entries.append(entry)
    } else {
      record(String(decoding: line, as: UTF8.self))
    }
  }

  private mutating func countUnreadable() {
    unreadable += 1
    isTorn = true
  }

  private mutating func record(_ line: String) {
    let report = NodeReport(reading: line)
    if let head = report.records(HeadRecord.kind, as: HeadRecord.self).first {
      now = head.now
    } else if let source = report.records(SourceRecord.kind, as: SourceRecord.self)
      .first
    {
      // The reader had enough: the program ended by SIGPIPE (128 + 13), or saw the broken pipe
      // itself.
      let isFull = source.status == 141 || received > LogRequest.byteLimit - Self.lineLimit / 16
      if isFull {
        isCut = true
        if isTorn { unreadable -= 1 }
      } else if let fault = Self.fault(source) {
        faults.append(fault + (hasComplained ? ": \(complaint)" : ""))
      }
      (received, hasComplained, isTorn) = (0, false, false)
    } else if line == NodeReport.end.dropLast() {
      isWhole = true
    } else {
      countUnreadable()
    }
  }

  private static func fault(_ source: SourceRecord) -> String? {
    let program = source.name == Self.containerSource ? "docker logs" : "journalctl"
    switch source.status {
    case 0: return nil
    case 124, 137: return "\(program) did not end within \(LogRequest.readSeconds) s"
    case 127: return "\(program) is not there"
    default: return "\(program) ended with status \(source.status)"
    }
  }

  /// `2024-05-01T12:30:00.123456789Z text`, as `docker logs --timestamps` prints it.
  private func containerEntry(_ line: ArraySlice<UInt8>) -> LogEntry? {
    let blank = line.firstIndex(of: UInt8(ascii: " ")) ?? line.endIndex
    let stamp = String(decoding: line[..<blank], as: UTF8.self)
    guard let microseconds = Self.microseconds(stamp) else { return nil }
    return LogEntry(
      node: node, microseconds: microseconds, unit: container,
      message: String(decoding: line[blank...].dropFirst(), as: UTF8.self), cursor: stamp)
  }

  private static func microseconds(_ stamp: String) -> Int64? {
    let parts = stamp.split(separator: ".", omittingEmptySubsequences: false)
    let style = Date.ISO8601FormatStyle()
    guard stamp.hasSuffix("Z"), parts.count <= 2,
      let date = try? style.parse(parts.count == 2 ? "\(parts[0])Z" : stamp)
    else { return nil }
    let fraction = parts.count == 2 ? parts[1].dropLast().prefix(6) : ""
    let padded = fraction + String(repeating: "0", count: 6 - fraction.count)
    guard let micro = UInt32(padded),
      let seconds = Int64(exactly: date.timeIntervalSince1970.rounded(.down)),
      NodeNumbers.EpochSeconds.range.contains(seconds)
    else { return nil }
    return seconds * 1_000_000 + Int64(micro)
  }
}
