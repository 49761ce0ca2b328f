import ForgeSupport
import ForgePorts
import ForgePlanning
package import ForgeModel

/// Removes everything of a cluster from the hypervisor: machines, volumes, pool and network.
package struct Destroy: Sendable {
  private let identity: ClusterIdentity
  private let hypervisor: any Hypervisor
  private let keepsImage: Bool

  /// Makes the operation; with `keepsImage` the pool stays, with the base images.
  package init(_ spec: ClusterSpec, context: ForgeContext, keepingImage: Bool = false) {
    self.identity = ClusterIdentity(spec)
    self.hypervisor = context.hypervisor
    self.keepsImage = keepingImage
  }

  /// What the hypervisor holds of the cluster and would lose, in words; empty when nothing is left.
  package func inventory() async throws(ForgeError) -> [String] {
    let domains = identity.owned(among: try await hypervisor.domains())
    let networks = try await hypervisor.networks().filter { $0.uuid == identity.networkUUID }
    let pools = try await hypervisor.pools().filter { $0.uuid == identity.pool.uuid }
    let contents = try await contents()
    return domains.map { "domain \($0.record.name)" }
      + pools.compactMap { inventory(of: $0, contents) }
      + networks.map { "network \($0.name)" }
  }

  /// Removes everything that ``inventory()`` names, then looks again; what is gone already is no
  /// error.
  ///
  /// Throws category `refused`, before anything is removed, when the pool holds volumes that are
  /// not ours.
  package func run() async throws(ForgeError) {
    try await hypervisor.startPool(uuid: identity.pool.uuid)
    let contents = try await contents()
    let foreign = contents?.all.filter { !ClusterIdentity.isOurs($0) } ?? []
    guard keepsImage || foreign.isEmpty else {
      throw ForgeError(
        .refused, "its pool holds volumes that are not ours", on: "pool \(identity.pool.name)",
        observed: foreign.joined(separator: ", "),
        advice: "move them out of its folder, or keep the pool with --keep-image",
        disposition: .final)
    }
    for (record, _) in identity.owned(among: try await hypervisor.domains()) {
      try await hypervisor.destroyDomain(uuid: record.uuid)
      try await hypervisor.undefineDomain(uuid: record.uuid)
    }
    if keepsImage {
      for volume in contents?.all ?? [] where goes(volume) {
        try await hypervisor.deleteVolume(volume, in: identity.pool.name)
      }
    } else {
      try await hypervisor.removePool(uuid: identity.pool.uuid)
    }
    try await hypervisor.removeNetwork(uuid: identity.networkUUID)
    let left = try await inventory()
    guard left.isEmpty else {
      throw ForgeError(
        .hypervisor, "not everything could be removed", on: identity.spec.name,
        observed: left.joined(separator: ", "), advice: "run destroy again",
        disposition: .retry)
    }
  }

  private func goes(_ volume: String) -> Bool {
    ClusterIdentity.isOurs(volume) && !(keepsImage && Blueprint.isBase(volume))
  }

  private func contents() async throws(ForgeError) -> PoolContents? {
    try await hypervisor.poolContents(uuid: identity.pool.uuid)
  }

  private func inventory(of pool: PoolRecord, _ contents: PoolContents?) -> String? {
    guard let contents else { return "what is ours in pool \(pool.name), which is stopped" }
    let count = contents.all.count(where: goes)
    guard keepsImage else { return "pool \(pool.name) with \(count.of("volume"))" }
    return count == 0 ? nil : "\(count.of("volume")) of pool \(pool.name)"
  }
}
