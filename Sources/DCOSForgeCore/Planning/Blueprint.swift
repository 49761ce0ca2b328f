package import ForgeNodeProtocol
package import ForgeModel

/// The names, identities and libvirt definitions that follow from a wanted cluster.
///
/// Pure: the same wanted cluster always gives the same names and UUIDs, so that a run that was
/// killed finds its own objects again.
package struct Blueprint: Sendable {
  /// What is wanted.
  package let wanted: WantedCluster
  /// The run of `dcos_generate_config.sh`.
  package let generation: Generation

  package init(_ wanted: WantedCluster) {
    self.wanted = wanted
    generation = Generation(
      folder: Self.bootstrapFolder, installer: wanted.installer.sum,
      inputs: GenerationInputs(wanted).text)
  }

  /// The names and UUIDs that follow from the cluster's name alone.
  package var identity: ClusterIdentity { ClusterIdentity(wanted.spec) }

  private var spec: ClusterSpec { wanted.spec }

  /// The folder on the bootstrap node that holds the installer and `genconf/`.
  package static let bootstrapFolder = "/root/dcos"

  // MARK: libvirt

  /// The network to have, or nil when the cluster uses a bridge of the host.
  package var network: NetworkDefinition? {
    guard spec.network.mode != .bridge else { return nil }
    var network = NetworkDefinition(
      name: spec.network.name, uuid: identity.networkUUID, mode: spec.network.mode,
      cidr: spec.network.cidr, gateway: spec.network.gateway, domain: spec.domain,
      hosts: spec.nodes.map { .init(name: $0.name, mac: $0.mac, address: $0.address) })
    network.isOwnDomain = spec.domain == spec.ownDomain
    return network
  }

  /// The storage pool to have.
  package var pool: PoolDefinition { identity.pool }

  /// The base image's volume: named by its checksum, so that another image is another volume.
  package var baseVolume: VolumeDefinition {
    VolumeDefinition(
      name: "\(Self.basePrefix)\(wanted.image.sum).qcow2",
      capacity: ByteCount(bytes: wanted.image.content.count),
      format: .qcow2)
  }

  private static let basePrefix = "base-"

  /// Whether a volume of our pool is a base image, this cluster file's or an earlier one's.
  package static func isBase(_ volume: String) -> Bool {
    guard volume.hasPrefix(basePrefix) else { return false }
    return SHA256Sum(volume.dropFirst(basePrefix.count).prefix { $0 != "." }) != nil
  }

  /// The copy-on-write system disk of a node.
  package func diskVolume(_ node: NodeSpec) -> VolumeDefinition {
    VolumeDefinition(
      name: "\(node.name)-\(generation(node)).qcow2", capacity: node.size.disk, format: .qcow2,
      backing: baseVolume.name)
  }

  /// The name of the volume with a node's NoCloud seed.
  package func seedVolumeName(_ node: NodeSpec) -> String {
    "\(node.name)-\(generation(node))-seed.iso"
  }

  package func domain(_ node: NodeSpec, usesKVM: Bool) -> DomainDefinition {
    DomainDefinition(
      name: identity.domainName(node),
      uuid: identity.domainUUID(node.name, generation: generation(node)),
      mark: mark(node), size: node.size, usesKVM: usesKVM, pool: pool.name,
      diskVolume: diskVolume(node).name, seedVolume: seedVolumeName(node),
      attachment: spec.network.mode == .bridge
        ? .bridge(spec.network.name) : .network(spec.network.name),
      mac: node.mac,
      directBoot: spec.image.kernel.map {
        .init(
          kernel: $0, initrd: spec.image.initrd, arguments: spec.image.kernelArguments ?? "")
      },
      consoleVolume: "\(node.name)-\(generation(node))-console.log")
  }

  /// The mark on the domain of a node's new machine.
  package func mark(_ node: NodeSpec) -> OwnershipMark {
    var mark = OwnershipMark(
      cluster: spec.name, node: node.name, role: node.role, address: node.address,
      generation: generation(node), parts: parts(node))
    mark.awaitsProof = node.role == .master
    return mark
  }

  /// How often the node was made.
  package func generation(_ node: NodeSpec) -> Int { wanted.keys.hosts[node.name]?.generation ?? 1 }

  /// Whether the domain runs under KVM.
  package func usesKVM(on host: HostFacts) -> Bool {
    switch spec.hypervisor.accelerator {
    case .auto: host.offersKVM
    case .kvm: true
    case .emulation: false
    }
  }

  /// Everything that cannot change unnoticed while the machine lives.
  private func parts(_ node: NodeSpec) -> [MachinePart: String] {
    let boot = [spec.image.kernel, spec.image.initrd, spec.image.kernelArguments]
    let login = [spec.ssh.user, String(spec.ssh.port)] + spec.ssh.authorizedKeys
    var parts: [MachinePart: String] = [
      .role: node.role.rawValue, .memory: node.size.memory.description,
      .vcpus: String(node.size.vcpus), .disk: node.size.disk.description,
      .image: Self.short(wanted.image.sum.description),
      .boot: boot.allSatisfy { $0 == nil }
        ? "disk" : Self.short(Self.digest(boot.map { $0 ?? "" })),
      .network: "\(spec.network.name) (\(spec.network.mode.rawValue))",
      .range: "\(spec.network.cidr) by \(spec.network.gateway)",
      .address: node.address.description, .mac: node.mac.description,
      .resolvers: spec.network.resolvers.map(\.description).joined(separator: ", "),
      .login: "\(spec.ssh.user):\(spec.ssh.port) \(Self.short(Self.digest(login)))",
      .userKey: Self.userKeyPart(wanted.keys.userPublicLine),
      .hostKey: wanted.keys.hosts[node.name].map { HostKey.line(of: $0.key.publicBytes) } ?? "",
    ]
    parts[.domain] = spec.domain == spec.ownDomain ? nil : spec.domain
    return parts
  }

  /// What a mark says of the cluster's user key.
  package static func userKeyPart(_ publicLine: String) -> String { short(digest([publicLine])) }

  // MARK: the bootstrap node

  /// Where the nginx image's archive lies on the bootstrap node.
  package static let nginxArchivePath = bootstrapFolder + "/nginx-image.tar"

  /// The container that serves the installation on the bootstrap node.
  package func serving(_ node: NodeSpec) -> Serving {
    Serving(
      folder: Self.bootstrapFolder, image: spec.dcos.nginxImage,
      archive: wanted.nginxArchive.map { _ in Self.nginxArchivePath }, address: node.address,
      port: spec.dcos.port)
  }

  // MARK: nodes

  /// What a node gets before DC/OS.
  package func preparation(_ node: NodeSpec) -> Preparation {
    Preparation(role: node.role, version: spec.dcos.version, packages: spec.packages)
  }

  /// The installation of DC/OS on a node by the installer with that checksum.
  package func installation(_ node: NodeSpec, installer: SHA256Sum) -> Installation {
    Installation(
      role: node.role, version: spec.dcos.version, bootstrapURL: spec.bootstrapURL,
      installer: installer, inputs: generation.inputs)
  }

  /// What a node is asked for its facts.
  package func factsRequest(_ node: NodeSpec) -> FactsRequest {
    FactsRequest(
      role: node.role, preparation: preparation(node), time: timeSettings(node),
      serving: node.role == .bootstrap ? serving(node) : nil)
  }

  /// Where a node gets its time from.
  package func timeSettings(_ node: NodeSpec) -> TimeSettings {
    let servers = spec.time.servers.compactMap { server in
      switch server {
      case .host(let name): name
      case .bootstrap: node.role == .bootstrap ? nil : spec.bootstrap?.address.description
      }
    }
    let serves = node.role == .bootstrap && spec.time.servers.contains(.bootstrap)
    return TimeSettings(servers: servers, servesTo: serves ? spec.network.cidr : nil)
  }

  // MARK: digests

  static func short(_ digest: String) -> String { String(digest.prefix(16)) }

  package static func digest(_ parts: [String]) -> String {
    SHA256Sum(hashing: Array(parts.joined(separator: "\0").utf8)).description
  }
}

