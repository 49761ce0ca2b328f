package import ForgeModel

/// A systemd unit's state, as `systemctl show` prints it.
package struct UnitState: Hashable, Sendable {
  /// `loaded`, `not-found`, `masked`, `error`.
  package var load: String
  /// `active`, `inactive`, `activating`, `deactivating`, `failed`.
  package var active: String
  /// The finer state, such as `running`, `auto-restart` or `start-pre`.
  package var sub: String
  /// The exit status of the last main process; nil for units without one.
  package var mainStatus: Int?

  /// Makes a state.
  package init(load: String, active: String, sub: String, mainStatus: Int? = nil) {
    self.load = load
    self.active = active
    self.sub = sub
    self.mainStatus = mainStatus
  }

  /// Reads the output of `systemctl show` for several units: blocks of `Key=value` lines.
  package static func parse(_ output: String) -> [String: UnitState] {
    var states: [String: UnitState] = [:]
    var values: [Substring: String] = [:]
    let lines = output.utf8.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines + [""[...].utf8] {
      if let sign = line.firstIndex(of: UInt8(ascii: "=")) {
        values[Substring(line[..<sign])] = String(Substring(line[line.index(after: sign)...]))
      }
      guard line.isEmpty else { continue }
      if let id = values["Id"] {
        states[id] = UnitState(
          load: values["LoadState"] ?? "", active: values["ActiveState"] ?? "",
          sub: values["SubState"] ?? "",
          mainStatus: values["ExecMainStatus"].flatMap(NodeNumbers.ExitStatus.read))
      }
      values = [:]
    }
    return states
  }
}

