import ForgeRendering
import ForgeModel
import FoundationXML

/// What libvirt would do, each as one indivisible change.
extension SimulatedWorld {
  static func fault(
    _ summary: String, on object: String, disposition: ForgeError.Disposition = .final
  ) -> ForgeError {
    ForgeError(.hypervisor, summary, on: object, disposition: disposition)
  }

  // MARK: networks

  mutating func ensureNetwork(_ wanted: NetworkDefinition) throws(ForgeError) {
    if let other = networks.values.first(where: {
      $0.definition.name == wanted.name && $0.definition.uuid != wanted.uuid
    }) {
      throw Self.fault(
        "network exists already with UUID \(other.definition.uuid)", on: wanted.name)
    }
    let old = networks[wanted.uuid]
    if let old, old.definition.name != wanted.name {
      throw Self.fault("UUID belongs to network \(old.definition.name)", on: wanted.name)
    }
    if let old, old.isActive,
      (old.definition.cidr, old.definition.gateway) != (wanted.cidr, wanted.gateway)
        || old.definition.mode != wanted.mode
    {
      throw Self.fault("the running network has another range, gateway or mode", on: wanted.name)
    }
    guard old?.definition != wanted || old?.isActive != true else { return }
    networks[wanted.uuid] = Network(definition: wanted, isActive: true)
    change(.hypervisor(verb: "ensure-network", object: wanted.name))
  }

  mutating func removeNetwork(uuid: String) {
    guard let network = networks.removeValue(forKey: uuid) else { return }
    change(.hypervisor(verb: "remove-network", object: network.definition.name))
  }

  // MARK: storage

  mutating func ensurePool(_ wanted: PoolDefinition) throws(ForgeError) {
    if let other = pools.values.first(where: {
      $0.definition.name == wanted.name && $0.definition.uuid != wanted.uuid
    }) {
      throw Self.fault("pool exists already with UUID \(other.definition.uuid)", on: wanted.name)
    }
    let old = pools[wanted.uuid]
    if let old, old.definition.name != wanted.name {
      throw Self.fault("UUID belongs to pool \(old.definition.name)", on: wanted.name)
    }
    guard old?.definition != wanted || old?.isActive != true else { return }
    pools[wanted.uuid] = Pool(
      definition: wanted, isActive: true, volumes: old?.volumes ?? [:])
    change(.hypervisor(verb: "ensure-pool", object: wanted.name))
  }

  mutating func startPool(uuid: String) {
    guard let pool = pools[uuid], !pool.isActive else { return }
    pools[uuid]?.isActive = true
    change(.hypervisor(verb: "start-pool", object: pool.definition.name))
  }

  mutating func removePool(uuid: String) {
    guard let pool = pools[uuid] else { return }
    for name in pool.volumes.keys.sorted() { forgetDisk("\(pool.definition.name)/\(name)") }
    pools[uuid] = nil
    change(.hypervisor(verb: "remove-pool", object: pool.definition.name))
  }

  /// The UUID of a running pool; throws when there is none of the name.
  func activePool(_ name: String) throws(ForgeError) -> String {
    guard let pool = pools.values.first(where: { $0.definition.name == name }) else {
      throw Self.fault("no storage pool of that name", on: name)
    }
    guard pool.isActive else { throw Self.fault("storage pool does not run", on: name) }
    return pool.definition.uuid
  }

  /// Throws when the volume could not be created now.
  func checkVolume(_ volume: VolumeDefinition, in pool: String) throws(ForgeError) {
    let volumes = pools[try activePool(pool)]?.volumes ?? [:]
    guard volumes[volume.name] == nil else {
      throw Self.fault("volume exists already", on: "\(pool)/\(volume.name)")
    }
    guard let name = volume.backing else { return }
    guard let backing = volumes[name] else {
      throw Self.fault("no backing volume \(name)", on: "\(pool)/\(volume.name)")
    }
    guard volume.capacity >= backing.definition.capacity else {
      throw Self.fault(
        "smaller than its backing volume \(name)", on: "\(pool)/\(volume.name)")
    }
  }

