/// How far DC/OS is installed on a node, as `lib/dcos.sh` finds: a record of ``NodeTask/facts(_:)``
/// (`dcos`), ``NodeTask/preflight(_:)`` and ``NodeTask/readHealth(_:)`` (`installation`).
package struct InstallationRecord: Codable, Hashable, Sendable {
  /// `absent`, `installing` (it runs, or was interrupted and can go on), `installed` or `broken`.
  package var state: String
  /// The roles under `/etc/mesosphere/roles`, separated by blanks.
  package var roles: String
  /// What speaks for the state.
  package var detail: String

  /// Makes a record.
  package init(state: String, roles: String = "", detail: String = "") {
    self.state = state
    self.roles = roles
    self.detail = detail
  }
}
