package import ForgeModel

/// Where the releases differ, each named once.
///
/// Source: the tags 1.11.0 to 2.2.1 of `dcos/dcos`.
extension DCOSVersion {
  /// Whether it belongs to the branches whose rules are known here: 1.11 to 2.2.
  package var isSupported: Bool { self >= DCOSVersion(1, 11, 0) && self < DCOSVersion(2, 3, 0) }

  /// From 1.12 on telegraf takes the place of dcos-metrics, and dcos-check-runner runs the checks.
  package var hasTelegraf: Bool { self >= DCOSVersion(1, 12, 0) }
  /// From 1.13 on fluent-bit ships logs.
  package var hasFluentBit: Bool { self >= DCOSVersion(1, 13, 0) }
  /// From 1.13 on bouncer (over cockroach) takes the place of dcos-oauth.
  package var hasBouncer: Bool { self >= DCOSVersion(1, 13, 0) }
  /// From 2.1 on there are calico and etcd.
  package var hasCalico: Bool { self >= DCOSVersion(2, 1, 0) }
  /// Up to 2.0 there is dcos-history.
  package var hasHistory: Bool { self < DCOSVersion(2, 1, 0) }

  /// Up to 2.1 masters report to the makers by dcos-signal.
  var hasSignal: Bool { self < DCOSVersion(2, 2, 0) }

  /// From 2.0 on (Mesos 1.9) the master drains agents itself.
  package var drainsAgents: Bool { self >= DCOSVersion(2, 0, 0) }

  /// Whether the installer's preflight takes docker-init's version for Docker's, which fails
  /// every Docker from 19.03 on.
  package var misreadsDockerVersion: Bool {
    switch (major, minor) {
    case (1, 11): patch <= 11
    case (1, 12): patch <= 4
    case (1, 13): patch <= 3
    default: false
    }
  }

  /// Whether the installer's preflight demands the group `nogroup`.
  package var demandsNogroup: Bool {
    switch (major, minor) {
    case (1, 11): patch <= 11
    case (1, 12): patch <= 4
    case (1, 13): patch <= 5
    default: false
    }
  }

  /// Whether SELinux may enforce the `targeted` policy.
  package var allowsEnforcingSELinux: Bool { self >= DCOSVersion(1, 12, 0) }

  /// How many masters must serve before the release's own services go on.
  package var masterStart: MasterStart {
    switch (major, minor, patch) {
    case (2, 1, 1...), (2, 2..., _), (3..., _, _): .localServer
    case (2, 0, 6...): .majority
    default: .allMasters
    }
  }

  /// What the services of a master wait for (`dcos_internal_utils/exhibitor.py`).
  package enum MasterStart: Sendable {
    /// Exhibitor says that all masters serve and exactly one leads.
    case allMasters
    /// Exhibitor says that a majority serves and exactly one leads.
    case majority
    /// The master's own ZooKeeper leads or follows.
    case localServer
  }
}