  mutating func createVolume(
    _ volume: VolumeDefinition, in pool: String, content: [UInt8] = []
  ) throws(ForgeError) {
    try checkVolume(volume, in: pool)
    let uuid = try activePool(pool)
    volumesMade += 1
    let number = volumesMade
    if strike(where: { $0 == .diskFull(atVolume: number) }) != nil {
      throw ForgeError(
        .hypervisor, "cannot create a volume", on: "\(pool)/\(volume.name)",
        observed: "No space left on device", advice: "free space on the hypervisor's disk")
    }
    pools[uuid]?.volumes[volume.name] = Pool.Volume(definition: volume, content: content)
    change(.hypervisor(verb: "create-volume", object: "\(pool)/\(volume.name)"))
  }

  mutating func deleteVolume(_ name: String, in pool: String) throws(ForgeError) {
    guard let uuid = pools.values.first(where: { $0.definition.name == pool })?.definition.uuid
    else { return }
    _ = try activePool(pool)
    guard pools[uuid]?.volumes.removeValue(forKey: name) != nil else { return }
    forgetDisk("\(pool)/\(name)")
    change(.hypervisor(verb: "delete-volume", object: "\(pool)/\(name)"))
  }

  private mutating func forgetDisk(_ disk: String) {
    guard machines[disk] != nil else { return }
    powerOff(disk)
    machines[disk] = nil
  }

  // MARK: domains

  mutating func defineDomain(_ wanted: DomainDefinition) throws(ForgeError) {
    if let other = domains.values.first(where: {
      $0.record.name == wanted.name && $0.record.uuid != wanted.uuid
    }) {
      throw Self.fault("domain exists already with UUID \(other.record.uuid)", on: wanted.name)
    }
    let old = domains[wanted.uuid]
    if let old, old.record.name != wanted.name {
      throw Self.fault("UUID belongs to domain \(old.record.name)", on: wanted.name)
    }
    if let lease = leases.values.first(where: { $0.lease.domainName == wanted.name }) {
      throw Self.fault("domain exists already with UUID \(lease.lease.uuid)", on: wanted.name)
    }
    let record = DomainRecord(
      name: wanted.name, uuid: wanted.uuid, state: old?.record.state ?? .shutoff,
      mark: wanted.mark)
    domains[wanted.uuid] = Domain(record: record, definition: wanted)
    change(.hypervisor(verb: "define-domain", object: wanted.name))
  }

  mutating func setMark(_ mark: OwnershipMark, uuid: String) throws(ForgeError) {
    let name = try domain(uuid).record.name
    domains[uuid]?.record.mark = mark
    domains[uuid]?.definition?.mark = mark
    change(.hypervisor(verb: "set-mark", object: name))
  }

  func domain(_ uuid: String) throws(ForgeError) -> Domain {
    guard let domain = domains[uuid] else {
      throw Self.fault("no domain of that UUID", on: uuid)
    }
    return domain
  }

  mutating func startDomain(uuid: String) throws(ForgeError) {
    let domain = try domain(uuid)
    guard domain.record.state != .running else { return }
    let wasPaused = domain.record.state == .paused
    if !wasPaused, let definition = domain.definition { try prepareMachine(definition) }
    domains[uuid]?.record.state = .running
    change(.hypervisor(verb: "start-domain", object: domain.record.name))
    guard !wasPaused, let definition = domain.definition else { return }
    if let console = definition.consoleVolume, let pool = try? activePool(definition.pool) {
      pools[pool]?.volumes[console] = Pool.Volume(
        definition: VolumeDefinition(
          name: console, capacity: ByteCount(bytes: 0), format: .raw))
    }
    boot(Self.diskKey(definition))
  }

