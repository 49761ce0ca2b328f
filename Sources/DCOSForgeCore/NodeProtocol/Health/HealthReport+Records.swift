import ForgeModel
import FoundationEssentials

/// What ``NodeTask/readHealth(_:)`` prints.
extension HealthReport {
  /// The kind of the ``InstallationRecord``.
  static let installation = "installation"

  /// What a command of the node is asked, by the kind of its ``OutcomeRecord``.
  package enum Question: String, Sendable {
    /// The units' states, as `systemctl show` prints them.
    case units
    /// The room of file systems.
    case disk
    /// The node's own addresses.
    case addresses
    /// The ARP table.
    case neighbours
    /// A ping of the Docker daemon.
    case docker
    /// The rules of the packet filter.
    case filter
    /// DC/OS's `detect_ip`.
    case detect
    /// The query for `ready.spartan`.
    case dns
    /// DC/OS's own checks.
    case checks
  }

  /// How a command ended, and what it printed: the records of ``Question``.
  package struct OutcomeRecord: Codable, Hashable, Sendable {
    /// The exit status; 124 when it took too long.
    @InRange<NodeNumbers.ExitStatus> package var status: Int
    /// What it printed.
    package var text: String
    /// What it complained of.
    package var error: String

    /// Makes an outcome.
    package init(status: Int = 0, text: String = "", error: String = "") {
      self.status = status
      self.text = text
      self.error = error
    }
  }

  /// The node's calendar time in milliseconds since 1970 (`time`).
  package struct TimeRecord: Codable, Hashable, Sendable {
    /// The kind under which it is printed.
    package static let kind = "time"

    /// When the script began.
    @InRange<NodeNumbers.EpochMilliseconds> package var began: Int64
    /// When it ended.
    @InRange<NodeNumbers.EpochMilliseconds> package var ended: Int64

    /// Makes a record.
    package init(began: Int64, ended: Int64) {
      self.began = began
      self.ended = ended
    }

    /// The line that the script prints last but one.
    var line: String { #"{"record":"\#(Self.kind)","began":\#(began),"ended":\#(ended)}"# + "\n" }
  }

  /// Whether a port of another master was reached (`knock`).
  package struct KnockRecord: Codable, Hashable, Sendable {
    static let kind = "knock"

    /// The other master's address.
    package var server: String
    /// The port.
    @InRange<NodeNumbers.Port> package var port: Int
    /// 0 when TCP got through, 124 when nothing came back.
    @InRange<NodeNumbers.ExitStatus> package var status: Int
    /// What the shell complained of.
    package var error: String

    /// Makes a record.
    package init(server: String, port: Int, status: Int, error: String = "") {
      self.server = server
      self.port = port
      self.status = status
      self.error = error
    }

    /// Whether no packet came back at all: not even a refusal.
    package var isSilent: Bool { status == 124 || status == 137 }
  }

  /// The answer of a probe (`probe`); besides this it holds an ``HTTPReading``.
  package struct ProbeRecord: Codable, Hashable, Sendable {
    static let kind = "probe"

    /// What was asked.
    package var name: HealthProbe.Kind
    /// The answer.
    package var reading: HTTPReading

    /// Makes a record.
    package init(name: HealthProbe.Kind, reading: HTTPReading) {
      self.name = name
      self.reading = reading
    }

    private enum Key: CodingKey { case name }

    /// Reads both from one object.
    package init(from decoder: any Decoder) throws {
      name = try decoder.container(keyedBy: Key.self).decode(HealthProbe.Kind.self, forKey: .name)
      reading = try HTTPReading(from: decoder)
    }

    /// Writes both into one object.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(name, forKey: .name)
      try reading.encode(to: encoder)
    }
  }

  /// A record of the script, the time aside.
  package enum Record {
    /// How far DC/OS is installed.
    case installation(InstallationRecord)
    /// The clock.
    case clock(ClockRecord)
    /// The outcome of a command.
    case outcome(Question, OutcomeRecord)
    /// The master's own ZooKeeper.
    case zooKeeper(ZooKeeperAnswer.Record)
    /// Another master's port.
    case knock(KnockRecord)
    /// A probe's answer.
    case probe(ProbeRecord)

    /// The kind under which it is printed.
    package var kind: String {
      switch self {
      case .installation: HealthReport.installation
      case .clock: ClockRecord.kind
      case .outcome(let question, _): question.rawValue
      case .zooKeeper: ZooKeeperAnswer.Record.kind
      case .knock: KnockRecord.kind
      case .probe: ProbeRecord.kind
      }
    }

    /// The line that the script prints.
    package var line: String {
      switch self {
      case .installation(let record): NodeReport.line(kind, record)
      case .clock(let record): NodeReport.line(kind, record)
      case .outcome(_, let record): NodeReport.line(kind, record)
      case .zooKeeper(let record): NodeReport.line(kind, record)
      case .knock(let record): NodeReport.line(kind, record)
      case .probe(let record): NodeReport.line(kind, record)
      }
    }
  }

  /// The output of a script that printed these lines, and then the time (nil: it stands among
  /// them).
  package static func text(_ lines: String, _ time: TimeRecord?) -> String {
    lines + (time?.line ?? "") + NodeReport.end
  }
}
