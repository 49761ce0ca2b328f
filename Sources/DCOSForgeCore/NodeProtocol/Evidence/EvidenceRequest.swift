package import ForgeModel

/// What ``NodeTask/collectEvidence(_:)`` must know of its node.
package struct EvidenceRequest: Hashable, Sendable {
  /// The node's role.
  package var role: NodeRole
  /// The release.
  package var version: DCOSVersion
  /// The node's own address.
  package var address: IPv4Address

  /// How long a node may look at itself, in seconds.
  package static let seconds = 30
  /// The most bytes of one part; the end of it is kept.
  package static let byteLimit = 1 << 18

  /// Makes a request.
  package init(role: NodeRole, version: DCOSVersion, address: IPv4Address) {
    self.role = role
    self.version = version
    self.address = address
  }
}
