import ForgeSupport
import ForgeModel

// The table of all keys.

extension ClusterFile {
  /// The keys of the file, in the order in which they are shown.
  static let keys: [Key<ClusterFile>] = [
    .value(
      "version", \.version, .integer(1...999), "Version of this file's format", required: true,
      example: .integer(supportedVersion)),
    .value("cluster", \.cluster, .clusterName, "Name of the cluster, its objects and its state"),
    .section("hypervisor", \.hypervisor, hypervisorKeys, "Where the machines run"),
    .section("network", \.network, networkKeys, "The network that the machines share"),
    .section("image", \.image, imageKeys, "The disk image that every machine starts from"),
    .section("dcos", \.dcos, dcosKeys, "The DC/OS release, its installer and its parameters"),
    .section("ssh", \.ssh, sshKeys, "How the machines are reached"),
    .section("packages", \.packages, packageKeys, "What is installed before DC/OS"),
    .section("time", \.time, timeKeys, "Where the machines get the time"),
    .section("limits", \.limits, limitKeys, "How long each wait may take"),
    .section("parallel", \.parallel, parallelKeys, "How much may be done at once"),
    .section("sizes", \.sizes, sizesKeys, "The machines' sizes, overridable per role and node"),
    .sections("nodes", \.nodes, of: Nodes(), nodeKeys, "The machines"),
  ]

  /// Every key with its default.
  static let description = keys.map { $0.describe(ClusterFile()) }

  private static let hypervisorKeys: [Key<HypervisorSpec>] = [
    .value("uri", \.uri, .libvirtURI, "libvirt connection"),
    .value(
      "accelerator", \.accelerator, .choice, "auto takes KVM where it really works", minor: true),
    .optional(
      "pool_path", \.poolPath, .hostPath, "Folder of the storage pool on the hypervisor's host",
      example: "/var/lib/libvirt/images/dcos_gsi"),
    .value(
      "allow_overcommit", \.allowsOvercommit, .boolean, "Accept more memory than the host has free",
      minor: true),
  ]

  private static let networkKeys: [Key<Network>] = [
    .value(
      "name", \.name, .networkName, "libvirt's name of the network, or the host's bridge",
      minor: true),
    .value("mode", \.mode, .choice, "nat, isolated, or bridge for a bridge of the host"),
    .value("cidr", \.cidr, .network, "Range of addresses"),
    .optional(
      "gateway", \.gateway, .address, "Default gateway; first address of the range by default",
      example: "10.1.1.1"),
    .list(
      "resolvers", \.resolvers, .address, "DNS servers before DC/OS; empty for the gateway",
      example: .array(["1.1.1.1", "8.8.8.8"])),
    .optional(
      "domain", \.domain, .domainName, "DNS domain of the machines; CLUSTER.internal by default",
      example: "dc1.example.com"),
  ]

  private static let imageKeys: [Key<ImageSpec>] = [
    .value("source", \.source.location, .pathOrURL, "qcow2 image with cloud-init, path or URL"),
    .optional(
      "sha256", \.source.sha256, .sha256, "Checksum of the image", example: .exampleChecksum),
    .optional(
      "kernel", \.kernel, .hostPath, "Kernel for direct boot, path on the hypervisor's host",
      example: "/var/lib/dcosforge/vmlinuz"),
    .optional(
      "initrd", \.initrd, .hostPath, "Initial RAM disk, path on the hypervisor's host",
      example: "/var/lib/dcosforge/initrd.img"),
    .optional(
      "kernel_arguments", \.kernelArguments, .line, "Command line of that kernel",
      example: "root=/dev/vda1 console=ttyS0"),
  ]

  private static let dcosKeys: [Key<DCOS>] = [
    .value("version", \.version, .release, "Release"),
    .section("installer", \.installer, installerKeys, "dcos_generate_config.sh of that release"),
    .value("genconf", \.genconf, .path, "Folder with cluster.yaml and ip-detect"),
    .value(
      "port", \.port, .integer(1...65535),
      "Port of the bootstrap node that serves the installation",
      minor: true),
    .section("nginx", \.nginx, nginxKeys, "The container that serves the installation"),
  ]

  private static let installerKeys: [Key<ArtifactSource>] = [
    .value("source", \.location, .pathOrURL, "Path or URL"),
    .optional("sha256", \.sha256, .sha256, "Checksum of the installer", example: .exampleChecksum),
  ]

  private static let nginxKeys: [Key<Nginx>] = [
    .value("image", \.image, .containerImage, "Docker image", minor: true),
    .optional(
      "archive", \.archive, .pathOrURL, "docker save archive of it, for nodes without a way out",
      example: "images/nginx.tar"),
    .optional(
      "archive_sha256", \.archiveSHA256, .sha256, "Checksum of the archive",
      example: .exampleChecksum),
  ]

  private static let sshKeys: [Key<SSHSpec>] = [
    .value(
      "user", \.user, .account, "root, or an account with sudo without a password", minor: true),
    .value("port", \.port, .integer(1...65535), "Port", minor: true),
    .list(
      "authorized_keys", \.authorizedKeys, .authorizedKey, "Further public keys that may log in",
      example: .array([
        .string(
          "ssh-ed25519 "
            + "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA you@host"
        )
      ])),
  ]