/// What has to happen to a node's machine: the total table of wanted against observed.
package enum MachineTransition: Hashable, Sendable {
  /// It runs as wanted.
  case keep
  /// There is none.
  case create
  /// It is ours, was cut off before it ever answered or only makes a prepared layer, and is made
  /// again: nothing on it is of worth; why.
  case remake(DomainRecord, String)
  /// It is ours and does not run; the changes of the file become true when it starts.
  case start(DomainRecord.State, [MachineChange])
  /// It is of an earlier generation: a wipe was decided and has not come to its end.
  case replace(DomainRecord)
  /// It is ours, but made from other values than the file now has.
  case changed([MachineChange])
  /// The name is taken by something that does not carry our mark.
  case foreign(DomainRecord)

  /// Compares the mark that a node's domain should carry with what stands in its place.
  init(wanted: OwnershipMark, found: ClusterIdentity.Place) {
    switch found {
    case .empty: self = .create
    case .foreign(let record): self = .foreign(record)
    case .ours(let record, let mark) where mark.generation < wanted.generation:
      self = .replace(record)
    case .ours(let record, let mark):
      if let why = record.whyUnusable {
        self = .remake(record, why)
        return
      }
      let changes = MachineChange.changes(from: mark, to: wanted)
      switch (record.state, changes.map(\.need).max()) {
      case (.running, nil): self = .keep
      case (.shutoff, .restart), (.crashed, .restart), (_, nil):
        self = .start(record.state, changes)
      default: self = .changed(changes)
      }
    }
  }

  /// Whether the machine will be made again.
  package var makes: Bool {
    switch self {
    case .create, .remake, .replace: true
    case .keep, .start, .changed, .foreign: false
    }
  }

  /// Whether a disk on the base image will be opened.
  var needsImage: Bool { if case .start = self { true } else { makes } }
}

extension DomainRecord {
  /// Why nothing on a machine of ours is of worth; nil when something may be.
  package var whyUnusable: String? {
    guard let mark else { return nil }
    if mark.preparesLayer { return "the making of a prepared layer was cut off" }
    let isTorn = !mark.hasAnswered && (state == .shutoff || state == .crashed)
    return isTorn ? "its first boot was cut off" : nil
  }
}

extension Blueprint {
  /// Whether a quorum gate may have opened over the masters as they are now.
  ///
  /// The hypervisor says it, so that no node's silence or lie can take it back. A disk that has
  /// lost its domain has lost its mark.
  package func mayBeEnsemble(among domains: [DomainRecord], volumes: [String]?) -> Bool {
    spec.nodes(.master).contains { master in
      if let own = identity.domain(of: master.name, among: domains) {
        return !own.mark.awaitsProof
      }
      guard let volumes else { return true }
      return !ClusterIdentity.volumes(of: master.name, among: volumes).isEmpty
    }
  }

  /// What has to happen to a node's machine.
  package func transition(_ node: NodeSpec, among domains: [DomainRecord]) -> MachineTransition {
    MachineTransition(wanted: mark(node), found: identity.place(of: node, among: domains))
  }
}
