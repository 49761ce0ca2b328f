@testable import ForgePlanning
@testable import ForgeModel
@testable import ForgePorts
import Foundation
import Testing

@testable import DCOSForgeCore

/// A back end that the contract of ``Hypervisor`` is checked on.
struct HypervisorBackEnd: Sendable, CustomTestStringConvertible {
  /// What a back end cannot do by its nature; the contract then expects a refusal instead.
  enum Lack: Sendable {
    /// Streams to volumes.
    case uploads
    /// Sizes of volumes read from their content.
    case imageSizes
  }

  var testDescription: String
  var lacks: Set<Lack> = []
  /// Runs a body in a world of its own and takes the world down again.
  var inWorld:
    @Sendable (@escaping @Sendable (HypervisorWorld) async throws -> Void) async throws -> Void

  /// Every back end that there is on this machine.
  static let all: [HypervisorBackEnd] =
    [.testDriver, .simulated]
    + (ProcessInfo.processInfo.environment["DCOSFORGE_TEST_LIBVIRT_URI"].map { [.real($0)] } ?? [])
}

/// A world with one hypervisor, and the names and numbers that are free in it.
struct HypervisorWorld: Sendable {
  var hypervisor: any Hypervisor
  /// What every name begins with.
  var tag: String
  /// The third octet of the network's range.
  var octet: Int
  /// The folder that pools may be made in.
  var folder = "/var/lib/libvirt/images"
  /// Makes a network, a pool and a domain called `TAG-foreign` that carry no mark of ours.
  var addForeign: @Sendable () async throws -> Void

  // MARK: definitions

  /// A UUID that follows from the world and a name.
  func uuid(_ name: String) -> String { ClusterIdentity.uuid("contract", tag, name) }

  var gateway: IPv4Address { Samples.address("10.213.\(octet).1") }

  func host(_ number: Int) -> NetworkDefinition.Host {
    let address = Samples.address("10.213.\(octet).\(number)")
    return NetworkDefinition.Host(
      name: Samples.name("n\(number)"), mac: MACAddress(for: address), address: address)
  }

  func network(_ name: String = "net", hosts: [Int] = [10, 11]) -> NetworkDefinition {
    NetworkDefinition(
      name: "\(tag)-\(name)", uuid: uuid(name), mode: .isolated,
      cidr: Samples.must(IPv4Network("10.213.\(octet).0/24")), gateway: gateway,
      domain: "contract.internal", hosts: hosts.map(host))
  }

  func pool(_ name: String = "pool") -> PoolDefinition {
    PoolDefinition(name: "\(tag)-\(name)", uuid: uuid(name), path: "\(folder)/\(tag)-\(name)")
  }

  func mark(_ cluster: String = "contract", generation: Int = 1) -> OwnershipMark {
    OwnershipMark(
      cluster: cluster, node: Samples.name("n10"), role: .agent,
      address: Samples.address("10.1.1.13"), generation: generation, parts: [.memory: "1 GiB"])
  }

  func domain(_ name: String = "vm", mark: OwnershipMark? = nil) -> DomainDefinition {
    DomainDefinition(
      name: "\(tag)-\(name)", uuid: uuid(name), mark: mark ?? self.mark(),
      size: MachineSize(memory: .mebibytes(64), vcpus: 1, disk: .mebibytes(8)), usesKVM: false,
      pool: pool().name, diskVolume: "disk.qcow2", seedVolume: "seed.iso",
      attachment: .network(network().name), mac: host(10).mac, consoleVolume: "\(name).log")
  }

  static let disk = VolumeDefinition(
    name: "disk.qcow2", capacity: .mebibytes(8), format: .qcow2)
  static let seed = VolumeDefinition(name: "seed.iso", capacity: .mebibytes(1), format: .raw)

  // MARK: short cuts

  /// Makes network, pool and volumes: what a domain needs.
  func makeGround() async throws {
    try await hypervisor.ensureNetwork(network())
    try await hypervisor.ensurePool(pool())
    try await hypervisor.createVolume(Self.disk, in: pool().name)
    try await hypervisor.createVolume(Self.seed, in: pool().name)
  }

  func volumes() async throws -> [String] {
    try await hypervisor.poolContents(uuid: pool().uuid)?.volumes ?? []
  }

  func record(_ uuid: String) async throws -> DomainRecord? {
    try await hypervisor.domains().first { $0.uuid == uuid }
  }

  /// What the world shows of the foreign objects, and that they carry no mark.
  func foreign() async throws -> [String] {
    let name = "\(tag)-foreign"
    let domains = try await hypervisor.domains().filter { $0.name == name && $0.mark == nil }
    let networks = try await hypervisor.networks().filter { $0.name == name }
    let pools = try await hypervisor.pools().filter { $0.name == name }
    return domains.map { "\($0)" } + networks.map { "\($0)" }
      + pools.map { "\($0.name) \($0.uuid) \($0.isActive)" }
  }

  /// Removes everything of the world's tag.
  func removeAll() async throws {
    if let lease = try await hypervisor.lease(of: tag) {
      try await hypervisor.removeLease(uuid: lease.uuid)
    }
    for domain in try await hypervisor.domains() where domain.name.hasPrefix(tag) {
      try await hypervisor.destroyDomain(uuid: domain.uuid)
      try await hypervisor.undefineDomain(uuid: domain.uuid)
    }
    for pool in try await hypervisor.pools() where pool.name.hasPrefix(tag) {
      try await hypervisor.removePool(uuid: pool.uuid)
    }
    for network in try await hypervisor.networks() where network.name.hasPrefix(tag) {
      try await hypervisor.removeNetwork(uuid: network.uuid)
    }
  }
}

/// Expects a fault of the hypervisor that trying again will not reimage.
func expectRefusal(
  _ disposition: ForgeError.Disposition? = nil,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Void
) async {
  let error = await #expect(throws: ForgeError.self, sourceLocation: sourceLocation) {
    try await body()
  }
  #expect(error?.category == .hypervisor, sourceLocation: sourceLocation)
  #expect(error?.disposition != .retry, sourceLocation: sourceLocation)
  #expect(error?.description.isEmpty == false, sourceLocation: sourceLocation)
  if let disposition {
    #expect(error?.disposition == disposition, sourceLocation: sourceLocation)
  }
}
