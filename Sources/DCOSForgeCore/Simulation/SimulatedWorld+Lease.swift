import ForgeSupport
import ForgePorts
package import ForgeModel

extension SimulatedWorld {
  /// A lease, and whether its holder renews it by itself.
  struct HeldLease: Sendable {
    var lease: Lease
    /// When it was put there.
    var since: Moment
    /// How often a holder that is not dcosforge's own run renews it; nil for one that is dead.
    var interval: Duration?

    /// The lease as it reads at a moment.
    func read(at moment: Moment) -> Lease {
      guard let interval else { return lease }
      let passed = moment.since(since)
      let renewals = passed.wholeMilliseconds / interval.wholeMilliseconds
      var lease = lease
      lease.beat += Int(renewals)
      lease.renewed += renewals * interval.wholeMilliseconds
      return lease
    }
  }

  func lease(of cluster: String) -> Lease? {
    leases.values.first { $0.lease.cluster == cluster }?.read(at: now)
  }

  mutating func createLease(_ wanted: Lease) throws(ForgeError) {
    let name = wanted.domainName
    let other =
      leases.values.first { $0.lease.domainName == name && $0.lease.uuid != wanted.uuid }?.lease
      .uuid ?? domains.values.first { $0.record.name == name }?.record.uuid
    if let other { throw Self.fault("domain exists already with UUID \(other)", on: name) }
    leases[wanted.uuid] = HeldLease(lease: wanted, since: now)
    emit(.hypervisor(verb: "create-lease", object: name))
  }

  mutating func renewLease(_ lease: Lease) -> Bool {
    guard leases[lease.uuid] != nil else { return false }
    leases[lease.uuid]?.lease = lease
    return true
  }

  mutating func removeLease(uuid: String) {
    guard let held = leases.removeValue(forKey: uuid) else { return }
    emit(.hypervisor(verb: "remove-lease", object: held.lease.domainName))
  }
}

extension SimulatedCluster {
  /// Gives the cluster's lease to another run, whoever had it; one that is alive renews it from now
  /// on.
  package func plantLease(_ lease: Lease, renewing interval: Duration? = nil) {
    change { world in
      world.leases = world.leases.filter { $0.value.lease.cluster != lease.cluster }
      world.leases[lease.uuid] = SimulatedWorld.HeldLease(
        lease: lease, since: world.now, interval: interval)
    }
  }
}

extension SimulatedHypervisor {
  /// Reads the lease on a cluster.
  package func lease(of cluster: String) async throws(ForgeError) -> Lease? {
    try await call("lease", cluster) { world throws(ForgeError) in world.lease(of: cluster) }
  }

  package func createLease(_ lease: Lease) async throws(ForgeError) {
    try await call("create-lease", lease.domainName) { world throws(ForgeError) in
      try world.createLease(lease)
    }
  }

  /// Renews a lease, which is no event: it would drown the others.
  package func renewLease(_ lease: Lease) async throws(ForgeError) -> Bool {
    try await call("renew-lease", lease.domainName) { world throws(ForgeError) in
      world.renewLease(lease)
    }
  }

  /// Removes a lease, also in a cancelled task.
  package func removeLease(uuid: String) async throws(ForgeError) {
    try await call("remove-lease", uuid, evenWhenCancelled: true) { world throws(ForgeError) in
      world.removeLease(uuid: uuid)
    }
  }
}
