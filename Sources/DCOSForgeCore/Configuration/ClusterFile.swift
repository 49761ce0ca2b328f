import ForgeModel
import SystemPackage

/// The cluster file as it is written: defaults filled in, node sets not yet expanded.
package struct ClusterFile: Hashable, Sendable {
  /// The version of the format that this reads.
  static let supportedVersion = 1

  /// The name of the file that is looked for, and that `init` writes.
  static let usualName = "dcosforge.yaml"

  var version = supportedVersion
  var cluster = "dcos_gsi"
  var hypervisor = HypervisorSpec()
  var network = Network()
  var image = ImageSpec(source: ArtifactSource("images/node.qcow2"))
  var dcos = DCOS()
  var ssh = SSHSpec()
  var packages = PackageSpec()
  var time = TimeSpec()
  var limits = LimitSpec()
  var parallel = ParallelSpec()
  var sizes = Sizes()
  var nodes = Nodes.founding
}

extension ClusterFile {
  /// The network section, whose gateway follows from the range when it is not given.
  struct Network: Hashable, Sendable {
    var name = "dcosforge"
    var mode = NetworkSpec.Mode.nat
    var cidr = IPv4Network.founding
    var gateway: IPv4Address?
    var resolvers: [IPv4Address] = []
    var domain: String?

    /// The gateway given, or the first address of the range.
    var effectiveGateway: IPv4Address { gateway ?? cidr.address.advanced(by: 1) ?? cidr.address }
  }

  /// The dcos section.
  struct DCOS: Hashable, Sendable {
    var version = DCOSVersion.founding
    var installer = ArtifactSource("dcos_generate_config.sh")
    var genconf = "genconf"
    var port = 8080
    var nginx = Nginx()
  }

  /// The container that serves the installation.
  struct Nginx: Hashable, Sendable {
    var image = "nginx:1.25"
    var archive: String?
    var archiveSHA256: SHA256Sum?
  }

  /// The parts of a size that a role or node sets itself.
  struct SizeOverride: Hashable, Sendable {
    var memory: ByteCount?
    var vcpus: Int?
    var disk: ByteCount?

    /// The size with these parts replaced.
    func applied(to size: MachineSize) -> MachineSize {
      MachineSize(
        memory: memory ?? size.memory, vcpus: vcpus ?? size.vcpus, disk: disk ?? size.disk)
    }

    /// The override that sets every part.
    init(_ size: MachineSize) { (memory, vcpus, disk) = (size.memory, size.vcpus, size.disk) }
    /// The override that sets nothing.
    init() {}
  }

  /// The sizes section.
  struct Sizes: Hashable, Sendable {
    var standard = MachineSize.standard
    var bootstrap = SizeOverride()
    var master = SizeOverride()
    var agent = SizeOverride()
    var publicAgent = SizeOverride()

    /// The size of a role's machines.
    func size(of role: NodeRole) -> MachineSize {
      let override =
        switch role {
        case .bootstrap: bootstrap
        case .master: master
        case .agent: agent
        case .publicAgent: publicAgent
        }
      return override.applied(to: standard)
    }
  }

  /// One entry of the list of nodes.
  struct Nodes: Hashable, Sendable {
    var names: NodeSet?
    var role = NodeRole.agent
    var addresses: [IPv4Address] = []
    var mac: MACAddress?
    var size = SizeOverride()

    /// The seven nodes of the founding installation.
    static let founding: [Nodes] = [
      founding("lxcm02", .bootstrap, 0x0A01_0108),
      founding("lxzk0[1-3]", .master, 0x0A01_0131),
      founding("lxb00[1-3]", .agent, 0x0A01_010D),
    ]

    private static func founding(_ names: String, _ role: NodeRole, _ first: UInt32) -> Nodes {
      var nodes = Nodes()
      nodes.names = try? NodeSet(names)
      nodes.role = role
      nodes.addresses = [IPv4Address(rawValue: first)]
      return nodes
    }
  }

  /// The file with every local path made absolute from a folder.
  func resolvingPaths(from folder: String) -> ClusterFile {
    func absolute(_ location: String) -> String {
      guard !location.contains("://") else { return location }
      return FilePath(folder).pushing(FilePath(location)).lexicallyNormalized().string
    }
    var file = self
    file.image.source.location = absolute(image.source.location)
    file.dcos.installer.location = absolute(dcos.installer.location)
    file.dcos.genconf = absolute(dcos.genconf)
    file.dcos.nginx.archive = dcos.nginx.archive.map(absolute)
    return file
  }

  /// The file with every value that follows from another one written out.
  var filledIn: ClusterFile {
    var file = self
    file.network.gateway = network.effectiveGateway
    file.sizes.bootstrap = SizeOverride(sizes.size(of: .bootstrap))
    file.sizes.master = SizeOverride(sizes.size(of: .master))
    file.sizes.agent = SizeOverride(sizes.size(of: .agent))
    file.sizes.publicAgent = SizeOverride(sizes.size(of: .publicAgent))
    return file
  }
}

extension IPv4Network {
  /// The range of the founding installation, 10.1.1.0/24.
  static let founding: IPv4Network = {
    guard let network = IPv4Network("10.1.1.0/24") else { preconditionFailure("a constant") }
    return network
  }()
}
