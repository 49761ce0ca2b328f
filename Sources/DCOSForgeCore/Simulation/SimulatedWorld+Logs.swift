import ForgeSupport
import ForgePorts
import ForgeNodeProtocol
package import ForgeModel
import ForgeEvents
import ForgeDCOS
import FoundationEssentials

/// What `logs.sh` and `evidence.sh` print on a simulated node.
extension SimulatedWorld {
  /// A line of a node's journal.
  struct JournalLine: Sendable {
    var moment: Moment
    var node: NodeName
    var unit: String
    var text: String
  }

  /// How long one exchange follows a simulated journal.
  static let followTime = Duration.seconds(20)

  /// What units write to their nodes' journals at an event.
  func journalLines(_ event: WorldEvent) -> [JournalLine] {
    func line(_ node: NodeName, _ unit: String, _ text: String) -> JournalLine {
      JournalLine(moment: event.moment, node: node, unit: unit, text: text)
    }
    switch event.kind {
    case .changed(let node, "docker:service"):
      return [line(node, "docker.service", "Daemon has completed initialization")]
    case .dcos(let node, let state): return [line(node, "dcos-setup.service", "DC/OS: \(state)")]
    case .taskFinished(let node, .generate, let status):
      return [line(node, LogSource.generateUnit, "ended: \(status)")]
    case .ensemble(let leader, let serving):
      return serving.map {
        line($0, "dcos-exhibitor.service", "ZooKeeper: \($0 == leader ? "LEADING" : "FOLLOWING")")
      }
    case .exhibitor(let node, let serving):
      return [line(node, "dcos-exhibitor.service", "Exhibitor: \(serving) serving")]
    case .mesosLeader(let node?):
      return [line(node, "dcos-mesos-master.service", "Elected as the leading master!")]
    case .registered(let node):
      return [line(node, "dcos-mesos-slave.service", "Registered with the leading master")]
    default: return []
    }
  }

  /// The fields that `journalctl -o json` prints.
  private struct Fields: Encodable, Hashable {
    var cursor: String
    var time: String
    var message: String
    var unit: String
    let pid = "1"
    let priority = "6"

    enum CodingKeys: String, CodingKey {
      case cursor = "__CURSOR"
      case time = "__REALTIME_TIMESTAMP"
      case message = "MESSAGE"
      case unit = "_SYSTEMD_UNIT"
      case pid = "_PID"
      case priority = "PRIORITY"
    }
  }

  private struct Head: Encodable, Hashable { var now: Int64 }
  private struct Source: Encodable, Hashable {
    var name: String
    var status = 0
  }

  /// Calendar time in microseconds since 1970-01-01 00:00 UTC.
  private func microseconds(_ moment: Moment) -> Int64 {
    (VirtualClock.calendarStart + moment.sinceStart.wholeMilliseconds) * 1000
  }

  func logs(_ request: LogRequest, _ node: SimulatedNode) -> CommandResult {
    let clock = microseconds(now) / 1_000_000
    var text = NodeReport.line("journal", Head(now: clock))
    if !request.units.isEmpty {
      var lines = journalText(request, node, clock)
      if !request.follows { lines = lines.suffix(request.lines ?? lines.count).reversed() }
      text += lines.joined() + NodeReport.line("source", Source(name: "journal"))
    }
    if request.container != nil {
      let source = Source(name: "container", status: node.serving == nil ? 1 : 0)
      text += NodeReport.line("source", source)
    }
    return Self.printed(text + NodeReport.end)
  }

  private func journalText(
    _ request: LogRequest, _ node: SimulatedNode, _ clock: Int64
  ) -> [String] {
    let first = request.cursor.flatMap { Int($0) }.map { $0 + 1 } ?? 0
    let start =
      switch request.start {
      case .epoch(let seconds): seconds
      case .secondsAgo(let seconds): clock - seconds
      case nil: Int64.min
      }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return journal.indices.dropFirst(first).compactMap { index in
      let line = journal[index]
      let time = microseconds(line.moment)
      guard line.node == node.name, request.units.contains(line.unit), time / 1_000_000 >= start
      else { return nil }
      let fields = Fields(
        cursor: String(index), time: String(time), message: line.text, unit: line.unit)
      return (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) + "\n" }
    }
  }

  // MARK: evidence

  func evidence(_ request: EvidenceRequest, _ node: SimulatedNode) -> CommandResult {
    let own = journal.filter { $0.node == node.name }.map { line in
      // As `journalctl -o short-iso`.
      "\(EventRecord.iso(microseconds(line.moment) / 1000)) \(node.hostname) \(line.unit)[1]: "
        + "\(line.text)\n"
    }
    var parts: [(name: String, text: String, status: Int)] = [
      ("system", "boot \(node.boots) of \(node.hostname)\n", 0),
      ("units", "docker.service: \(node.isRight("docker:service") ? "active" : "inactive")\n", 0),
      ("journal", own.joined(), 0),
      ("addresses", "\(node.address?.description ?? "none")\n", 0),
    ]
    if request.role == .master {
      let serves = node.address.map { ensemble.serving.contains($0) } ?? false
      parts.append(
        (
          "zookeeper-srvr", serves ? "Zookeeper version: 3.4.13\n" : "Connection refused\n",
          serves ? 0 : 1
        ))
    }
    if request.role != .bootstrap { parts.append(("dcos", "\(node.dcos)\n", 0)) }
    return Self.printed(EvidenceReading.reportText(parts))
  }
}

extension SimulatedCluster {
  /// Writes a line to a node's journal, as a unit of it would.
  package func log(_ node: NodeName, unit: String, _ text: String) {
    change { world in
      world.journal.append(.init(moment: world.now, node: node, unit: unit, text: text))
    }
  }
}
