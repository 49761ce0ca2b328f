import ForgeNodeProtocol
package import ForgeModel
import ForgeSupport

/// The names and UUIDs of a cluster's libvirt objects: they follow from the cluster's name and the
/// marks alone, so that any later run finds them again, whatever else changed in the file.
package struct ClusterIdentity: Sendable {
  package let spec: ClusterSpec

  package init(_ spec: ClusterSpec) { self.spec = spec }

  /// The UUID of the cluster's network.
  package var networkUUID: String { Self.uuid("network", spec.name) }

  /// The cluster's storage pool.
  package var pool: PoolDefinition {
    let name = "dcosforge-\(spec.name)"
    return PoolDefinition(
      name: name, uuid: Self.uuid("pool", spec.name),
      path: spec.hypervisor.poolPath ?? "/var/lib/libvirt/images/\(name)")
  }

  /// libvirt's name of a node's domain.
  package func domainName(_ node: NodeSpec) -> String { "\(spec.name)-\(node.name)" }

  /// The UUID of a node's domain: another one for each generation, because systemd takes the
  /// guest's machine id from it (`machine-id-setup`, 219 and later).
  package func domainUUID(_ node: NodeName, generation: Int) -> String {
    Self.uuid("domain", spec.name, node.description, String(generation))
  }

  /// The domains that carry the cluster's mark under the UUID that follows from it.
  package func owned(among domains: [DomainRecord]) -> [(record: DomainRecord, mark: OwnershipMark)]
  {
    domains.compactMap { record in
      guard let mark = record.mark, mark.cluster == spec.name,
        record.uuid == domainUUID(mark.node, generation: mark.generation)
      else { return nil }
      return (record, mark)
    }
  }

  /// A node's own domain, of whatever generation; the node need not be in the file any more.
  package func domain(
    of node: NodeName, among domains: [DomainRecord]
  ) -> (record: DomainRecord, mark: OwnershipMark)? {
    owned(among: domains.filter { $0.mark?.node == node }).first
  }

  /// The domains of nodes that left the file.
  package func departed(among domains: [DomainRecord]) -> [(
    record: DomainRecord, mark: OwnershipMark
  )] {
    owned(among: domains).filter { owned in !spec.nodes.contains { $0.name == owned.mark.node } }
  }

  /// What stands where a node's domain belongs.
  package enum Place: Hashable, Sendable {
    /// Nothing has its name, and nothing is its.
    case empty
    /// A domain with our mark and the UUID that follows from it.
    case ours(DomainRecord, OwnershipMark)
    /// Something else has its name.
    case foreign(DomainRecord)
  }

  /// Looks up a node's domain among all domains of the hypervisor.
  package func place(of node: NodeSpec, among domains: [DomainRecord]) -> Place {
    let own = domain(of: node.name, among: domains)
    let named = domains.first { $0.name == domainName(node) }
    if let named, named != own?.record { return .foreign(named) }
    return own.map { .ours($0.record, $0.mark) } ?? .empty
  }

  /// How the names of a node's volumes end: disk, seed, console log.
  static let volumeEndings = [".qcow2", "-seed.iso", "-console.log"]

  /// The volumes of a node made before a generation: `<node>-<generation>` with one of our endings.
  package static func volumes(
    of node: NodeName, before generation: Int = .max, among names: [String]
  ) -> [String] {
    names.filter { name in
      guard name.hasPrefix("\(node)-") else { return false }
      let rest = name.dropFirst(node.description.count + 1)
      let ending = rest.drop(while: \.isNumber)
      guard let made = Int(rest.dropLast(ending.count)) else { return false }
      return made < generation && volumeEndings.contains(String(ending))
    }
  }

  /// Whether a volume of our pool has a name that we give.
  package static func isOurs(_ volume: String) -> Bool {
    if Blueprint.isBase(volume) || PreparedLayer.owns(volume) { return true }
    return volumeEndings.contains { ending in
      guard volume.hasSuffix(ending) else { return false }
      let stem = volume.dropLast(ending.count)
      let generation = stem.reversed().prefix(while: \.isNumber)
      return !generation.isEmpty && stem.dropLast(generation.count).last == "-"
        && NodeName(String(stem.dropLast(generation.count + 1))) != nil
    }
  }

  /// The names of a node's volumes of one generation.
  package static func volumes(of node: NodeName, generation: Int) -> [String] {
    volumeEndings.map { "\(node)-\(generation)\($0)" }
  }

  /// A UUID that follows from names: version 8 of RFC 9562 over their SHA-256.
  package static func uuid(_ parts: String...) -> String {
    let name = (["dcosforge"] + parts).joined(separator: "\0")
    var bytes = Array(SHA256.digest(of: Array(name.utf8)).prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    let cuts = [0, 4, 6, 8, 10, 16]
    return zip(cuts, cuts.dropFirst()).map { from, to in SHA256Sum.hexadecimal(bytes[from..<to]) }
      .joined(separator: "-")
  }
}
