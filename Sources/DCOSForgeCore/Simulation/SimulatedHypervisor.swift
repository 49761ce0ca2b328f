import ForgePorts
package import ForgeModel

/// A connection to the hypervisor of a simulated world, held by one run of dcosforge.
package struct SimulatedHypervisor: Hypervisor {
  let cluster: SimulatedCluster
  let run: Int

  /// Lets a call take its time, then does its work at one moment, unless a fault strikes.
  func call<Value: Sendable>(
    _ verb: String, _ object: String = "", evenWhenCancelled: Bool = false,
    _ work: @Sendable (inout SimulatedWorld) throws(ForgeError) -> Value
  ) async throws(ForgeError) -> Value {
    do throws(ForgeError) {
      try await cluster.pause(within: cluster.timings.hypervisorCall)
    } catch {
      guard evenWhenCancelled else { throw error }
    }
    return try cluster.change { world throws(ForgeError) in
      try world.admit(run)
      world.hypervisorCalls += 1
      let number = world.hypervisorCalls
      let isLost = { (fault: Fault) in
        if case .hypervisorCall(number, _) = fault { true } else { false }
      }
      guard case .hypervisorCall(_, let afterEffect)? = world.strike(where: isLost) else {
        return try work(&world)
      }
      if afterEffect { _ = try work(&world) }
      world.emit(.hypervisorFailed(verb: verb, object: object))
      throw ForgeError(
        .hypervisor, "the connection to libvirt broke", on: object,
        observed: "Cannot recv data: Connection reset by peer", disposition: .retry)
    }
  }

  /// Reads the host's facts; running domains use up its memory.
  package func host() async throws(ForgeError) -> HostFacts {
    try await call("host") { world throws(ForgeError) in world.hostFacts }
  }

  /// Lists the networks.
  package func networks() async throws(ForgeError) -> [NetworkRecord] {
    try await call("networks") { world throws(ForgeError) in world.networkRecords }
  }

  /// Defines and starts a network.
  package func ensureNetwork(_ definition: NetworkDefinition) async throws(ForgeError) {
    try await call("ensure-network", definition.name) { world throws(ForgeError) in
      try world.ensureNetwork(definition)
    }
  }

  package func removeNetwork(uuid: String) async throws(ForgeError) {
    try await call("remove-network", uuid) { world throws(ForgeError) in
      world.removeNetwork(uuid: uuid)
    }
  }

  /// Lists the pools.
  package func pools() async throws(ForgeError) -> [PoolRecord] {
    try await call("pools") { world throws(ForgeError) in world.poolRecords }
  }

  /// Looks into a pool.
  package func poolContents(uuid: String) async throws(ForgeError) -> PoolContents? {
    try await call("pool-contents", uuid) { world throws(ForgeError) in
      world.poolContents(uuid: uuid)
    }
  }

  /// Defines and starts a pool.
  package func ensurePool(_ definition: PoolDefinition) async throws(ForgeError) {
    try await call("ensure-pool", definition.name) { world throws(ForgeError) in
      try world.ensurePool(definition)
    }
  }

  package func startPool(uuid: String) async throws(ForgeError) {
    try await call("start-pool", uuid) { world throws(ForgeError) in world.startPool(uuid: uuid) }
  }

  /// Removes a pool with its volumes.
  package func removePool(uuid: String) async throws(ForgeError) {
    try await call("remove-pool", uuid) { world throws(ForgeError) in world.removePool(uuid: uuid) }
  }

  package func createVolume(
    _ volume: VolumeDefinition, in pool: String
  ) async throws(ForgeError) {
    try await call("create-volume", volume.name) { world throws(ForgeError) in
      try world.createVolume(volume, in: pool)
    }
  }

  /// Uploads a volume in as much virtual time as its size takes.
  package func uploadVolume(
    _ volume: VolumeDefinition, in pool: String, from content: ByteSource,
    progress: @Sendable (Int64) -> Void
  ) async throws(ForgeError) {
    let isCut = try await call("upload-volume", volume.name) { world throws(ForgeError) in
      try world.checkVolume(volume, in: pool)
      world.uploads += 1
      let number = world.uploads
      return world.strike { $0 == .uploadCut(number) } != nil
    }
    try await cluster.transfer(content.count, cutInTheMiddle: isCut, progress: progress)
    if isCut {
      throw ForgeError(
        .hypervisor, "the upload was cut off", on: "\(pool)/\(volume.name)",
        observed: "stream aborted at \(content.count / 2) of \(content.count) bytes",
        disposition: .retry)
    }
    if case .file(let path, _, let sum?) = content, sum != SimulatedCluster.checksum(of: content) {
      throw ForgeError(
        .hypervisor, "the file changed since its checksum was computed", on: path)
    }
    try await call("upload-volume", volume.name) { world throws(ForgeError) in
      let bytes: [UInt8] = if case .bytes(let bytes) = content { bytes } else { [] }
      try world.createVolume(volume, in: pool, content: bytes)
    }
  }

  package func deleteVolume(_ name: String, in pool: String) async throws(ForgeError) {
    try await call("delete-volume", name) { world throws(ForgeError) in
      try world.deleteVolume(name, in: pool)
    }
  }

  /// Lists the domains.
  package func domains() async throws(ForgeError) -> [DomainRecord] {
    try await call("domains") { world throws(ForgeError) in world.domainRecords }
  }

  package func defineDomain(_ definition: DomainDefinition) async throws(ForgeError) {
    try await call("define-domain", definition.name) { world throws(ForgeError) in
      try world.defineDomain(definition)
    }
  }

  /// Replaces the mark of a domain.
  package func setMark(_ mark: OwnershipMark, uuid: String) async throws(ForgeError) {
    try await call("set-mark", uuid) { world throws(ForgeError) in
      try world.setMark(mark, uuid: uuid)
    }
  }

  /// Starts a domain: its machine begins to boot.
  package func startDomain(uuid: String) async throws(ForgeError) {
    try await call("start-domain", uuid) { world throws(ForgeError) in
      try world.startDomain(uuid: uuid)
    }
  }

  /// Stops a domain at once.
  package func destroyDomain(uuid: String) async throws(ForgeError) {
    try await call("destroy-domain", uuid) { world throws(ForgeError) in
      try world.destroyDomain(uuid: uuid)
    }
  }

  package func undefineDomain(uuid: String) async throws(ForgeError) {
    try await call("undefine-domain", uuid) { world throws(ForgeError) in
      try world.undefineDomain(uuid: uuid)
    }
  }

  /// The address that the machine has taken.
  package func addresses(uuid: String) async throws(ForgeError) -> [IPv4Address] {
    try await call("addresses", uuid) { world throws(ForgeError) in
      guard let definition = world.domains[uuid]?.definition,
        let node = world.machines[SimulatedWorld.diskKey(definition)], node.isUp
      else { return [] }
      return node.address.map { [$0] } ?? []
    }
  }

  /// The definition that real libvirt would have been given; a foreign domain has only its name and
  /// UUID.
  package func domainXML(uuid: String) async throws(ForgeError) -> String {
    try await call("domain-xml", uuid) { world throws(ForgeError) in
      try world.domainXML(uuid: uuid)
    }
  }

  /// The simulated console: what the machine has come to.
  package func consoleTail(uuid: String, lines: Int) async -> String {
    cluster.change { world in
      guard let definition = world.domains[uuid]?.definition,
        let node = world.machines[SimulatedWorld.diskKey(definition)]
      else { return "" }
      let text = ["boot \(node.boots) of \(node.hostname)"] + (node.isListening ? ["login:"] : [])
      return text.suffix(max(0, lines)).joined(separator: "\n")
    }
  }
}
