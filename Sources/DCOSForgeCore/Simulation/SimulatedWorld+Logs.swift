import ForgeSupport
import ForgePorts
import ForgeNodeProtocol
package import ForgeModel
import ForgeEvents
import ForgeDCOS

/// What a simulated node prints of its journals, and as evidence.
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

  /// Calendar time in microseconds since 1970-01-01 00:00 UTC.
  private func microseconds(_ moment: Moment) -> Int64 {
    (VirtualClock.calendarStart + moment.sinceStart.wholeMilliseconds) * 1000
  }

  func logs(_ request: LogRequest, _ node: SimulatedNode) -> CommandResult {
    let clock = microseconds(now) / 1_000_000
    var entries = journalEntries(request, node, clock)
    if !request.follows { entries = entries.suffix(request.lines ?? entries.count).reversed() }
    return Self.printed(
      LogReport.text(
        now: clock, journal: request.units.isEmpty ? nil : entries,
        containerStatus: request.container.map { _ in node.serving == nil ? 1 : 0 }))
  }

  private func journalEntries(
    _ request: LogRequest, _ node: SimulatedNode, _ clock: Int64
  ) -> [LogEntry] {
    let first = request.cursor.flatMap { Int($0) }.map { $0 + 1 } ?? 0
    let start =
      switch request.start {
      case .epoch(let seconds): seconds
      case .secondsAgo(let seconds): clock - seconds
      case nil: Int64.min
      }
    return journal.indices.dropFirst(first).compactMap { index in
      let line = journal[index]
      let time = microseconds(line.moment)
      guard line.node == node.name, request.units.contains(line.unit), time / 1_000_000 >= start
      else { return nil }
      return LogEntry(
        node: line.node, microseconds: time, unit: line.unit, pid: 1, priority: 6,
        message: line.text, cursor: String(index))
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
    return Self.printed(EvidenceReport.text(parts))
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
