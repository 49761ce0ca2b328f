/// The traces of DC/OS on a node, as `Resources/Node/dcos.sh` sums them up (`installation`).
public struct DCOSTraces: Codable, Hashable, Sendable {
  /// `absent`, `installing` (it runs, or was interrupted and can go on), `installed` or `broken`.
  public var state: String
  /// The roles under `/etc/mesosphere/roles`, separated by blanks.
  public var roles: String
  /// What speaks for the state.
  public var detail: String

  /// Makes a record.
  public init(state: String, roles: String = "", detail: String = "") {
    self.state = state
    self.roles = roles
    self.detail = detail
  }
}