  private static let packageKeys: [Key<PackageSpec>] = [
    .sections(
      "repositories", \.repositories, of: PackageSpec.Repository(id: "", baseURL: ""),
      repositoryKeys, "yum repositories to write; none adds Docker's own for CentOS", minor: true,
      example: .array([
        .object(["id": "base", "baseurl": "http://vault.centos.org/7.9.2009/os/x86_64/"])
      ])),
    .value(
      "replace", \.replacesRepositories, .boolean, "Switch the image's own repositories off",
      minor: true),
    .section("docker", \.self, dockerKeys, "The pinned Docker"),
  ]

  private static let repositoryKeys: [Key<PackageSpec.Repository>] = [
    .required("id", \.id, .packageName, "Section and file name", example: "base"),
    .required(
      "baseurl", \.baseURL, .repositoryURL, "Where it is",
      example: "http://vault.centos.org/7.9.2009/os/x86_64/"),
    .value("gpgcheck", \.checksSignatures, .boolean, "Check package signatures"),
    .optional(
      "gpgkey", \.key, .repositoryURL, "Key of the signatures",
      example: "http://vault.centos.org/RPM-GPG-KEY-CentOS-7"),
  ]

  private static let dockerKeys: [Key<PackageSpec>] = [
    .value("package", \.dockerPackage, .packageName, "Package", minor: true),
    .value("version", \.dockerVersion, .packageVersion, "Version", minor: true),
  ]

  private static let timeKeys: [Key<TimeSpec>] = [
    .list(
      "servers", \.servers, .timeServer, "NTP servers, or bootstrap; none keeps the image's own",
      example: .array(["bootstrap"]))
  ]

  private static let limitKeys: [Key<LimitSpec>] = [
    limit("boot", \.boot, "From power-on to an SSH login with cloud-init done"),
    limit("time_sync", \.timeSync, "Until a clock is synchronised"),
    limit("prerequisites", \.prerequisites, "Packages, Docker and settings of a node"),
    limit("transfer", \.transfer, "Upload of one file"),
    limit("generate", \.generate, "dcos_generate_config.sh"),
    limit("preflight", \.preflight, "DC/OS's own preflight on a node"),
    limit("install", \.install, "dcos_install.sh on a node"),
    limit("quorum", \.quorum, "From installed masters to a proved ZooKeeper quorum"),
    limit("join", \.join, "From an installed agent until the leader lists it"),
    limit("health", \.health, "Until every component answers well"),
  ]

  private static func limit(
    _ name: String, _ target: any WritableKeyPath<LimitSpec, Duration> & Sendable, _ summary: String
  ) -> Key<LimitSpec> {
    .value(name, target, .duration, summary, minor: true)
  }

  private static let parallelKeys: [Key<ParallelSpec>] = [
    .value("steps", \.steps, .integer(1...1000), "Steps of any kind", minor: true),
    .value("machines", \.machines, .integer(1...1000), "Machines made or started", minor: true),
    .value("transfers", \.transfers, .integer(1...1000), "Large uploads", minor: true),
    .value("installs", \.installs, .integer(1...1000), "Nodes that install DC/OS", minor: true),
  ]

  private static let sizesKeys: [Key<Sizes>] = [
    .section("default", \.standard, sizeKeys, "Machines of every role"),
    .section("bootstrap", \.bootstrap, overrideKeys, "The bootstrap machine"),
    .section("master", \.master, overrideKeys, "Masters"),
    .section("agent", \.agent, overrideKeys, "Agents"),
    .section("public_agent", \.publicAgent, overrideKeys, "Public agents"),
  ]

  private static let sizeKeys: [Key<MachineSize>] = [
    .value("memory", \.memory, .memory, "Main memory; masters and agents should have 8 GiB"),
    .value("vcpus", \.vcpus, .integer(1...512), "Virtual CPUs; one is too few for DC/OS"),
    .value("disk", \.disk, .disk, "Virtual size of the system disk"),
  ]

  private static let overrideKeys: [Key<SizeOverride>] = [
    .optional("memory", \.memory, .memory, "Main memory", example: "16GiB"),
    .optional("vcpus", \.vcpus, .integer(1...512), "Virtual CPUs", example: .integer(4)),
    .optional("disk", \.disk, .disk, "System disk", example: "120GiB"),
  ]

  private static let nodeKeys: [Key<Nodes>] = [
    .optional(
      "names", \.names, .nodeSet, "Host name, or a set of them", required: true,
      example: "lxzk0[1-3]"),
    .required("role", \.role, .choice, "What the machines are for", example: "master"),
    .list(
      "address", \.addresses, .address,
      "Address of the first machine, the others follow it; or one for each", orOne: true,
      required: true, example: "10.1.1.49"),
    .optional(
      "mac", \.mac, .mac,
      "Hardware address, for a single machine; by default it follows the address",
      example: "52:54:00:0a:01:31"),
    .optional("memory", \.size.memory, .memory, "Main memory", example: "16GiB"),
    .optional("vcpus", \.size.vcpus, .integer(1...512), "Virtual CPUs", example: .integer(4)),
    .optional("disk", \.size.disk, .disk, "System disk", example: "120GiB"),
  ]
}

extension JSONValue {
  fileprivate static let exampleChecksum = JSONValue.string(String(repeating: "0", count: 64))
}
