import ForgeNodeProtocol
package import ForgeModel

/// A prepared layer: the disk of a machine that got the prerequisites and was then sealed, on which
/// disks of later machines stand in place of the base image.
///
/// It is two volumes of the cluster's pool: the disk itself, and an empty one that is made last,
/// once the disk is sealed and its machine gone. A disk alone is what a run that was cut off left,
/// and nothing is made over it.
package struct PreparedLayer: Hashable, Sendable {
  /// The disk, itself over the base image.
  package var disk: VolumeDefinition
  /// The empty volume that says that the disk is sealed.
  package var seal: VolumeDefinition

  private static let prefix = "prepared-"
  private static let endings = [".qcow2", ".sealed"]

  init(key: String, capacity: ByteCount, over base: VolumeDefinition) {
    let names = Self.endings.map { Self.prefix + key + $0 }
    disk = VolumeDefinition(
      name: names[0], capacity: capacity, format: .qcow2, backing: base.name)
    seal = VolumeDefinition(name: names[1], capacity: ByteCount(bytes: 0), format: .raw)
  }

  /// Whether the layer is among the volumes of the pool, sealed.
  package func isSealed(among volumes: [String]) -> Bool {
    volumes.contains(disk.name) && volumes.contains(seal.name)
  }

  /// Whether a volume of our pool belongs to a layer, this cluster file's or an earlier one's.
  package static func owns(_ volume: String) -> Bool {
    endings.contains { ending in
      guard volume.hasPrefix(prefix), volume.hasSuffix(ending) else { return false }
      let key = volume.dropFirst(prefix.count).dropLast(ending.count)
      return key.utf8.count == 16 && key.allSatisfy(\.isHexDigit)
    }
  }
}

extension Blueprint {
  /// The layer that fits a node: its name holds the digest of all that such a disk is made from, so
  /// that any change makes another layer.
  ///
  /// All nodes but the bootstrap node get the same prerequisites, so they share one. The size of
  /// the disk counts because cloud-init grows the file system to it; login, resolvers and domain
  /// because they stay on the disk.
  package func layer(_ node: NodeSpec) -> PreparedLayer {
    let made = mark(node).parts
    let parts = [.image, .boot, .disk, .range, .resolvers, .domain, .login].map { made[$0] ?? "" }
    var preparation = preparation(node)
    if preparation.role != .bootstrap { preparation.role = .agent }
    let scripts = [NodeTask.prepare(preparation), .seal].map(\.script)
    let key = Self.digest(parts + [wanted.keys.userPublicLine, baseVolume.name] + scripts)
    return PreparedLayer(key: Self.short(key), capacity: node.size.disk, over: baseVolume)
  }

  /// The machine in a node's place that makes a layer: the node's own, but for its disk and its
  /// mark.
  package func builder(of layer: PreparedLayer, _ node: NodeSpec, usesKVM: Bool) -> DomainDefinition
  {
    var domain = domain(node, usesKVM: usesKVM)
    domain.diskVolume = layer.disk.name
    domain.mark.preparesLayer = true
    return domain
  }

  /// The system disk of a node: over its layer where that is among the volumes of the pool, else
  /// over the base image.
  package func diskVolume(_ node: NodeSpec, among volumes: [String]) -> VolumeDefinition {
    var disk = diskVolume(node)
    guard wanted.usesPreparedLayer, volumes.contains(where: PreparedLayer.owns) else { return disk }
    let layer = layer(node)
    if layer.isSealed(among: volumes) { disk.backing = layer.disk.name }
    return disk
  }
}

extension Planner {
  /// What a machine will start from, unless that is the base image.
  func layerNote(_ node: NodeSpec) -> String {
    let disk = blueprint.diskVolume(node, among: volumes)
    return disk.backing == blueprint.baseVolume.name ? "" : "; starts from a prepared layer"
  }

  /// The steps that make the layers which are missing: in a wipe, one machine for each.
  ///
  /// None while a machine that was cut off in making one stands in another node's place: it may run
  /// on that very disk.
  func layerSteps(_ situations: [Situation]) -> [PlannedStep] {
    guard blueprint.wanted.usesPreparedLayer else { return [] }
    let unfinished = blueprint.identity.owned(among: observed.domains).filter {
      $0.mark.preparesLayer
    }
    var begun: Set<PreparedLayer> = []
    return situations.compactMap { situation in
      let node = situation.node
      guard wiping.contains(node.name), situation.transition.makes else { return nil }
      let layer = blueprint.layer(node)
      guard unfinished.allSatisfy({ $0.mark.node == node.name }),
        !layer.isSealed(among: volumes), begun.insert(layer).inserted
      else { return nil }
      return step(
        .preparedLayer, node.name, reason: "none is there; machines made later start from it")
    }
  }
}