  /// Puts seed and disk into the machine, and plugs it into its network.
  private mutating func prepareMachine(_ definition: DomainDefinition) throws(ForgeError) {
    let volumes = pools[try activePool(definition.pool)]?.volumes ?? [:]
    for name in [definition.diskVolume, definition.seedVolume] where volumes[name] == nil {
      throw Self.fault("no storage volume \(name)", on: definition.name)
    }
    var leased: IPv4Address?
    if case .network(let name) = definition.attachment {
      guard let network = networks.values.first(where: { $0.definition.name == name }),
        network.isActive
      else { throw Self.fault("network \(name) is not active", on: definition.name) }
      leased = network.definition.hosts.first { $0.mac == definition.mac }?.address
    }
    let disk = Self.diskKey(definition)
    let seed = SimulatedNode.Seed(volumes[definition.seedVolume]?.content ?? [])
    var node =
      machines[disk]
      ?? SimulatedNode(
        name: definition.mark.node, disk: disk,
        setUpBy: seed, group: machines.count + 1, seed: self.seed)
    // What a disk stands on was there before its first boot.
    if node.boots == 0, let backing = volumes[definition.diskVolume]?.definition.backing,
      let layer = machines["\(definition.pool)/\(backing)"]
    {
      node.satisfied = layer.satisfied
    }
    node.exists = true
    node.address = seed.address ?? leased
    machines[disk] = node
  }

  mutating func destroyDomain(uuid: String) throws(ForgeError) {
    guard let domain = domains[uuid], domain.record.state != .shutoff else { return }
    domains[uuid]?.record.state = .shutoff
    change(.hypervisor(verb: "destroy-domain", object: domain.record.name))
    if let definition = domain.definition { powerOff(Self.diskKey(definition)) }
  }

  mutating func undefineDomain(uuid: String) throws(ForgeError) {
    guard let domain = domains[uuid] else { return }
    guard domain.record.state == .shutoff || domain.record.state == .crashed else {
      throw Self.fault("domain still runs", on: domain.record.name)
    }
    domains[uuid] = nil
    if let definition = domain.definition {
      machines[Self.diskKey(definition)]?.exists = false
      if let console = definition.consoleVolume, let pool = try? activePool(definition.pool) {
        pools[pool]?.volumes[console] = nil
      }
    }
    change(.hypervisor(verb: "undefine-domain", object: domain.record.name))
  }

  func domainXML(uuid: String) throws(ForgeError) -> String {
    let domain = try domain(uuid)
    guard let definition = domain.definition else {
      return XMLElement(
        "domain", [:],
        [
          XMLElement("name", text: domain.record.name),
          XMLElement("uuid", text: domain.record.uuid),
        ]
      ).rendered
    }
    let folder = pools.values.first { $0.definition.name == definition.pool }?.definition.path ?? ""
    return DomainXML.render(
      definition,
      paths: DomainXML.Paths(
        disk: "\(folder)/\(definition.diskVolume)", seed: "\(folder)/\(definition.seedVolume)",
        console: definition.consoleVolume.map { "\(folder)/\($0)" }))
  }

  // MARK: records

  var networkRecords: [NetworkRecord] {
    networks.values.map {
      NetworkRecord(
        name: $0.definition.name, uuid: $0.definition.uuid, isActive: $0.isActive,
        cidr: $0.definition.cidr, hosts: $0.definition.hosts)
    }.sorted { $0.name < $1.name }
  }

  var poolRecords: [PoolRecord] {
    pools.values.map {
      PoolRecord(
        name: $0.definition.name, uuid: $0.definition.uuid, isActive: $0.isActive)
    }.sorted { $0.name < $1.name }
  }

  func poolContents(uuid: String) -> PoolContents? {
    guard let pool = pools[uuid], pool.isActive else { return nil }
    return PoolContents(available: .gibibytes(500), volumes: pool.volumes.keys.sorted())
  }

  var domainRecords: [DomainRecord] {
    domains.values.map(\.record).sorted { $0.name < $1.name }
  }

  var hostFacts: HostFacts {
    var facts = host
    let used = domains.values.filter { $0.record.state == .running }.compactMap(\.definition)
      .reduce(into: Int64(0)) { $0 += $1.size.memory.bytes }
    facts.freeMemory = ByteCount(bytes: host.freeMemory.bytes - used)
    return facts
  }
}
