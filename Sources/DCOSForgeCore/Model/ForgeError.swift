/// Why something could not be done: what failed, on what, what was seen, and what to do.
///
/// Faults in the operator's input are ``Diagnostic`` values instead, because they carry positions
/// and come all at once.
package struct ForgeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of fault; it decides the exit code.
  package enum Category: String, Sendable, CaseIterable {
    /// A fault of dcosforge itself.
    case internalFault = "internal"
    /// The cluster file or the command line.
    case configuration
    /// libvirt, or the host behind it.
    case hypervisor
    /// A node does not answer.
    case unreachable
    /// A step failed on a node that answers.
    case step
    /// A gate or wait ran out of time.
    case timeout
    /// dcosforge will not do it: a foreign object, a missing confirmation, lost quorum.
    case refused
    /// Another run holds the cluster.
    case locked
    /// The operator stopped the run.
    case interrupted
  }

  /// What a retry would bring.
  package enum Disposition: String, Sendable {
    /// The same again may work.
    case retry
    /// It will work after somebody changed something.
    case afterFix
    /// It will never work.
    case final
  }

  /// The kind of fault.
  package var category: Category
  /// What a retry would bring.
  package var disposition: Disposition
  /// What failed, in one clause without a final stop.
  package var summary: String
  /// On what: a node, a libvirt object, a file; empty when the summary says it.
  package var subject: String
  /// What was seen last: an error text, a value, the tail of an output.
  package var observed: String
  /// What to do next.
  package var advice: String
  /// The single faults, when a check found several at once; `observed` names them too.
  package var findings: [Finding] = []

  /// One of several faults.
  package struct Finding: Hashable, Sendable {
    /// What was looked at.
    package var check: String
    /// What was seen.
    package var detail: String
    /// What to do about it; empty when that is not known.
    package var fix: String

    package init(check: String, detail: String, fix: String) {
      self.check = check
      self.detail = detail
      self.fix = fix
    }
  }

  package init(
    _ category: Category, _ summary: String, on subject: String = "", observed: String = "",
    advice: String = "", disposition: Disposition = .afterFix
  ) {
    self.category = category
    self.disposition = disposition
    self.summary = summary
    self.subject = subject
    self.observed = observed
    self.advice = advice
  }

  /// The one-line form: subject, summary, observation.
  package var description: String {
    let head = subject.isEmpty ? summary : "\(subject): \(summary)"
    return observed.isEmpty ? head : "\(head): \(observed)"
  }
}

/// The exit codes of the executable.
package enum ExitStatus: Int32, Sendable, CaseIterable {
  /// Done, healthy, no changes.
  case success = 0
  /// A fault of dcosforge itself.
  case internalFault = 1
  /// `plan`: changes exist.
  case changes = 2
  /// Configuration or usage.
  case configuration = 3
  /// libvirt or its host.
  case hypervisor = 4
  /// A node does not answer.
  case unreachable = 5
  /// A step failed on a node.
  case step = 6
  /// A gate or wait ran out of time.
  case timeout = 7
  case refused = 8
  /// Locked by another run.
  case locked = 9
  /// `status`: degraded.
  case degraded = 10
  /// `status`: down.
  case down = 11
  /// `status`: could not be asked.
  case unknown = 12
  /// Stopped by the operator.
  case interrupted = 130
}

extension ExitStatus {
  /// Whether a run that ends so leaves something to explain on the cluster's side.
  package var callsForEvidence: Bool {
    switch self {
    case .internalFault, .hypervisor, .unreachable, .step, .timeout: true
    case .success, .changes, .configuration, .refused, .locked, .degraded, .down, .unknown,
      .interrupted:
      false
    }
  }
}

extension ForgeError {
  /// The error of work that the operator stopped.
  package static let stopped = ForgeError(
    .interrupted, "stopped by the operator",
    advice: "run up again: it continues where this run ended",
    disposition: .final)

  /// The exit code that a command ends with when this error is its cause.
  package var exitStatus: ExitStatus {
    switch category {
    case .internalFault: .internalFault
    case .configuration: .configuration
    case .hypervisor: .hypervisor
    case .unreachable: .unreachable
    case .step: .step
    case .timeout: .timeout
    case .refused: .refused
    case .locked: .locked
    case .interrupted: .interrupted
    }
  }
}
