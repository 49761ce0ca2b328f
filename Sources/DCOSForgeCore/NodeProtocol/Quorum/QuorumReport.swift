package import ForgeModel

/// What a ZooKeeper server answers to `srvr`.
package enum ZooKeeperAnswer: Hashable, Sendable {
  /// The part that a serving server plays.
  package enum Mode: String, Sendable {
    /// It leads the ensemble.
    case leader
    /// It follows the leader.
    case follower
    /// It is alone by configuration.
    case standalone
  }

  /// It serves.
  case serving(Mode, zxid: String)
  /// It runs and has no quorum.
  case notServing
  /// It does not answer; why.
  case unreachable(String)
  /// It answers something else; the beginning of it.
  case garbled(String)

  /// The part it plays; nil unless it serves.
  package var mode: Mode? {
    if case .serving(let mode, _) = self { mode } else { nil }
  }

  /// What was seen, for messages.
  package var observation: String {
    switch self {
    case .serving(let mode, _): mode.rawValue
    case .notServing: "running without a quorum"
    case .unreachable(let reason): "not reached on port 2181 (\(reason))"
    case .garbled(let text): "answered \"\(text)\""
    }
  }

  /// What the script prints for each server (`zookeeper`).
  package struct Record: Codable, Hashable, Sendable {
    static let kind = "zookeeper"

    /// The server's address.
    package var server: String
    /// 0, 124 after the time ran out, else the shell's status.
    @InRange<NodeNumbers.ExitStatus> package var status: Int
    /// The answer.
    package var text: String
    /// What the shell complained of.
    package var error: String

    /// Makes a record.
    package init(server: String, status: Int = 0, text: String = "", error: String = "") {
      self.server = server
      self.status = status
      self.text = text
      self.error = error
    }
  }

  /// Reads a record.
  package init(_ record: Record) {
    var mode: Mode?
    var zxid = ""
    for line in record.text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1).map(ReportText.trimmed)
      guard parts.count == 2 else { continue }
      if parts[0] == "Mode" { mode = Mode(rawValue: parts[1]) }
      if parts[0] == "Zxid" { zxid = parts[1] }
    }
    // An answer that was cut off or came from something else has no mode.
    if let mode, record.status == 0 {
      self = .serving(mode, zxid: zxid)
    } else if record.text.contains("not currently serving requests") {
      self = .notServing
    } else if record.status == 124 || record.status == 137 {
      self = .unreachable("no answer in time")
    } else if !record.text.isEmpty {
      self = .garbled(String(ReportText.trimmed(record.text).prefix(80)))
    } else if record.error.contains("refused") {
      self = .unreachable("connection refused")
    } else if record.error.isEmpty {
      self = .unreachable("closed without an answer")
    } else {
      // bash: /dev/tcp/10.1.1.50/2181: No route to host
      let reason = record.error.split(separator: ":").last.map(ReportText.trimmed) ?? ""
      self = .unreachable(reason)
    }
  }
}

/// What Exhibitor says of the ensemble.
package enum ExhibitorAnswer: Hashable, Sendable {
  /// One server as Exhibitor lists it.
  package struct Server: Hashable, Sendable {
    /// Its address, as it is configured.
    package var hostname: String
    /// 0 latent, 1 down, 2 not serving, 3 serving.
    package var code: Int
    /// The code in words.
    package var description: String
    /// Whether it leads; true for a standalone server as well.
    package var isLeader: Bool

    /// Makes a server.
    package init(hostname: String, code: Int, description: String, isLeader: Bool) {
      self.hostname = hostname
      self.code = code
      self.description = description
      self.isLeader = isLeader
    }
  }

  /// The servers, by host name.
  case servers([Server])
  /// It gave no usable answer; why.
  case failed(String)

  private struct Entry: Decodable {
    var hostname: String
    var code: Int
    var description: String?
    var isLeader: Bool?
  }

  /// Reads the answer to `/exhibitor/v1/cluster/status`.
  package init(_ reading: HTTPReading) {
    guard reading.isGood else {
      self = .failed(reading.observation)
      return
    }
    guard let entries = ReportText.decode([Entry].self, from: reading.text) else {
      self = .failed("no list of servers: \(reading.text.prefix(80))")
      return
    }
    self = .servers(
      entries.map {
        Server(
          hostname: $0.hostname, code: $0.code, description: $0.description ?? "code \($0.code)",
          isLeader: $0.isLeader ?? false)
      }.sorted { $0.hostname < $1.hostname })
  }
}

/// ZooKeeper and Exhibitor as one master sees them, read in one exchange.
package struct QuorumReport: Hashable, Sendable {
  /// The address of the master that looked, as it found it among its own; nil when none of the
  /// masters' addresses is its own.
  package var observer: IPv4Address?
  /// What each server answered, by address.
  package var servers: [IPv4Address: ZooKeeperAnswer]
  /// What Exhibitor on this master says.
  package var exhibitor: ExhibitorAnswer

  /// Which master looked (`observer`).
  package struct ObserverRecord: Codable, Hashable, Sendable {
    static let kind = "observer"

    /// The address; empty when none of the masters' is its own.
    package var address: String

    /// Makes a record.
    package init(address: String) { self.address = address }
  }

  /// The kind of the answer of the master's own Exhibitor.
  private static let exhibitor = "exhibitor"

  /// Makes a report.
  package init(
    observer: IPv4Address?, servers: [IPv4Address: ZooKeeperAnswer], exhibitor: ExhibitorAnswer
  ) {
    self.observer = observer
    self.servers = servers
    self.exhibitor = exhibitor
  }

  /// Reads the output of ``NodeTask/readQuorum(masters:)``; throws category `step` when it is torn.
  package init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    let action = "reading the quorum"
    let report = try NodeReport(result, of: action, on: node.description)
    let observer: ObserverRecord = try report.record(
      ObserverRecord.kind, of: action, on: node.description)
    var servers: [IPv4Address: ZooKeeperAnswer] = [:]
    for record in report.records(
      ZooKeeperAnswer.Record.kind, as: ZooKeeperAnswer.Record.self)
    {
      guard let address = IPv4Address(record.server) else { continue }
      servers[address] = ZooKeeperAnswer(record)
    }
    let exhibitor = report.records(Self.exhibitor, as: HTTPReading.self).last
    self.init(
      observer: IPv4Address(observer.address), servers: servers,
      exhibitor: exhibitor.map(ExhibitorAnswer.init) ?? .failed("was not asked"))
  }

  /// The output of a script that prints these records; a node that is none of the masters asks no
  /// Exhibitor.
  package static func text(
    _ observer: ObserverRecord, servers: [ZooKeeperAnswer.Record], exhibitor answer: HTTPReading?
  ) -> String {
    NodeReport.line(ObserverRecord.kind, observer)
      + servers.map { NodeReport.line(ZooKeeperAnswer.Record.kind, $0) }.joined()
      + (answer.map { NodeReport.line(exhibitor, $0) } ?? "") + NodeReport.end
  }
}