/// Everything that one exchange reads of a node and its components.
///
/// What had not ended when the node's time was up is nil or empty.
package struct HealthReport: Hashable, Sendable {
  /// How far DC/OS is installed.
  package var installation: InstallationRecord
  /// The node's time at the beginning and the end.
  package var time: TimeRecord?
  /// The clock as the kernel sees it.
  package var clock: ClockRecord?
  /// The file systems under what DC/OS writes to.
  package var disks: [FileSystem]
  /// The guest's own addresses.
  package var addresses: [IPv4Address]?
  /// Who has which address in the node's own ARP table; masters and the bootstrap node report it.
  package var neighbours: [Neighbour]
  /// What the Docker daemon says to a ping.
  package var docker: OutcomeRecord?
  /// The rules of the packet filter.
  package var filter: OutcomeRecord?
  /// What DC/OS's `detect_ip` printed; nil where it is not installed.
  package var detected: OutcomeRecord?
  /// Whether the other masters' ZooKeeper ports were reached; only asked without a quorum.
  package var knocks: [KnockRecord]
  /// The units by name.
  package var units: [String: UnitState]
  /// The master's own ZooKeeper; nil on agents.
  package var zooKeeper: ZooKeeperAnswer?
  /// The query for `ready.spartan`.
  package var dns: OutcomeRecord?
  /// DC/OS's own checks; nil unless they were run.
  package var checks: OutcomeRecord?
  /// The answers of the probes.
  package var probes: [HealthProbe.Kind: HTTPReading]

  /// An entry of the kernel's ARP table that was confirmed within the last minute or is being
  /// confirmed: an older one may report where a machine once was.
  package struct Neighbour: Hashable, Sendable {
    /// The address.
    package var address: IPv4Address
    /// Whose it is.
    package var mac: MACAddress

    /// Reads a line of `ip neighbour`, `10.1.1.49 dev eth0 lladdr 02:dc:0a:01:01:31 REACHABLE`; nil
    /// for anything else.
    package init?(_ line: some StringProtocol) {
      let words = line.split(separator: " ")
      guard let label = words.firstIndex(of: "lladdr"), label + 1 < words.count,
        let address = IPv4Address(words[0]), let mac = MACAddress(words[label + 1])
      else { return nil }
      self.address = address
      self.mac = mac
    }
  }

  /// A file system's room, as `stat -f` prints it.
  package struct FileSystem: Hashable, Sendable {
    /// The path that was asked about.
    package var path: String
    /// Its blocks, and those free for everybody; nil where it gives no such numbers.
    package var blocks: Share?
    /// Its inodes: none where there are none to count; nil where it gives no such numbers.
    package var inodes: Share?

    /// How many there are of something, and how many of them are free.
    package struct Share: Hashable, Sendable {
      /// All of them.
      package var all: Int64
      /// The free ones.
      package var free: Int64

      fileprivate init?(all: Substring, free: Substring) {
        guard let all = NodeNumbers.Size.read(all), let free = NodeNumbers.Size.read(free) else {
          return nil
        }
        (self.all, self.free) = (all, free)
      }
    }

    /// Reads a line `path blocks free inodes freeInodes type`; nil for anything else.
    package init?(_ line: some StringProtocol) {
      let words = line.split(separator: " ")
      guard words.count >= 5 else { return nil }
      path = String(words[0])
      blocks = Share(all: Substring(words[1]), free: Substring(words[2]))
      inodes = Share(all: Substring(words[3]), free: Substring(words[4]))
    }
  }

  /// Reads the output of ``NodeTask/readHealth(_:)``; throws category `step` when it is torn.
  package init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    // Of two readings in the simulation, most differ in the time alone, which stands at the end.
    let output = result.standardOutput.utf8
    let end = String(decoding: output.suffix(100), as: UTF8.self)
    guard result.cache != nil,
      let time = NodeReport(reading: end).records(TimeRecord.kind, as: TimeRecord.self).last,
      end.hasSuffix(time.line + NodeReport.end)
    else {
      self = try Self(whole: result, on: node)
      return
    }
    var timeless = result
    timeless.standardOutput = Self.text(
      String(decoding: output.dropLast((time.line + NodeReport.end).utf8.count), as: UTF8.self),
      TimeRecord(began: 0, ended: 0))
    self = try timeless.reading { (result) throws(ForgeError) in try Self(whole: result, on: node) }
    self.time = time
  }

  private init(whole result: CommandResult, on node: NodeName) throws(ForgeError) {
    let action = "reading the health"
    let name = node.description
    let report = try NodeReport(result, of: action, on: name)
    func outcome(_ question: Question) -> OutcomeRecord? {
      report.records(question.rawValue, as: OutcomeRecord.self).last
    }
    installation = try report.record(Self.installation, of: action, on: name)
    time = report.records(TimeRecord.kind, as: TimeRecord.self).last
    clock = report.records(ClockRecord.kind, as: ClockRecord.self).last
    disks = Self.lines(outcome(.disk)).compactMap { FileSystem($0) }
    addresses = outcome(.addresses).map { Self.lines($0).compactMap(Self.address) }
    neighbours = Self.lines(outcome(.neighbours)).compactMap { Neighbour($0) }
    docker = outcome(.docker)
    filter = outcome(.filter)
    detected = outcome(.detect)
    knocks = report.records(KnockRecord.kind)
    units = UnitState.parse(outcome(.units)?.text ?? "")
    zooKeeper = report.records(
      ZooKeeperAnswer.Record.kind, as: ZooKeeperAnswer.Record.self
    ).last.map(ZooKeeperAnswer.init)
    dns = outcome(.dns)
    checks = outcome(.checks)
    probes = [:]
    for probe in report.records(ProbeRecord.kind, as: ProbeRecord.self) {
      probes[probe.name] = probe.reading
    }
  }

  private static func lines(_ outcome: OutcomeRecord?) -> [Substring] {
    outcome?.text.split(whereSeparator: \.isNewline) ?? []
  }

  /// The address of a line of `ip -o -4 address show`: `2: eth0    inet 10.1.1.49/24 brd …`.
  private static func address(_ line: Substring) -> IPv4Address? {
    let words = line.split(separator: " ")
    guard let inet = words.firstIndex(of: "inet"), inet + 1 < words.count else { return nil }
    return words[inet + 1].split(separator: "/").first.flatMap { IPv4Address($0) }
  }
}
