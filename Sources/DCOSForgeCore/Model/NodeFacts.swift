/// What a node says of itself, taken in one exchange.
package struct NodeFacts: Hashable, Sendable {
  /// The node's own host name.
  package var hostname: String
  /// The prerequisites, each with its state.
  package var prerequisites: [PrerequisiteReport]
  /// The clock.
  package var clock: ClockReading
  /// Whether the clock's service is told what the ``TimeSettings`` of the request say.
  package var isTimeSet: Bool
  /// How far DC/OS is installed.
  package var dcos: DCOSState
  /// The inputs of what DC/OS was installed from, as in ``Generation/inputs``; nil where it never was.
  package var installedFrom: String?
  /// On the bootstrap node: the inputs of the last good generation, as in ``Generation/inputs``.
  package var generated: String?
  /// On the bootstrap node: whether the container serves that generation now.
  package var isServing: Bool

  /// Makes a record.
  package init(
    hostname: String, prerequisites: [PrerequisiteReport], clock: ClockReading, isTimeSet: Bool,
    dcos: DCOSState, installedFrom: String? = nil, generated: String? = nil, isServing: Bool = false
  ) {
    self.hostname = hostname
    self.prerequisites = prerequisites
    self.clock = clock
    self.isTimeSet = isTimeSet
    self.dcos = dcos
    self.installedFrom = installedFrom
    self.generated = generated
    self.isServing = isServing
  }
}

/// One prerequisite on one node.
package struct PrerequisiteReport: Hashable, Codable, Sendable {
  /// What was found or done.
  package enum State: String, Codable, Sendable {
    /// It was right already.
    case satisfied
    /// It was put right.
    case fixed
    /// It is not right; nothing was done about it.
    case missing
    /// It is not right although a fix was tried.
    case failed
    /// It is not as DC/OS wants it, and nothing that dcosforge changes: a warning.
    case noted
  }

  /// A stable name such as `package:unzip`, `docker`, `firewalld`, `selinux`, `group:nogroup`.
  package var item: String
  /// What was found or done.
  package var state: State
  /// The value seen or the tail of the failing command's output.
  package var detail: String

  /// Whether the item still is to be put right.
  package var isToDo: Bool { state == .missing || state == .failed }

  /// Makes a report.
  package init(item: String, state: State, detail: String = "") {
    self.item = item
    self.state = state
    self.detail = detail
  }
}

/// A node's clock as the kernel sees it (`adjtimex`, what DC/OS's check-time asks).
package struct ClockReading: Hashable, Codable, Sendable {
  private enum CodingKeys: String, CodingKey {
    case isSynchronised = "synchronised"
    case errorMilliseconds, source
  }

  /// Whether the kernel counts the clock as synchronised.
  package var isSynchronised: Bool
  /// The estimated error in milliseconds; DC/OS refuses more than 100.
  ///
  /// Nil when it could not be read.
  package var errorMilliseconds: Double?
  /// What disciplines the clock, for messages.
  package var source: String

  /// Makes a reading.
  package init(isSynchronised: Bool, errorMilliseconds: Double?, source: String) {
    self.isSynchronised = isSynchronised
    self.errorMilliseconds = errorMilliseconds
    self.source = source
  }

  /// Whether DC/OS would accept the clock.
  package var isGood: Bool { isSynchronised && (errorMilliseconds ?? 0) <= 100 }
}

/// How far DC/OS is installed on a node.
///
/// Set-up has finished when `/opt/mesosphere/active` exists and the marker `/opt/mesosphere/bootstrap`
/// does not (DC/OS `pkgpanda/actions.py` removes the marker last).
package enum DCOSState: Hashable, Sendable {
  /// No trace of DC/OS.
  case absent
  /// `dcos_install.sh` or dcos-setup still runs.
  case installing
  /// Set-up has finished for the role.
  case installed(NodeRole)
  /// Traces of an installation that neither runs nor has finished; only a wipe helps.
  case broken(String)
}

extension DCOSState {
  /// Whether set-up has finished on the node, for whatever role.
  var isFinished: Bool {
    if case .installed = self { true } else { false }
  }
}
