/// A whole cluster as the operator's file wants it: every default filled in, every value checked.
public struct ClusterSpec: Hashable, Sendable {
  /// The cluster's name: names its libvirt objects and its state folder.
  ///
  /// A lower-case DNS label,
  /// underscores allowed inside.
  public var name: String
  /// Where the machines run.
  public var hypervisor: HypervisorSpec
  /// The network they share.
  public var network: NetworkSpec
  /// The disk they start from.
  public var image: ImageSpec
  /// The DC/OS release and how it is generated and served.
  public var dcos: DCOSSpec
  /// How nodes are reached.
  public var ssh: SSHSpec
  /// What is installed on nodes before DC/OS.
  public var packages: PackageSpec
  /// Where nodes get the time.
  public var time: TimeSpec
  /// How long each wait may take.
  public var limits: LimitSpec
  /// How many steps may run at once, per kind of work.
  public var parallel: ParallelSpec
  /// The nodes in file order.
  public var nodes: [NodeSpec]

  /// Makes a cluster of its parts.
  public init(
    name: String, hypervisor: HypervisorSpec = HypervisorSpec(), network: NetworkSpec,
    image: ImageSpec, dcos: DCOSSpec, ssh: SSHSpec = SSHSpec(),
    packages: PackageSpec = PackageSpec(), time: TimeSpec = TimeSpec(),
    limits: LimitSpec = LimitSpec(), parallel: ParallelSpec = ParallelSpec(), nodes: [NodeSpec]
  ) {
    self.name = name
    self.hypervisor = hypervisor
    self.network = network
    self.image = image
    self.dcos = dcos
    self.ssh = ssh
    self.packages = packages
    self.time = time
    self.limits = limits
    self.parallel = parallel
    self.nodes = nodes
  }

  /// The nodes of one role, in file order.
  public func nodes(_ role: NodeRole) -> [NodeSpec] { nodes.filter { $0.role == role } }

  /// The DNS domain of the nodes: `<name>.internal`, the name with hyphens for its underscores.
  ///
  /// `internal` is the top-level domain that ICANN keeps for private use.
  public var domain: String {
    String(name.map { $0 == "_" ? "-" : $0 }) + ".internal"
  }

  /// The bootstrap node; a checked cluster has exactly one.
  public var bootstrap: NodeSpec? { nodes.first { $0.role == .bootstrap } }

  /// The URL that nodes fetch DC/OS from: the root of `genconf/serve` on the bootstrap node.
  public var bootstrapURL: String {
    "http://\(bootstrap?.address.description ?? "bootstrap"):\(dcos.port)"
  }
}

/// The libvirt connection and how guests are executed.
public struct HypervisorSpec: Hashable, Sendable {
  /// How guest instructions run.
  public enum Accelerator: String, CaseIterable, Sendable {
    /// KVM where hardware virtualisation is proved, QEMU's emulation otherwise.
    case auto
    /// KVM, whatever the host seems to offer.
    case kvm
    /// QEMU's emulation.
    case emulation
  }

  /// A libvirt URI.
  public var uri = "qemu:///system"
  /// How guest instructions run.
  public var accelerator = Accelerator.auto
  /// The host folder of the cluster's storage pool; nil for libvirt's images folder.
  public var poolPath: String?
  /// Whether memory beyond what the host has free is accepted.
  public var allowsOvercommit = false

  /// Makes the default: the system's own libvirt.
  public init() {}
}

/// The network that the nodes share.
public struct NetworkSpec: Hashable, Sendable {
  /// How the network reaches the world.
  public enum Mode: String, CaseIterable, Sendable {
    /// A libvirt network that translates addresses towards the host's own.
    case nat
    /// A libvirt network without a way out.
    case isolated
    /// A bridge that exists on the host already; dcosforge makes no network.
    case bridge
  }

  /// libvirt's name of the network, or of the host's bridge in bridge mode.
  public var name: String
  /// How it reaches the world.
  public var mode: Mode
  /// The range of the nodes' addresses.
  public var cidr: IPv4Network
  /// The nodes' default gateway; the host's own address in nat mode.
  public var gateway: IPv4Address
  /// The resolvers that nodes use before DC/OS takes over; empty for the gateway.
  public var resolvers: [IPv4Address]

  /// Makes a network.
  public init(
    name: String, mode: Mode = .nat, cidr: IPv4Network, gateway: IPv4Address,
    resolvers: [IPv4Address] = []
  ) {
    self.name = name
    self.mode = mode
    self.cidr = cidr
    self.gateway = gateway
    self.resolvers = resolvers
  }
}

/// A file on this machine or behind a URL, with the checksum it must have.
public struct ArtifactSource: Hashable, Sendable {
  /// An absolute path, or an `http`, `https` or `file` URL.
  public var location: String
  /// The checksum of the content; nil when the operator gave none.
  public var sha256: SHA256Sum?

  /// Makes a source.
  public init(_ location: String, sha256: SHA256Sum? = nil) {
    self.location = location
    self.sha256 = sha256
  }

  /// Whether the content must be fetched over the network first.
  public var isRemote: Bool { location.hasPrefix("http://") || location.hasPrefix("https://") }
}

