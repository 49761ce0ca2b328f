import ForgePlanning
package import ForgeModel

/// Whose things are.
extension InvariantState {
  /// A verb of the hypervisor changes only what carries our UUID or mark.
  func ownership(of object: String, _ verb: String, _ world: SimulatedWorld) -> String? {
    let isOurs: Bool
    switch verb {
    case "ensure-network", "remove-network":
      let there = world.networks.values.first { $0.definition.name == object }
      isOurs =
        object == spec.network.name && (there.map { $0.definition.uuid == networkUUID } ?? true)
    case "ensure-pool", "start-pool", "remove-pool":
      let there = world.pools.values.first { $0.definition.name == object }
      isOurs = object == poolName && (there.map { $0.definition.uuid == poolUUID } ?? true)
    case "create-lease", "remove-lease": isOurs = object == Lease.domainName(of: spec.name)
    case "create-volume", "delete-volume":
      isOurs = object.hasPrefix(poolName + "/")
    default:
      let there = world.domains.values.first { $0.record.name == object }?.record
      guard let record = there ?? former(object)?.record else {
        return "\(verb) of unknown \(object)"
      }
      isOurs = !identity.owned(among: [record]).isEmpty
    }
    return isOurs ? nil : "mark: \(verb) of \(object), which is not ours"
  }

  /// Nothing is changed but by the run that holds the cluster's lease.
  func unlocked(_ event: WorldEvent, _ world: SimulatedWorld) -> String? {
    guard let lease, world.lease(of: spec.name)?.uuid != lease else { return nil }
    return "lock: \(event.kind.line), and the run does not hold the cluster's lease"
  }

  /// A run that has come to its end leaves no lease.
  mutating func leaseLeft(in world: SimulatedWorld) -> String? {
    checks += 1
    return lease == nil || world.lease(of: spec.name) == nil
      ? nil : "lock: the run has ended and left its lease"
  }

  /// A node that is written to is a machine of ours.
  func ownership(of node: NodeName, _ world: SimulatedWorld) -> String? {
    guard let domain = domain(node, world), !identity.owned(among: [domain.record]).isEmpty,
      let definition = domain.definition,
      let disk = world.node(node)?.disk, disk == SimulatedWorld.diskKey(definition)
    else { return "mark: \(node) is written to, but is no machine of ours" }
    return nil
  }

  /// The nodes that the run may change; nil for all and what they share.
  private var changing: Set<NodeName>? {
    switch act {
    case .up(let nodes): nodes
    case .wipe(let nodes): nodes.count == spec.nodes.count ? nil : nodes
    case .destroy: nil
    }
  }

  /// A run that may change some nodes changes no object of others, and none that is shared.
  func idle(_ object: String) -> String? {
    guard let changing else { return nil }
    let name = object.split(separator: "/").last.map(String.init) ?? object
    // A prepared layer comes with the machine that makes it.
    if !changing.isEmpty, PreparedLayer.owns(name) { return nil }
    let isAllowed = changing.contains { node in
      object == "\(spec.name)-\(node)" || object != name && name.hasPrefix("\(node)-")
    }
    return isAllowed ? nil : "idle: \(object) is changed without need"
  }

  /// A run that may change some nodes changes no others.
  func idle(_ node: NodeName) -> String? {
    guard let changing, !changing.contains(node) else { return nil }
    return "idle: \(node) is changed without need"
  }

  /// What is left of the cluster on the hypervisor.
  mutating func leftovers(_ world: SimulatedWorld) -> String? {
    checks += 1
    let domains = world.domains.values.filter {
      $0.record.mark?.cluster == spec.name || nodesByDomain[$0.record.name] != nil
    }.map { "domain \($0.record.name)" }
    let pools = world.pools.values.filter {
      $0.definition.uuid == poolUUID || $0.definition.name == poolName
    }.map { "pool \($0.definition.name) with \($0.volumes.count) volumes" }
    let networks = world.networks.values.filter { $0.definition.uuid == networkUUID }
      .map { "network \($0.definition.name)" }
    let left = (domains + pools + networks).sorted()
    if left.isEmpty { return foreign.violation(in: world) }
    return "nothing left: \(left.joined(separator: ", "))"
  }
}

/// The objects that stand on a hypervisor beside the cluster's.
package struct ForeignObjects: Sendable {
  private var domains: [SimulatedWorld.Domain] = []
  private var networks: [SimulatedWorld.Network] = []
  private var pools: [SimulatedWorld.Pool] = []

  init() {}

  /// Everything that a world holds.
  init(_ world: SimulatedWorld) {
    domains = world.domains.values.sorted { $0.record.uuid < $1.record.uuid }
    networks = world.networks.values.sorted { $0.definition.uuid < $1.definition.uuid }
    pools = world.pools.values.sorted { $0.definition.uuid < $1.definition.uuid }
  }

  /// The first of them that is no longer what it was, in words.
  func violation(in world: SimulatedWorld) -> String? {
    for domain in domains where world.domains[domain.record.uuid]?.record != domain.record {
      return "foreign: domain \(domain.record.name) was changed"
    }
    for network in networks {
      let now = world.networks[network.definition.uuid]
      guard now?.definition != network.definition || now?.isActive != network.isActive
      else { continue }
      return "foreign: network \(network.definition.name) was changed"
    }
    for pool in pools {
      let now = world.pools[pool.definition.uuid]
      guard
        now?.definition != pool.definition || now?.isActive != pool.isActive
          || now?.volumes.mapValues(\.definition) != pool.volumes.mapValues(\.definition)
      else { continue }
      return "foreign: pool \(pool.definition.name) was changed"
    }
    return nil
  }

  /// Puts foreign domains, a network and a pool beside a cluster, some under names that
  /// resemble ours.
  package static func plant(beside spec: ClusterSpec, on cluster: SimulatedCluster) {
    func uuid(_ number: Int) -> String { "f0f0f0f0-0000-4000-8000-00000000000\(number)" }
    let node = spec.nodes.first
    cluster.plantForeign(
      domain: DomainRecord(name: "\(spec.name)-web", uuid: uuid(1), state: .running, mark: nil))
    cluster.plantForeign(
      domain: DomainRecord(
        name: "other-cluster", uuid: uuid(2), state: .running,
        mark: node.map {
          OwnershipMark(
            cluster: spec.name + "2", node: $0.name, role: $0.role, address: $0.address,
            generation: 1, parts: [:])
        }))
    cluster.plantForeign(
      domain: DomainRecord(name: "vm", uuid: uuid(3), state: .shutoff, mark: nil))
    cluster.plantForeign(
      network: NetworkDefinition(
        name: "foreign-\(spec.network.name)", uuid: uuid(4), mode: .isolated,
        cidr: spec.network.cidr, gateway: spec.network.gateway, domain: "foreign.internal",
        hosts: []), isActive: false)
    let volume = spec.nodes.first.map { "\($0.name)-1.qcow2" } ?? "disk.qcow2"
    cluster.plantForeign(
      pool: PoolDefinition(name: "foreign-pool", uuid: uuid(5), path: "/srv/foreign"),
      volumes: [
        VolumeDefinition(name: volume, capacity: .gibibytes(8), format: .qcow2),
        VolumeDefinition(name: "disk.raw", capacity: .gibibytes(1), format: .raw),
      ])
  }
}
