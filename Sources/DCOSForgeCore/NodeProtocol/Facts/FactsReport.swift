package import ForgeModel

/// What a node says of itself, taken in one exchange.
package struct FactsReport: Hashable, Sendable {
  /// The node's own host name.
  package var hostname: String
  /// The prerequisites, each with its state.
  package var prerequisites: [PrerequisiteRecord]
  /// The clock; nil when it could not be read.
  package var clock: ClockRecord?
  /// Whether the clock's service has what the ``TimeSettings`` of the request say.
  package var isTimeSet: Bool
  /// How far DC/OS is installed.
  package var dcos: DCOSState
  /// The inputs of what DC/OS was installed from, as in ``Generation/inputs``; nil where it never
  /// was.
  package var installedFrom: String?
  /// On the bootstrap node: the inputs of the last good generation, as in ``Generation/inputs``.
  package var generated: String?
  /// On the bootstrap node: the SHA-256 of `dcos_install.sh` when the container serves that
  /// generation now.
  package var served: SHA256Sum?

  /// Makes a record.
  package init(
    hostname: String, prerequisites: [PrerequisiteRecord], clock: ClockRecord?, isTimeSet: Bool,
    dcos: DCOSState, installedFrom: String? = nil, generated: String? = nil,
    served: SHA256Sum? = nil
  ) {
    self.hostname = hostname
    self.prerequisites = prerequisites
    self.clock = clock
    self.isTimeSet = isTimeSet
    self.dcos = dcos
    self.installedFrom = installedFrom
    self.generated = generated
    self.served = served
  }
}

/// How far DC/OS is installed on a node.
///
/// Set-up has finished when `/opt/mesosphere/active` exists and the marker
/// `/opt/mesosphere/bootstrap` does not (DC/OS `pkgpanda/actions.py` removes the marker last).
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
  package var isFinished: Bool {
    if case .installed = self { true } else { false }
  }
}
