/// A whole cluster as the operator's file wants it: every default filled in, every value checked.
package struct ClusterSpec: Hashable, Sendable {
  /// The cluster's name: names its libvirt objects and its state folder.
  ///
  /// A lower-case DNS label,
  /// underscores allowed inside.
  package var name: String
  /// Where the machines run.
  package var hypervisor: HypervisorSpec
  /// The network they share.
  package var network: NetworkSpec
  /// The disk they start from.
  package var image: ImageSpec
  /// The DC/OS release and how it is generated and served.
  package var dcos: DCOSSpec
  /// How nodes are reached.
  package var ssh: SSHSpec
  /// What is installed on nodes before DC/OS.
  package var packages: PackageSpec
  /// Where nodes get the time.
  package var time: TimeSpec
  /// How long each wait may take.
  package var limits: LimitSpec
  /// How many steps may run at once, per kind of work.
  package var parallel: ParallelSpec
  /// The nodes in file order.
  package var nodes: [NodeSpec]

  /// Makes a cluster of its parts.
  package init(
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
  package func nodes(_ role: NodeRole) -> [NodeSpec] { nodes.filter { $0.role == role } }

  /// The DNS domain of the nodes: the network's, else ``ownDomain``.
  package var domain: String { network.domain ?? ownDomain }

  /// The domain that no other cluster has: `<name>.internal`, the name with hyphens for its
  /// underscores.
  ///
  /// `internal` is the top-level domain that ICANN keeps for private use.
  package var ownDomain: String {
    String(name.map { $0 == "_" ? "-" : $0 }) + ".internal"
  }

  /// The bootstrap node; a checked cluster has exactly one.
  package var bootstrap: NodeSpec? { nodes.first { $0.role == .bootstrap } }

  /// The URL that nodes fetch DC/OS from: the root of `genconf/serve` on the bootstrap node.
  package var bootstrapURL: String {
    "http://\(bootstrap?.address.description ?? "bootstrap"):\(dcos.port)"
  }
}

/// The libvirt connection and how guests are executed.
package struct HypervisorSpec: Hashable, Sendable {
  /// How guest instructions run.
  package enum Accelerator: String, CaseIterable, Sendable {
    /// KVM where hardware virtualisation is proved, QEMU's emulation otherwise.
    case auto
    /// KVM, whatever the host seems to offer.
    case kvm
    /// QEMU's emulation.
    case emulation
  }

  /// A libvirt URI.
  package var uri = "qemu:///system"
  /// How guest instructions run.
  package var accelerator = Accelerator.auto
  /// The host folder of the cluster's storage pool; nil for libvirt's images folder.
  package var poolPath: String?
  /// Whether memory beyond what the host has free is accepted.
  package var allowsOvercommit = false

  /// Makes the default: the system's own libvirt.
  package init() {}
}

/// The network that the nodes share.
package struct NetworkSpec: Hashable, Sendable {
  /// How the network reaches the world.
  package enum Mode: String, CaseIterable, Sendable {
    /// A libvirt network that translates addresses towards the host's own.
    case nat
    /// A libvirt network without a way out.
    case isolated
    /// A bridge that exists on the host already; dcosforge makes no network.
    case bridge
  }

  /// libvirt's name of the network, or of the host's bridge in bridge mode.
  package var name: String
  /// How it reaches the world.
  package var mode: Mode
  /// The range of the nodes' addresses.
  package var cidr: IPv4Network
  /// The nodes' default gateway; the host's own address in nat mode.
  package var gateway: IPv4Address
  /// The resolvers that nodes use before DC/OS takes over; empty for the gateway.
  package var resolvers: [IPv4Address]
  /// The DNS domain of the nodes, lower case; nil for the cluster's own.
  package var domain: String?

  package init(
    name: String, mode: Mode = .nat, cidr: IPv4Network, gateway: IPv4Address,
    resolvers: [IPv4Address] = [], domain: String? = nil
  ) {
    self.name = name
    self.mode = mode
    self.cidr = cidr
    self.gateway = gateway
    self.resolvers = resolvers
    self.domain = domain
  }
}

/// A file on this machine or behind a URL, with the checksum it must have.
package struct ArtifactSource: Hashable, Sendable {
  /// An absolute path, or an `http`, `https` or `file` URL.
  package var location: String
  /// The checksum of the content; nil when the operator gave none.
  package var sha256: SHA256Sum?

  package init(_ location: String, sha256: SHA256Sum? = nil) {
    self.location = location
    self.sha256 = sha256
  }

  /// The place as messages show it: without the user, password and query of a URL.
  package var place: String {
    guard isRemote else { return location }
    let scheme = location.hasPrefix("https") ? "https://" : "http://"
    let rest = Self.withoutQueries(location).dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    return scheme + (authority.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest)
  }

  /// The text with `?…` for the query and fragment of each URL, up to the next blank: they may hold
  /// a token under any name.
  package static func withoutQueries(_ text: String) -> String {
    text.replacing(/(https?:\/\/[^\s?#]*)[?#]\S*/) { "\($0.1)?…" }
  }

  /// Whether the content must be fetched over the network first.
  package var isRemote: Bool { location.hasPrefix("http://") || location.hasPrefix("https://") }
}

/// The disk image nodes start from.
package struct ImageSpec: Hashable, Sendable {
  /// A qcow2 image with cloud-init.
  package var source: ArtifactSource
  /// Kernel for direct boot, a path on the hypervisor's host; nil boots from the disk.
  package var kernel: String?
  /// Initial RAM disk for direct boot, a path on the hypervisor's host.
  package var initrd: String?
  /// Kernel command line for direct boot.
  package var kernelArguments: String?

  /// Makes an image that boots from its own disk.
  package init(source: ArtifactSource) { self.source = source }
}

/// The DC/OS release and how it is generated and served.
package struct DCOSSpec: Hashable, Sendable {
  package var version: DCOSVersion
  /// `dcos_generate_config.sh` of that release.
  package var installer: ArtifactSource
  /// The local folder with `cluster.yaml` (or `config.yaml`) and `ip-detect`; an absolute path.
  package var genconf: String
  /// The bootstrap node's port that serves the installation.
  package var port: Int = 8080
  /// The Docker image that serves it.
  package var nginxImage = "nginx:1.25"
  /// A `docker save` archive of that image; nil lets the bootstrap node pull it.
  package var nginxArchive: ArtifactSource?

  /// Makes a release with the standard way of serving.
  package init(version: DCOSVersion, installer: ArtifactSource, genconf: String) {
    self.version = version
    self.installer = installer
    self.genconf = genconf
  }
}

/// How nodes are reached.
package struct SSHSpec: Hashable, Sendable {
  /// The account; it must be root or have sudo without a password.
  package var user = "root"
  package var port = 22
  /// Further public keys that may log in, in authorized_keys form.
  package var authorizedKeys: [String] = []

  /// Makes the default: root on port 22.
  package init() {}
}

/// What is installed on nodes before DC/OS.
package struct PackageSpec: Hashable, Sendable {
  /// A yum repository that dcosforge writes to nodes.
  package struct Repository: Hashable, Sendable {
    /// Section name and file name.
    package var id: String
    /// `baseurl` of the repository.
    package var baseURL: String
    /// Whether package signatures are checked.
    package var checksSignatures: Bool
    /// `gpgkey` of the repository.
    package var key: String?

    package init(id: String, baseURL: String, checksSignatures: Bool = true, key: String? = nil) {
      self.id = id
      self.baseURL = baseURL
      self.checksSignatures = checksSignatures
      self.key = key
    }
  }

  /// The repositories to write; empty adds Docker's own for CentOS and leaves the rest as it is.
  package var repositories: [Repository] = []
  /// Whether the image's own repositories are switched off while ours are used.
  package var replacesRepositories = false
  package var dockerPackage = "docker-ce"
  /// The Docker version that is pinned; 18.09 passes the preflight of every release from 1.11.0 on.
  package var dockerVersion = "18.09.9"

  /// Makes the default set.
  package init() {}
}

/// Where nodes get the time.
package struct TimeSpec: Hashable, Sendable {
  /// A source of time.
  package enum Server: Hashable, Sendable {
    /// The bootstrap node serves its own clock: for networks without a way out.
    case bootstrap
    /// An NTP server by name or address.
    case host(String)
  }

  /// The servers; empty leaves the image's own configuration.
  package var servers: [Server] = []

  /// Makes the default: the image's own configuration.
  package init() {}
}

/// How long each wait may take.
///
/// Every wait of a run has its limit here.
package struct LimitSpec: Hashable, Sendable {
  /// From the start of a domain to an SSH login with cloud-init done.
  package var boot: Duration = .seconds(600)
  /// Until a node's clock is synchronised; ntpd may need more than 15 minutes, chronyd seconds.
  package var timeSync: Duration = .seconds(300)
  /// Packages, Docker and settings of one node.
  package var prerequisites: Duration = .seconds(1200)
  /// Upload of one artifact.
  package var transfer: Duration = .seconds(3600)
  /// `dcos_generate_config.sh`; the first run unpacks and loads a large image.
  package var generate: Duration = .seconds(1800)
  /// DC/OS's own preflight on one node.
  package var preflight: Duration = .seconds(300)
  /// `dcos_install.sh` on one node.
  package var install: Duration = .seconds(1800)
  /// From the masters' installation to a proved ZooKeeper quorum; upstream says up to 15 minutes.
  package var quorum: Duration = .seconds(1200)
  /// From an agent's installation until the leader lists it.
  package var join: Duration = .seconds(900)
  /// Until every component answers well.
  package var health: Duration = .seconds(900)

  /// Makes the default limits.
  package init() {}
}

/// How many steps may run at once.
package struct ParallelSpec: Hashable, Sendable {
  /// Steps of any kind, over the whole run.
  package var steps = 32
  /// Calls that create or start machines on one hypervisor.
  package var machines = 4
  /// Large uploads from this machine.
  package var transfers = 4
  /// Nodes that fetch and install DC/OS from the bootstrap node at once.
  package var installs = 10

  /// Makes the default limits.
  package init() {}
}
