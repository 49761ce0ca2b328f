import ForgePorts
import ForgeSupport
package import ForgeNodeProtocol
package import ForgeModel
package import ForgeEvents
package import ForgeDCOS

/// Reads and follows the journals of nodes.
package struct Logs: Sendable {
  /// What is read.
  package struct Query: Hashable, Sendable {
    /// The named parts; empty for what a node of its role usually shows.
    package var sources: [LogSource] = []
    /// The most lines of a node, the newest; nil for as many as the byte limit allows.
    package var lines: Int?
    /// Where to begin; nil for the oldest.
    package var start: LogRequest.Start?
    /// Whether lines of earlier boots are left out.
    package var isThisBootOnly = false

    /// Makes a query for everything.
    package init() {}
  }

  /// What was read.
  package struct Report: Sendable {
    /// The entries of all nodes by time, without secrets.
    package var entries: [LogEntry] = []
    /// What could not be read, in the order of the nodes.
    package var failures: [ForgeError] = []
    /// What is missing because it was too much.
    package var notes: [String] = []
  }

  /// The most memory that the entries of all nodes take together, in bytes.
  static let keptLimit = 64 << 20
  /// The most lines of a node: `journalctl` takes 400 bytes or more for one, so 4 MiB hold fewer,
  /// and of a container 20,000 are asked for.
  static let lineLimit = 50_000

  let spec: ClusterSpec
  let connections: NodeConnections
  let clock: any ForgeClock
  let redaction: Redaction

  /// Makes the operation.
  package init(
    _ spec: ClusterSpec, keys: ClusterKeys, context: ForgeContext, redaction: Redaction
  ) {
    self.spec = spec
    self.connections = NodeConnections(spec, keys: keys, shell: context.shell)
    self.clock = context.clock
    self.redaction = redaction
  }

  /// What is asked of a node: units and a container, or nothing.
  package func units(of node: NodeSpec, _ query: Query) -> LogSource.Units {
    query.sources.isEmpty
      ? LogSource.usual(for: node.role, spec.dcos.version)
      : LogSource.units(of: query.sources, for: node.role, spec.dcos.version)
  }

  /// Reads all nodes at once.
  ///
  /// Throws category `configuration` when none of them has what is asked for.
  package func read(
    _ query: Query, on nodes: [NodeSpec]
  ) async throws(ForgeError) -> Report {
    try check(query, nodes)
    let report = await snapshot(query, nodes).report
    await connections.close()
    return report
  }

  func check(_ query: Query, _ nodes: [NodeSpec]) throws(ForgeError) {
    guard nodes.allSatisfy({ units(of: $0, query).isEmpty }) else { return }
    throw ForgeError(
      .configuration, "no chosen node has that component",
      on: nodes.map(\.name.description).joined(separator: ", "),
      advice: "components belong to roles: choose other nodes")
  }

  /// What one node had, and where to go on.
  struct Snapshot: Sendable {
    var entries: [LogEntry]
    var reading: LogReport
    /// Whether more came than was kept.
    var isFull: Bool
    var journalCursor: String?
    var containerCursor: String?
  }

  func snapshot(
    _ query: Query, _ nodes: [NodeSpec]
  ) async -> (report: Report, byNode: [NodeName: Snapshot]) {
    let asked = nodes.filter { !units(of: $0, query).isEmpty }
    let results = await connections.onEach(asked) { (node) async throws(ForgeError) in
      try await snapshot(query, node, room: Self.keptLimit / max(1, asked.count))
    }
    var report = Report()
    var byNode: [NodeName: Snapshot] = [:]
    for node in asked {
      switch results[node.name] {
      case .success(let snapshot):
        byNode[node.name] = snapshot
        report.failures += snapshot.reading.faults.map {
          ForgeError(.step, $0, on: node.name.description)
        }
        let unreadable = snapshot.reading.unreadable
        if unreadable > 0 {
          report.notes.append(
            "\(node.name): \(unreadable) \(unreadable == 1 ? "line" : "lines") could not be read")
        }
        if snapshot.reading.isCut {
          report.notes.append(
            "\(node.name): only the newest \(LogRequest.byteLimit >> 20) MiB are shown; "
              + "name a component or a later --since")
        }
        if snapshot.isFull {
          report.notes.append(
            "\(node.name): all nodes together had more than \(Self.keptLimit >> 20) MiB, "
              + "and some lines are left out; name fewer nodes or a later --since")
        }
      case .failure(let error): report.failures.append(error)
      case nil: break
      }
    }
    var redactor = LogRedactor(redaction)
    report.entries = LogEntry.merged(asked.compactMap { byNode[$0.name]?.entries })
      .map { redactor.redacted($0) }
    return (report, byNode)
  }

  /// Reads what one node has.
  ///
  /// `room` is how much memory its entries may take, in bytes.
  func snapshot(
    _ query: Query, _ node: NodeSpec, room: Int = keptLimit
  ) async throws(ForgeError) -> Snapshot {
    let units = units(of: node, query)
    var request = LogRequest(
      units: units.units, container: units.container, lines: query.lines, start: query.start)
    request.isThisBootOnly = query.isThisBootOnly
    let incoming = Locked(IncomingLogs(node.name, container: units.container, room: room))
    let status = try await connections.stream(
      .readLogs(request), on: node, timeout: .seconds(2 * LogRequest.readSeconds + 10)
    ) { (chunk) throws(ForgeError) in
      try incoming.withLock { (logs) throws(ForgeError) in try logs.take(chunk) }
    }
    let (found, reading, result) = incoming.withLock { ($0.entries, $0.reading, $0.result(status)) }
    let isFull = incoming.withLock(\.isFull)
    guard result.succeeded else {
      throw NodeReport.failure(result, of: "reading the journal", on: node.name.description)
    }
    let entries = LogReport.sorted(found, container: units.container)
    guard reading.isWhole else {
      throw ForgeError(
        .step, "reading the journal was cut off", on: node.name.description,
        observed: NodeReport.tail(result), disposition: .retry)
    }
    return Snapshot(
      entries: entries, reading: reading, isFull: isFull,
      journalCursor: entries.last { $0.unit != units.container }?.cursor,
      containerCursor: entries.last { $0.unit == units.container }?.cursor)
  }
}