/// The disk image nodes start from.
public struct ImageSpec: Hashable, Sendable {
  /// A qcow2 image with cloud-init.
  public var source: ArtifactSource
  /// Kernel for direct boot, a path on the hypervisor's host; nil boots from the disk.
  public var kernel: String?
  /// Initial RAM disk for direct boot, a path on the hypervisor's host.
  public var initrd: String?
  /// Kernel command line for direct boot.
  public var kernelArguments: String?

  /// Makes an image that boots from its own disk.
  public init(source: ArtifactSource) { self.source = source }
}

/// The DC/OS release and how it is generated and served.
public struct DCOSSpec: Hashable, Sendable {
  /// The release.
  public var version: DCOSVersion
  /// `dcos_generate_config.sh` of that release.
  public var installer: ArtifactSource
  /// The local folder with `cluster.yaml` (or `config.yaml`) and `ip-detect`; an absolute path.
  public var genconf: String
  /// The bootstrap node's port that serves the installation.
  public var port: Int = 8080
  /// The Docker image that serves it.
  public var nginxImage = "nginx:1.25"
  /// A `docker save` archive of that image; nil lets the bootstrap node pull it.
  public var nginxArchive: ArtifactSource?

  /// Makes a release with the standard way of serving.
  public init(version: DCOSVersion, installer: ArtifactSource, genconf: String) {
    self.version = version
    self.installer = installer
    self.genconf = genconf
  }
}

/// How nodes are reached.
public struct SSHSpec: Hashable, Sendable {
  /// The account; it must be root or have sudo without a password.
  public var user = "root"
  /// The port.
  public var port = 22
  /// Further public keys that may log in, in authorized_keys form.
  public var authorizedKeys: [String] = []

  /// Makes the default: root on port 22.
  public init() {}
}

/// What is installed on nodes before DC/OS.
public struct PackageSpec: Hashable, Sendable {
  /// A yum repository that dcosforge writes to nodes.
  public struct Repository: Hashable, Sendable {
    /// Section name and file name.
    public var id: String
    /// `baseurl` of the repository.
    public var baseURL: String
    /// Whether package signatures are checked.
    public var checksSignatures: Bool
    /// `gpgkey` of the repository.
    public var key: String?

    /// Makes a repository.
    public init(id: String, baseURL: String, checksSignatures: Bool = true, key: String? = nil) {
      self.id = id
      self.baseURL = baseURL
      self.checksSignatures = checksSignatures
      self.key = key
    }
  }

  /// The repositories to write; empty adds Docker's own for CentOS and leaves the rest as it is.
  public var repositories: [Repository] = []
  /// Whether the image's own repositories are switched off while ours are used.
  public var replacesRepositories = false
  /// The Docker package.
  public var dockerPackage = "docker-ce"
  /// The Docker version that is pinned; 18.09 passes the preflight of every release from 1.11.0 on.
  public var dockerVersion = "18.09.9"

  /// Makes the default set.
  public init() {}
}

/// Where nodes get the time.
public struct TimeSpec: Hashable, Sendable {
  /// A source of time.
  public enum Server: Hashable, Sendable {
    /// The bootstrap node serves its own clock: for networks without a way out.
    case bootstrap
    /// An NTP server by name or address.
    case host(String)
  }

  /// The servers; empty leaves the image's own configuration.
  public var servers: [Server] = []

  /// Makes the default: the image's own configuration.
  public init() {}
}

/// How long each wait may take.
///
/// Every wait of a run has its limit here.
public struct LimitSpec: Hashable, Sendable {
  /// From the start of a domain to an SSH login with cloud-init done.
  public var boot: Duration = .seconds(600)
  /// Until a node's clock is synchronised; ntpd may need more than 15 minutes, chronyd seconds.
  public var timeSync: Duration = .seconds(300)
  /// Packages, Docker and settings of one node.
  public var prerequisites: Duration = .seconds(1200)
  /// Upload of one artifact.
  public var transfer: Duration = .seconds(3600)
  /// `dcos_generate_config.sh`; the first run unpacks and loads a large image.
  public var generate: Duration = .seconds(1800)
  /// DC/OS's own preflight on one node.
  public var preflight: Duration = .seconds(300)
  /// `dcos_install.sh` on one node.
  public var install: Duration = .seconds(1800)
  /// From the masters' installation to a proved ZooKeeper quorum; upstream says up to 15 minutes.
  public var quorum: Duration = .seconds(1200)
  /// From an agent's installation until the leader lists it.
  public var join: Duration = .seconds(900)
  /// Until every component answers well.
  public var health: Duration = .seconds(900)

  /// Makes the default limits.
  public init() {}
}

/// How many steps may run at once.
public struct ParallelSpec: Hashable, Sendable {
  /// Steps of any kind, over the whole run.
  public var steps = 32
  /// Calls that create or start machines on one hypervisor.
  public var machines = 4
  /// Large uploads from this machine.
  public var transfers = 4
  /// Nodes that fetch and install DC/OS from the bootstrap node at once.
  public var installs = 10

  /// Makes the default limits.
  public init() {}
}
