/// Removes everything of a cluster from the hypervisor: machines, volumes, pool and network.
public struct Destroy: Sendable {
  private let identity: ClusterIdentity
  private let hypervisor: any Hypervisor
  private let keepsImage: Bool

  /// Makes the operation; with `keepsImage` the pool stays, with the base images.
  public init(_ spec: ClusterSpec, on hypervisor: any Hypervisor, keepingImage: Bool = false) {
    self.identity = ClusterIdentity(spec)
    self.hypervisor = hypervisor
    self.keepsImage = keepingImage
  }

  /// What the hypervisor holds of the cluster and would lose, in words; empty when nothing is left.
  public func inventory() async throws(ForgeError) -> [String] {
    let domains = identity.owned(among: try await hypervisor.domains())
    let networks = try await hypervisor.networks().filter { $0.uuid == identity.networkUUID }
    var lines = domains.map { "domain \($0.record.name)" }
    if let pool = try await pool() {
      let contents = try await hypervisor.poolContents(uuid: pool.uuid)
      let going = contents.map { $0.volumes.filter(goes) }
      if !keepsImage {
        lines.append(
          "pool \(pool.name) " + (going.map { "with \($0.count.of("volume"))" } ?? "(stopped)"))
      } else if let going, !going.isEmpty {
        lines.append("\(going.count.of("volume")) of pool \(pool.name)")
      }
    }
    return lines + networks.map { "network \($0.name)" }
  }

  /// Removes everything that ``inventory()`` names, then looks again; what is gone already is no error.
  ///
  /// Throws category `refused`, before anything is removed, when the pool holds volumes that are not ours.
  public func run() async throws(ForgeError) {
    let volumes = try await volumes()
    let foreign = volumes.filter { !ClusterIdentity.isOurs($0) }
    guard keepsImage || foreign.isEmpty else {
      throw ForgeError(
        .refused, "its pool holds volumes that are not ours", on: "pool \(identity.pool.name)",
        observed: foreign.joined(separator: ", "),
        advice: "move them out of \(identity.pool.path), or keep the pool with --keep-image",
        disposition: .final)
    }
    for (record, _) in identity.owned(among: try await hypervisor.domains()) {
      try await hypervisor.destroyDomain(uuid: record.uuid)
      try await hypervisor.undefineDomain(uuid: record.uuid)
    }
    if keepsImage {
      for volume in volumes where goes(volume) {
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

  private func pool() async throws(ForgeError) -> PoolRecord? {
    try await hypervisor.pools().first { $0.uuid == identity.pool.uuid }
  }

  /// The volumes of the pool, which is started: what is in one that stands still nobody knows.
  private func volumes() async throws(ForgeError) -> [String] {
    guard let pool = try await pool() else { return [] }
    if !pool.isActive { try await hypervisor.ensurePool(identity.pool) }
    return try await hypervisor.poolContents(uuid: pool.uuid)?.volumes ?? []
  }
}
