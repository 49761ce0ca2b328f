@testable import ForgeNodeProtocol
@testable import ForgePorts
@testable import ForgeModel
@testable import ForgeSimulation
import DCOSForgeCore
import FoundationEssentials
import Testing

/// A network, a pool, a base image and a few machines, made by the hypervisor's own calls.
enum SmallWorld {
  static let pool = PoolDefinition(
    name: "p", uuid: "00000000-0000-8000-8000-000000000001", path: "/p")

  static func name(_ text: String) -> NodeName {
    guard let name = NodeName(text) else { preconditionFailure("\(text) is no node name") }
    return name
  }

  /// `n1` at 10.1.1.1 and so on.
  static func node(_ number: Int) -> NodeSpec {
    NodeSpec(
      name: name("n\(number)"), role: .agent,
      address: IPv4Address(rawValue: 0x0A01_0100 | UInt32(number)))
  }

  static func network(_ nodes: [NodeSpec]) throws -> NetworkDefinition {
    NetworkDefinition(
      name: "net", uuid: "00000000-0000-8000-8000-000000000002", mode: .nat,
      cidr: try #require(IPv4Network("10.1.1.0/24")),
      gateway: try #require(IPv4Address("10.1.1.254")), domain: "t.internal",
      hosts: nodes.map { .init(name: $0.name, mac: $0.mac, address: $0.address) })
  }

  /// A key that follows from the node's address.
  static func hostKey(_ node: NodeSpec) -> [UInt8] {
    [UInt8](repeating: UInt8(truncatingIfNeeded: node.address.rawValue), count: 32)
  }

  static func seed(_ node: NodeSpec) -> [String: String] {
    var blob = Array("\0\0\0\u{0B}ssh-ed25519\0\0\0 ".utf8)
    blob += hostKey(node)
    return [
      "meta-data": "instance-id: \(node.name)-1\nlocal-hostname: \(node.name)",
      "user-data": """
      #cloud-config
      ssh_keys:
        ed25519_public: ssh-ed25519 \(Data(blob).base64EncodedString()) \(node.name)
      """,
    ]
  }

  static func endpoint(_ node: NodeSpec) -> NodeEndpoint {
    NodeEndpoint(
      node: node.name, address: node.address, port: 22, user: "root", hostKey: hostKey(node))
  }

  static func domain(_ node: NodeSpec) -> DomainDefinition {
    DomainDefinition(
      name: "t-\(node.name)", uuid: "00000000-0000-8000-8000-0000\(node.address.rawValue)",
      mark: OwnershipMark(
        cluster: "t", node: node.name, role: node.role, address: node.address, generation: 1,
        parts: [:]),
      size: node.size, usesKVM: true, pool: pool.name, diskVolume: "\(node.name).qcow2",
      seedVolume: "\(node.name).iso", attachment: .network("net"), mac: node.mac,
      consoleVolume: "\(node.name).log")
  }

  /// Network, pool and base image.
  static func ground(_ cluster: SimulatedCluster, _ nodes: [NodeSpec]) async throws {
    try await cluster.hypervisor.ensureNetwork(try network(nodes))
    try await cluster.hypervisor.ensurePool(pool)
    try await cluster.hypervisor.uploadVolume(
      VolumeDefinition(name: "base", capacity: .gibibytes(2), format: .qcow2), in: pool.name,
      from: .file(path: "/image", size: 2_000_000_000), progress: { _ in })
  }

  /// One machine, started.
  static func machine(_ cluster: SimulatedCluster, _ node: NodeSpec) async throws {
    let domain = domain(node)
    try await cluster.hypervisor.createVolume(
      VolumeDefinition(
        name: domain.diskVolume, capacity: node.size.disk, format: .qcow2, backing: "base"),
      in: pool.name)
    let seed = try await SimulatedCluster.buildSeed(seed(node))
    try await cluster.hypervisor.uploadVolume(
      VolumeDefinition(
        name: domain.seedVolume, capacity: ByteCount(bytes: Int64(seed.count)), format: .raw),
      in: pool.name, from: .bytes(seed), progress: { _ in })
    try await cluster.hypervisor.defineDomain(domain)
    try await cluster.hypervisor.startDomain(uuid: domain.uuid)
  }

  /// Connects, again and again until it works or `retry` is not the word.
  static func connect(
    _ cluster: SimulatedCluster, _ node: NodeSpec
  ) async throws -> any NodeConnection {
    while true {
      do {
        return try await cluster.shell.connect(to: endpoint(node), timeout: .seconds(5))
      } catch {
        guard error.disposition == .retry else { throw error }
        try await cluster.clock.sleep(for: .seconds(1))
      }
    }
  }

  /// Brings up `count` machines side by side until cloud-init has finished on each.
  static func up(_ cluster: SimulatedCluster, count: Int) async throws {
    let nodes = (1...count).map(node)
    try await ground(cluster, nodes)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for node in nodes {
        group.addTask {
          try await machine(cluster, node)
          let connection = try await connect(cluster, node)
          let result = try await connection.run(.awaitCloudInit, timeout: .seconds(100))
          #expect(result.succeeded)
          await connection.close()
        }
      }
      try await group.waitForAll()
    }
  }

  static func digest(seed: UInt64) throws -> UInt64 {
    try Simulation.run(seed: seed) { try await up($0, count: 4) }.digest
  }
}

extension SimulatedWorld {
  /// The names of the domains that run now.
  var runningDomains: [String] {
    domains.values.filter { $0.record.state == .running }.map(\.record.name).sorted()
  }
}