/// The logs of one node as they come.
private struct IncomingLogs {
  /// What an entry takes beside its text, in bytes.
  private static let entrySize = 256

  private(set) var reading: LogReport
  private(set) var entries: [LogEntry] = []
  private(set) var isFull = false
  private let node: NodeName
  private var room: Int
  private var errors: [UInt8] = []

  init(_ node: NodeName, container: String?, room: Int) {
    reading = LogReport(node, container: container)
    self.node = node
    self.room = room
  }

  mutating func take(_ chunk: OutputChunk) throws(ForgeError) {
    switch chunk {
    case .standardOutput(let bytes):
      for entry in reading.feed(bytes) {
        room -= Self.entrySize + entry.message.utf8.count + entry.cursor.utf8.count
        if room >= 0 { entries.append(entry) } else { isFull = true }
      }
      guard entries.count + reading.unreadable <= Logs.lineLimit else {
        throw ForgeError(
          .step, "sent more than \(Logs.lineLimit) lines", on: node.description,
          observed: "the rest was not read", advice: "name a component or a later --since")
      }
    case .standardError(let bytes): errors = Array((errors + bytes).suffix(4096))
    }
  }

  func result(_ status: CommandResult.Status) -> CommandResult {
    CommandResult(status: status, standardError: String(decoding: errors, as: UTF8.self))
  }
}

/// Takes the secrets out of entries; one that goes over several entries of a unit is known as well.
struct LogRedactor: Sendable {
  private struct Source: Hashable {
    var node: NodeName
    var unit: String
    var pid: Int?
  }

  private let redaction: Redaction
  private var streams: [Source: Redaction.Stream] = [:]

  init(_ redaction: Redaction) { self.redaction = redaction }

  mutating func redacted(_ entry: LogEntry) -> LogEntry {
    let source = Source(node: entry.node, unit: entry.unit, pid: entry.pid)
    var stream = streams[source] ?? Redaction.Stream(redaction)
    var entry = entry
    entry.message = stream.lines(entry.message)
    streams[source] = stream.isAtRest ? nil : stream
    return entry
  }
}
