/// A run that works on a cluster, as it is named to another that finds the cluster locked.
package struct LockHolder: Hashable, Sendable {
  /// Who started it.
  package var user: String
  /// The machine it runs on.
  package var host: String
  /// Its process there.
  package var pid: Int32
  package var command: String
  /// When it began, in milliseconds since 1970-01-01 00:00 UTC by its machine's clock.
  package var since: Int64

  package init(user: String, host: String, pid: Int32, command: String, since: Int64) {
    self.user = user
    self.host = host
    self.pid = pid
    self.command = command
    self.since = since
  }
}

/// The right to change a cluster, as it lies on the hypervisor where runs from every machine see
/// it.
///
/// In libvirt it is a domain that is never started: its name is the cluster's, so there can be only
/// one, and its UUID is the holder's, so that what is done to it is done to nobody else's.
package struct Lease: Hashable, Sendable {
  /// The cluster's name.
  package var cluster: String
  /// The UUID of this holding, lower case with hyphens; every run makes one of its own.
  package var uuid: String
  /// Who holds it.
  package var holder: LockHolder
  /// What says whether the holder had the same kernel lock as the reader, ``ClusterLock/origin``.
  package var origin: String
  /// How often it was renewed: while it moves, the holder lives.
  package var beat: Int
  /// When it was renewed last, in milliseconds since 1970-01-01 00:00 UTC by the holder's clock.
  package var renewed: Int64

  package init(
    cluster: String, uuid: String, holder: LockHolder, origin: String, beat: Int, renewed: Int64
  ) {
    self.cluster = cluster
    self.uuid = uuid
    self.holder = holder
    self.origin = origin
    self.beat = beat
    self.renewed = renewed
  }

  /// libvirt's name of it.
  package var domainName: String { Self.domainName(of: cluster) }

  /// libvirt's name of a cluster's lease.
  package static func domainName(of cluster: String) -> String { domainPrefix + cluster }

  /// What the name of every lease begins with.
  package static let domainPrefix = "dcosforge-lease-"
}
