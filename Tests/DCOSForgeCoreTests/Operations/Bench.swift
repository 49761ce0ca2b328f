@testable import ForgePlanning
@testable import ForgeSimulation
@testable import ForgeModel
@testable import ForgeSupport
import Testing

@testable import DCOSForgeCore

/// The keys of a cluster as the state folder keeps them: a wipe counts a node's generation up for
/// good.
final class KeyRing: Sendable {
  private let keys: Locked<ClusterKeys>

  init(_ keys: ClusterKeys) { self.keys = Locked(keys) }

  var all: ClusterKeys { keys.withLock { $0 } }

  func renew(_ standing: [NodeName: Int]) -> ClusterKeys {
    keys.withLock { keys in
      for (node, generation) in standing {
        guard let host = keys.hosts[node] else { continue }
        let next = max(host.generation, generation) + 1
        let byte = Int(host.key.publicBytes[0]) + 100
        keys.hosts[node] = .init(
          key: .init(
            privateText: "private \(node) \(next)", publicLine: Samples.publicLine(byte),
            publicBytes: [UInt8](repeating: UInt8(truncatingIfNeeded: byte), count: 32)),
          generation: next)
      }
      return keys
    }
  }
}

/// A simulated cluster with what an operator keeps of it between runs.
struct Bench {
  let cluster: SimulatedCluster
  let ring: KeyRing
  var spec: ClusterSpec
  var usesLayer = true

  init(seed: UInt64, spec: ClusterSpec = Samples.spec, faults: FaultPlan = .none) {
    cluster = SimulatedCluster(seed: seed, faults: faults)
    self.spec = spec
    ring = KeyRing(Samples.wanted(spec).keys)
  }

  /// The same cluster, seen by an operator whose keys are those of the beginning.
  init(_ cluster: SimulatedCluster, spec: ClusterSpec) {
    self.cluster = cluster
    self.spec = spec
    ring = KeyRing(Samples.wanted(spec).keys)
  }

  var wanted: WantedCluster {
    var wanted = Samples.wanted(spec)
    for (name, host) in ring.all.hosts { wanted.keys.hosts[name] = host }
    wanted.usesPreparedLayer = usesLayer
    return wanted
  }

  /// The volumes of all pools, sorted.
  var volumes: [String] { cluster.state.pools.values.flatMap { $0.volumes.keys }.sorted() }

  @discardableResult
  func up(until stage: Stage = .health) throws -> RunReport {
    try UpTests.up(on: cluster, wanted: wanted, until: stage).report
  }

  /// Previews and runs a wipe as the command does.
  func wipe(
    _ names: [String], rejoins: Bool = false, force: Bool = false, killAtChanges: Int? = nil
  ) throws -> RunReport {
    let (wanted, ring, spec) = (wanted, ring, spec)
    let nodes = spec.nodes.filter { names.isEmpty || names.contains($0.name.description) }
    return try Simulation.run(on: cluster, killAtChanges: killAtChanges) { cluster in
      let wipe = Wipe(wanted, context: cluster.context())
      let extent: RunExtent =
        rejoins ? .cluster(until: .health) : .machines(of: nodes.map(\.name))
      let preview = try await wipe.preview(nodes, extent, force: force)
      if let refusal = preview.refusal { throw refusal }
      return try await wipe.run(preview, extent, drains: !force, renew: { ring.renew($0) })
    }.value
  }

  func destroy(keepingImage: Bool = false) throws {
    let spec = spec
    _ = try Simulation.run(on: cluster) { cluster in
      let context = cluster.context()
      try await Destroy(spec, context: context, keepingImage: keepingImage).run()
    }
  }

  func node(_ name: String) throws -> SimulatedNode {
    try #require(cluster.state.node(Samples.name(name)))
  }

  func mark(_ name: String) throws -> OwnershipMark {
    let domains = cluster.state.domainRecords
    return try #require(ClusterIdentity(spec).domain(of: Samples.name(name), among: domains)).mark
  }
}
