/// A systemd unit's state, as `systemctl show` prints it.
public struct UnitState: Hashable, Sendable {
  /// `loaded`, `not-found`, `masked`, `error`.
  public var load: String
  /// `active`, `inactive`, `activating`, `deactivating`, `failed`.
  public var active: String
  /// The finer state, such as `running`, `auto-restart` or `start-pre`.
  public var sub: String
  /// The exit status of the last main process; nil for units without one.
  public var mainStatus: Int?

  /// Makes a state.
  public init(load: String, active: String, sub: String, mainStatus: Int? = nil) {
    self.load = load
    self.active = active
    self.sub = sub
    self.mainStatus = mainStatus
  }

  /// Reads the output of `systemctl show` for several units: blocks of `Key=value` lines.
  public static func parse(_ output: String) -> [String: UnitState] {
    var states: [String: UnitState] = [:]
    for block in output.split(separator: "\n\n") {
      var values: [String: String] = [:]
      for line in block.split(whereSeparator: \.isNewline) {
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
      }
      guard let id = values["Id"] else { continue }
      states[id] = UnitState(
        load: values["LoadState"] ?? "", active: values["ActiveState"] ?? "",
        sub: values["SubState"] ?? "", mainStatus: values["ExecMainStatus"].flatMap { Int($0) })
    }
    return states
  }
}

/// Everything that one exchange reads of a node's components.
public struct HealthReading: Hashable, Sendable {
  /// How far DC/OS is installed.
  public var installation: DCOSTraces
  /// The units by name.
  public var units: [String: UnitState]
  /// What listens.
  public var sockets: [ListeningSocket]
  /// The master's own ZooKeeper; nil on agents.
  public var zooKeeper: ZooKeeperAnswer?
  /// The query for `ready.spartan`.
  public var dns: DNSRecord
  /// DC/OS's own checks.
  public var checks: ChecksRecord
  /// The answers of the probes.
  public var probes: [HealthProbe.Kind: HTTPReading]

  /// The DNS query (`dns`).
  public struct DNSRecord: Codable, Hashable, Sendable {
    /// The exit status of `dig` or `ping`.
    public var status: Int
    /// What it printed.
    public var text: String

    /// Makes a record.
    public init(status: Int = 0, text: String = "127.0.0.1\n") {
      self.status = status
      self.text = text
    }
  }

  /// DC/OS's own checks (`checks`).
  public struct ChecksRecord: Codable, Hashable, Sendable {
    /// The exit status: 0 good, 1 warning, 2 critical, 3 and more unknown; 124 when it took too long.
    public var status: Int
    /// Its JSON.
    public var text: String
    /// What it complained of.
    public var error: String

    /// Makes a record.
    public init(status: Int = 0, text: String = "", error: String = "") {
      self.status = status
      self.text = text
      self.error = error
    }
  }

  /// The output of a tool (`units`, `sockets`).
  public struct Text: Codable, Sendable {
    /// The output.
    public var text: String

    /// Makes a record.
    public init(text: String) { self.text = text }
  }

  /// The answer of a probe (`probe`); besides this it holds an ``HTTPReading``.
  public struct Probe: Codable, Sendable {
    /// What was asked.
    public var name: HealthProbe.Kind
    /// The answer.
    public var reading: HTTPReading

    /// Makes a record.
    public init(name: HealthProbe.Kind, reading: HTTPReading) {
      self.name = name
      self.reading = reading
    }

    private enum Key: CodingKey { case name }

    /// Reads both from one object.
    public init(from decoder: any Decoder) throws {
      name = try decoder.container(keyedBy: Key.self).decode(HealthProbe.Kind.self, forKey: .name)
      reading = try HTTPReading(from: decoder)
    }

    /// Writes both into one object.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(name, forKey: .name)
      try reading.encode(to: encoder)
    }
  }

  /// Reads the output of ``NodeTask/readHealth(_:)``; throws category `step` when it is torn.
  public init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    let action = "reading the health"
    let name = node.description
    let report = try NodeReport(result, of: action, on: name)
    installation = try report.record("installation", of: action, on: name)
    let units: Text = try report.record("units", of: action, on: name)
    self.units = UnitState.parse(units.text)
    let sockets: Text = try report.record("sockets", of: action, on: name)
    self.sockets = ListeningSocket.parse(sockets.text)
    zooKeeper = report.records("zookeeper", as: ZooKeeperAnswer.Record.self).last
      .map(ZooKeeperAnswer.init)
    dns = try report.record("dns", of: action, on: name)
    checks = try report.record("checks", of: action, on: name)
    probes = [:]
    for probe in report.records("probe", as: Probe.self) { probes[probe.name] = probe.reading }
  }
}
