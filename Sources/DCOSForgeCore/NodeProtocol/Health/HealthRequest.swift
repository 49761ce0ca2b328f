package import ForgeModel

/// What is asked of a node and its DC/OS components.
package struct HealthRequest: Hashable, Sendable {
  /// The node's role.
  package var role: NodeRole
  /// The release.
  package var version: DCOSVersion
  /// The node's own address: Mesos and ZooKeeper listen there, not on the loopback.
  package var address: IPv4Address
  /// On a master, the addresses of the others: tried when ZooKeeper does not serve.
  package var peers: [IPv4Address]
  /// Whether DC/OS's own checks are run; otherwise the outcome of their last run by timer counts.
  package var runsChecks: Bool
  /// How long the node may take for everything, in seconds; what takes longer is left out.
  package var seconds: Int

  /// Makes a request.
  package init(
    role: NodeRole, version: DCOSVersion, address: IPv4Address, peers: [IPv4Address] = [],
    runsChecks: Bool = false, seconds: Int = 8
  ) {
    self.role = role
    self.version = version
    self.address = address
    self.peers = peers
    self.runsChecks = runsChecks
    self.seconds = seconds
  }
}
