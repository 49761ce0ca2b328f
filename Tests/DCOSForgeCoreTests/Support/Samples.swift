@testable import ForgeSimulation
@testable import ForgeNodeProtocol
@testable import ForgePlanning
@testable import ForgeModel
import DCOSForgeCore
import FoundationEssentials

/// The seed's cluster and worlds around it, for tests.
enum Samples {
  /// A value that the test itself wrote; without it there is no test.
  static func must<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a sample is malformed") }
    return value
  }

  static let sum = must(SHA256Sum(String(repeating: "ab", count: 32)))

  static func address(_ text: String) -> IPv4Address { must(IPv4Address(text)) }
  static func name(_ text: String) -> NodeName { must(NodeName(text)) }

  static let spec: ClusterSpec = {
    var nodes = [NodeSpec(name: name("lxcm02"), role: .bootstrap, address: address("10.1.1.8"))]
    for index in 1...3 {
      nodes.append(
        NodeSpec(
          name: name("lxzk0\(index)"), role: .master, address: address("10.1.1.\(48 + index)")))
    }
    for index in 1...3 {
      nodes.append(
        NodeSpec(
          name: name("lxb00\(index)"), role: .agent, address: address("10.1.1.\(12 + index)")))
    }
    return ClusterSpec(
      name: "dcos_gsi",
      network: NetworkSpec(
        name: "dcosforge", cidr: must(IPv4Network("10.1.1.0/24")), gateway: address("10.1.1.1")),
      image: ImageSpec(source: ArtifactSource("/images/node.qcow2")),
      dcos: DCOSSpec(
        version: DCOSVersion(1, 11, 2), installer: ArtifactSource("/dcos_generate_config.sh"),
        genconf: "/genconf"),
      nodes: nodes)
  }()

  /// A cluster of `boot`, `m1`, `a1`, `p1` and so on.
  static func cluster(masters: Int, agents: Int, publicAgents: Int) -> ClusterSpec {
    var nodes = [NodeSpec(name: name("boot"), role: .bootstrap, address: address("10.1.1.8"))]
    for (role, letter, first, count) in [
      (NodeRole.master, "m", 49, masters), (.agent, "a", 13, agents),
      (.publicAgent, "p", 30, publicAgents),
    ] {
      nodes += (0..<count).map {
        NodeSpec(
          name: name("\(letter)\($0 + 1)"), role: role, address: address("10.1.1.\(first + $0)"))
      }
    }
    var spec = spec
    spec.nodes = nodes
    return spec
  }

  static func wanted(_ spec: ClusterSpec = spec) -> WantedCluster {
    var hosts: [NodeName: ClusterKeys.Host] = [:]
    for (index, node) in spec.nodes.enumerated() {
      hosts[node.name] = .init(
        key: .init(
          privateText: "private \(node.name)", publicLine: publicLine(index),
          publicBytes: [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 32)),
        generation: 1)
    }
    let masters = spec.nodes(.master).map(\.address.description).joined(separator: ", ")
    return WantedCluster(
      spec: spec, keys: ClusterKeys(userPublicLine: "ssh-ed25519 user", hosts: hosts),
      image: LocalArtifact(content: .bytes([1, 2, 3]), sum: sum),
      installer: LocalArtifact(
        content: .bytes([4, 5]), sum: SimulatedCluster.checksum(of: .bytes([4, 5]))),
      genconf: GenconfFiles(
        config: Array("cluster_name: x\nmaster_list: [\(masters)]\n".utf8),
        ipDetect: "#!/bin/sh\n"))
  }

  /// The line of a public key whose 32 bytes are all the same.
  static func publicLine(_ byte: Int) -> String {
    let blob =
      Array("\0\0\0\u{0B}ssh-ed25519\0\0\0 ".utf8)
      + [UInt8](repeating: UInt8(truncatingIfNeeded: byte), count: 32)
    return "ssh-ed25519 \(Data(blob).base64EncodedString()) sample"
  }

  static let host = HostFacts(
    name: "kvm01", version: "QEMU 7.2", processors: 8, freeMemory: .gibibytes(128), offersKVM: true)

  /// A hypervisor without anything.
  static let empty = ObservedCluster(
    host: host, networks: [], pools: [], poolContents: nil, domains: [])

  /// A hypervisor on which everything runs as wanted, and nodes with these facts.
  static func complete(
    _ wanted: WantedCluster = wanted(), facts: (NodeSpec) -> ObservedCluster.Node? = { _ in nil }
  ) -> ObservedCluster {
    let blueprint = Blueprint(wanted)
    var observed = empty
    if let network = blueprint.network {
      observed.networks = [
        NetworkRecord(
          name: network.name, uuid: network.uuid, isActive: true, cidr: network.cidr,
          hosts: network.hosts)
      ]
    }
    observed.pools = [
      PoolRecord(name: blueprint.pool.name, uuid: blueprint.pool.uuid, isActive: true)
    ]
    observed.poolContents = PoolContents(
      available: .gibibytes(500), volumes: [blueprint.baseVolume.name])
    for node in wanted.spec.nodes {
      var domain = blueprint.domain(node, usesKVM: true)
      domain.mark.hasAnswered = true
      domain.mark.awaitsProof = false
      observed.domains.append(
        DomainRecord(name: domain.name, uuid: domain.uuid, state: .running, mark: domain.mark))
      observed.nodes[node.name] =
        facts(node) ?? .facts(goodFacts(node, generated: blueprint.generation.inputs))
    }
    return observed
  }

  static func goodFacts(_ node: NodeSpec, generated: String) -> FactsReport {
    FactsReport(
      hostname: node.name.description,
      prerequisites: [PrerequisiteRecord(item: "docker", state: .satisfied)],
      clock: ClockRecord(isSynchronised: true, errorMilliseconds: 1, source: "chronyd"),
      isTimeSet: true, dcos: node.role == .bootstrap ? .absent : .installed(node.role),
      installedFrom: node.role == .bootstrap ? nil : generated,
      generated: node.role == .bootstrap ? generated : nil,
      served: node.role == .bootstrap ? sum : nil)
  }
}

extension ClusterIdentity {
  /// The UUID of a node's first domain.
  func domainUUID(_ node: NodeName) -> String { domainUUID(node, generation: 1) }
  /// The UUID of a node's first domain.
  func domainUUID(_ node: NodeSpec) -> String { domainUUID(node.name) }
}
