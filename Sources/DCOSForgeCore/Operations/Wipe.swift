/// Removes the machines of nodes, disks included: DC/OS has no uninstall, so this is how a node is
/// made clean.
///
/// The next `up` makes them anew, with the same name, MAC and address.
public struct Wipe: Sendable {
  private let identity: ClusterIdentity
  private let hypervisor: any Hypervisor
  private let retire: @Sendable (NodeName) throws(ForgeError) -> Void

  /// Makes the operation; `retire` forgets the host key of a node whose machine is gone.
  public init(
    _ spec: ClusterSpec, on hypervisor: any Hypervisor,
    retire: @escaping @Sendable (NodeName) throws(ForgeError) -> Void
  ) {
    self.identity = ClusterIdentity(spec)
    self.hypervisor = hypervisor
    self.retire = retire
  }

  /// What would be removed, in words, by node.
  public struct Preview: Hashable, Sendable {
    /// The nodes that have something to remove, in file order.
    public var nodes: [NodeSpec]
    /// Why the removal is refused; nil when nothing speaks against it.
    public var refusal: ForgeError?
  }

  /// Looks what there is to remove and whether the masters keep their quorum; changes nothing.
  ///
  /// Fewer than a majority of running masters would end the ZooKeeper ensemble: that is refused unless all
  /// masters go, or `force` says so.
  public func preview(_ nodes: [NodeSpec], force: Bool) async throws(ForgeError) -> Preview {
    let domains = try await hypervisor.domains()
    let volumes = try await pool()?.volumes ?? []
    for node in nodes {
      if case .foreign(let record) = identity.place(of: node, among: domains) {
        throw ForgeError(
          .refused, "a domain that is not ours has its name", on: node.name.description,
          observed:
            "domain \(record.name) carries no mark of cluster \(identity.spec.name)",
          advice: "dcosforge never removes what it did not make", disposition: .final)
      }
    }
    let present = nodes.filter {
      identity.place(of: $0, among: domains) != .empty
        || !ClusterIdentity.volumes(of: $0.name, among: volumes).isEmpty
    }
    return Preview(
      nodes: present, refusal: force ? nil : quorumRefusal(wiping: nodes, domains: domains))
  }

  private func quorumRefusal(wiping nodes: [NodeSpec], domains: [DomainRecord]) -> ForgeError? {
    let masters = identity.spec.nodes(.master)
    let running = masters.filter { master in
      if case .ours(let record, _) = identity.place(of: master, among: domains) {
        record.state == .running
      } else {
        false
      }
    }
    let left = running.filter { master in !nodes.contains { $0.name == master.name } }
    let majority = masters.count / 2 + 1
    guard left.count < running.count, !left.isEmpty, left.count < majority else { return nil }
    return ForgeError(
      .refused, "would end the ZooKeeper quorum", on: identity.spec.name,
      observed: "\(left.count) of \(masters.count) masters would be left, \(majority) are needed",
      advice: "wipe fewer masters at once, all of them, or insist with --force")
  }

  /// Removes the machines, all at once; each is safe to repeat.
  public func run(_ nodes: [NodeSpec]) async throws(ForgeError) {
    let failures = await withTaskGroup(of: ForgeError?.self) { group in
      for node in nodes {
        group.addTask {
          do throws(ForgeError) {
            try await remove(node)
            return nil
          } catch {
            return error
          }
        }
      }
      return await group.reduce(into: [ForgeError]()) { if let error = $1 { $0.append(error) } }
    }
    if let first = failures.min(by: { $0.description < $1.description }) { throw first }
  }

  private func remove(_ node: NodeSpec) async throws(ForgeError) {
    switch identity.place(of: node, among: try await hypervisor.domains()) {
    case .empty: break
    case .ours(let record, _):
      try await hypervisor.destroyDomain(uuid: record.uuid)
      try await hypervisor.undefineDomain(uuid: record.uuid)
    case .foreign(let record):
      throw ForgeError(
        .refused, "its domain changed hands meanwhile", on: node.name.description,
        observed: "domain \(record.name)", disposition: .final)
    }
    if let pool = try await pool() {
      for volume in ClusterIdentity.volumes(of: node.name, among: pool.volumes) {
        try await hypervisor.deleteVolume(volume, in: pool.name)
      }
    }
    // Last, so that a wipe that was killed leaves nothing that the next `up` could not build on.
    try retire(node.name)
  }

  private func pool() async throws(ForgeError) -> PoolRecord? {
    try await hypervisor.pools().first { $0.uuid == identity.pool.uuid && $0.isActive }
  }
}

/// Removes everything of a cluster from the hypervisor: machines, pool with the base image, network.
public struct Destroy: Sendable {
  private let identity: ClusterIdentity
  private let hypervisor: any Hypervisor

  /// Makes the operation.
  public init(_ spec: ClusterSpec, on hypervisor: any Hypervisor) {
    self.identity = ClusterIdentity(spec)
    self.hypervisor = hypervisor
  }

  /// What the hypervisor holds of the cluster, in words; empty when nothing is left.
  public func inventory() async throws(ForgeError) -> [String] {
    let pools = try await hypervisor.pools().filter { $0.uuid == identity.pool.uuid }
    let networks = try await hypervisor.networks().filter { $0.uuid == identity.networkUUID }
    return try await ownDomains().map { "domain \($0.name)" }
      + pools.map { "pool \($0.name) with \($0.volumes.count) volumes" }
      + networks.map { "network \($0.name)" }
  }

  /// Removes everything that ``inventory()`` names; what is gone already is no error.
  public func run() async throws(ForgeError) {
    for domain in try await ownDomains() {
      try await hypervisor.destroyDomain(uuid: domain.uuid)
      try await hypervisor.undefineDomain(uuid: domain.uuid)
    }
    try await hypervisor.removePool(uuid: identity.pool.uuid)
    try await hypervisor.removeNetwork(uuid: identity.networkUUID)
    let left = try await inventory()
    guard left.isEmpty else {
      throw ForgeError(
        .hypervisor, "not everything could be removed", on: identity.spec.name,
        observed: left.joined(separator: ", "), advice: "run destroy again",
        disposition: .retry)
    }
  }

  /// Domains with the cluster's mark, those of nodes that left the file included.
  private func ownDomains() async throws(ForgeError) -> [DomainRecord] {
    try await hypervisor.domains().filter { $0.mark?.cluster == identity.spec.name }
  }
}
