import ForgeDCOS
import ForgeModel

/// The rules that look at several keys at once, and the cluster that comes of a file that keeps
/// them.
struct ClusterRules {
  /// The most nodes that a cluster may have.
  static let maximumNodes = 4096

  /// The numbers of masters that DC/OS accepts.
  static let masterCounts = [1, 3, 5, 7, 9]

  /// The file as decoded.
  let file: ClusterFile
  /// Findings and places.
  var decoder: ClusterFileDecoder
  /// Where the file begins, for findings that have no better place.
  let start: SourcePosition

  /// A node and the entry it comes from.
  private struct Entry {
    var node: NodeSpec
    var path: String
  }

  /// Checks everything and expands the nodes; they are of use only without errors.
  mutating func check() -> [NodeSpec] {
    checkVersion()
    checkHypervisor()
    checkNetwork()
    checkDocker()
    checkDependentKeys()
    let entries = expandNodes()
    if decoder.isSound("network.cidr"), decoder.isSound("network.gateway") {
      for entry in entries { checkAddress(of: entry) }
    }
    checkUnique(entries)
    if decoder.isSound("nodes") { checkRoles(entries) }
    if decoder.isSound("sizes") { checkSizes(entries) }
    return entries.map(\.node)
  }

  // MARK: reporting

  /// The place of the first of the paths that is in the file.
  private func place(_ paths: String...) -> SourcePosition {
    for path in paths {
      if let place = decoder.places[path] { return place }
    }
    return start
  }

  private mutating func error(
    _ id: String, _ message: String, hint: String = "", at position: SourcePosition
  ) {
    decoder.report(Diagnostic(id: id, message, hint: hint, at: position))
  }

  private mutating func warn(
    _ id: String, _ message: String, hint: String, at position: SourcePosition
  ) {
    decoder.report(Diagnostic(id: id, severity: .warning, message, hint: hint, at: position))
  }

  // MARK: sections

  private mutating func checkVersion() {
    guard decoder.isSound("version"), file.version != ClusterFile.supportedVersion else { return }
    error(
      "config-version", "version \(file.version) of the cluster file is unknown",
      hint: "this dcosforge reads version \(ClusterFile.supportedVersion)", at: place("version"))
  }

  private mutating func checkHypervisor() {
    let (uri, mode) = (file.hypervisor.uri, file.network.mode)
    guard decoder.isSound("hypervisor.uri") else { return }
    // libvirt.org/uri.html: driver[+transport]://[user@][host]/path[?parameters]. The domains that
    // we write are QEMU's; libvirt's own test driver takes any.
    let driver = uri.prefix { $0 != "+" && $0 != ":" }
    if driver != "qemu", driver != "test" {
      error(
        "hypervisor-driver", "\(driver) refuses the machines, which are made for QEMU",
        hint: "qemu:///system, or qemu+ssh://HOST/system", at: place("hypervisor.uri"))
    } else if driver == "qemu", uri.prefix(while: { $0 != "?" }).hasSuffix("/session"),
      mode != .bridge, decoder.isSound("network.mode")
    {
      // libvirt.org/drvqemu.html: a session driver has the rights of its account.
      warn(
        "hypervisor-session",
        "\(uri) has the rights of an account only, and those do not make a network",
        hint: "qemu:///system, or network.mode: bridge with a bridge that the account may use",
        at: place("hypervisor.uri"))
    }
  }

  /// The installer's own preflight would refuse the node, after minutes.
  private mutating func checkDocker() {
    let written = file.packages.dockerVersion
    guard decoder.isSound("packages.docker.version"), decoder.isSound("dcos.version"),
      file.dcos.version.misreadsDockerVersion
    else { return }
    // An RPM's version may have an epoch: 3:20.10.24-3.el7.
    let version = written.split(separator: ":").last ?? ""
    let numbers = version.split(separator: ".").prefix(2).compactMap { Int($0) }
    guard numbers.count == 2, (numbers[0], numbers[1]) >= (19, 3) else { return }
    warn(
      "docker-misread",
      "DC/OS \(file.dcos.version) refuses Docker \(written): from 19.03 on its preflight takes "
        + "docker-init's version for Docker's",
      hint: "\(PackageSpec().dockerVersion) passes with every release",
      at: place("packages.docker.version"))
  }

  private mutating func checkNetwork() {
    let network = file.network
    if network.mode == .bridge, decoder.isSound("network") {
      if decoder.places["network.name"] == nil {
        error(
          "missing-key", "bridge mode needs network.name, the bridge of the host",
          at: place("network.mode"))
      } else if network.name.utf8.count > 15 {
        error(
          "bad-value", "network.name must name a bridge, which has at most 15 characters",
          at: place("network.name"))
      }
    }
    guard decoder.isSound("network.cidr") else { return }
    let reserved = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"]
    if let other = reserved.compactMap({ IPv4Network($0) }).first(where: network.cidr.overlaps) {
      error(
        "reserved-network", "\(network.cidr) overlaps \(other), which hosts cannot use",
        hint: "use a private range such as 10.1.1.0/24", at: place("network.cidr"))
    }
    if let gateway = network.gateway, decoder.isSound("network.gateway"),
      !network.cidr.isHost(gateway)
    {
      error(
        "outside-network", "network.gateway \(gateway) is no host address of \(network.cidr)",
        at: place("network.gateway"))
    }
  }

  private mutating func checkDependentKeys() {
    for (key, path) in [
      ("initrd", file.image.initrd), ("kernel_arguments", file.image.kernelArguments),
    ]
    where path != nil && file.image.kernel == nil && decoder.isSound("image.kernel") {
      error(
        "missing-key", "image.\(key) needs image.kernel", at: place("image.\(key)"))
    }
    let nginx = file.dcos.nginx
    if nginx.archiveSHA256 != nil, nginx.archive == nil, decoder.isSound("dcos.nginx.archive") {
      error(
        "missing-key", "dcos.nginx.archive_sha256 needs dcos.nginx.archive",
        at: place("dcos.nginx.archive_sha256"))
    }
    var ids: Set<String> = []
    for (index, repository) in file.packages.repositories.enumerated()
    where !repository.id.isEmpty && !ids.insert(repository.id).inserted {
      error(
        "duplicate-name", "two repositories have the id \(repository.id)",
        at: place("packages.repositories[\(index)].id"))
    }
  }

  // MARK: nodes

  private mutating func expandNodes() -> [Entry] {
    var entries: [Entry] = []
    for (index, set) in file.nodes.enumerated() {
      let path = "nodes[\(index)]"
      if let mac = set.mac { checkMAC(mac, count: set.names?.count ?? 1, path: path) }
      guard let names = set.names, decoder.isSound("\(path).address") else { continue }
      guard entries.count + names.count <= Self.maximumNodes else {
        error(
          "too-many-nodes", "the cluster has more than \(Self.maximumNodes) nodes",
          at: place("\(path).names"))
        return entries
      }
      guard let addresses = addresses(of: set, count: names.count, path: path) else { continue }
      let size = set.size.applied(to: file.sizes.size(of: set.role))
      for (name, address) in zip(names.names, addresses) {
        let node = NodeSpec(name: name, role: set.role, address: address, mac: set.mac, size: size)
        entries.append(Entry(node: node, path: path))
      }
    }
    return entries
  }

  private mutating func addresses(of set: ClusterFile.Nodes, count: Int, path: String)
    -> [IPv4Address]?
  {
    if set.addresses.count == 1, let first = set.addresses.first {
      let addresses = (0..<count).compactMap(first.advanced(by:))
      if addresses.count == count { return addresses }
    } else if set.addresses.count == count {
      return set.addresses
    }
    error(
      "address-count",
      set.addresses.count == 1
        ? "\(count) nodes from \(set.addresses[0]) on go past the last IPv4 address"
        : "\(count) nodes have \(set.addresses.count) addresses",
      hint: "give the first address only, or one for each name", at: place("\(path).address", path))
    return nil
  }

  private mutating func checkMAC(_ mac: MACAddress, count: Int, path: String) {
    if count > 1 {
      error(
        "duplicate-mac", "\(count) nodes cannot share the hardware address \(mac)",
        hint: "remove it: each node gets one that follows from its address",
        at: place("\(path).mac"))
    }
    guard !mac.isUnicast else { return }
    error(
      "multicast-mac", "\(mac) is no hardware address of a single station",
      hint: "the second digit must be even, and not all digits zero", at: place("\(path).mac"))
  }

  private mutating func checkAddress(of entry: Entry) {
    let (node, cidr) = (entry.node, file.network.cidr)
    let position = place("\(entry.path).address", entry.path, "network.cidr", "network")
    if !cidr.contains(node.address) {
      error(
        "outside-network", "\(node.name) has the address \(node.address) outside \(cidr)",
        hint: decoder.places["nodes"] == nil
          ? "these are the built-in nodes; list your own under nodes" : "", at: position)
    } else if !cidr.isHost(node.address) {
      let kind = node.address == cidr.broadcast ? "broadcast" : "network"
      error(
        "outside-network", "\(node.name) has the \(kind) address \(node.address) of \(cidr)",
        at: position)
    } else if node.address == file.network.effectiveGateway {
      error(
        "duplicate-address", "\(node.name) has the address \(node.address) of the gateway",
        at: position)
    }
  }

  private mutating func checkUnique(_ entries: [Entry]) {
    var names: [NodeName: Entry] = [:]
    var addresses: [IPv4Address: Entry] = [:]
    var macs: [MACAddress: Entry] = [:]
    for entry in entries {
      let node = entry.node
      if node.name.description == "localhost" {
        error(
          "reserved-name", "localhost is every machine's name for itself",
          hint: "give the node a name of its own", at: place("\(entry.path).names", entry.path))
      }
      if let other = names.updateValue(entry, forKey: node.name) {
        error(
          "duplicate-name", "two nodes are called \(node.name)",
          hint: "the other is in line \(place("\(other.path).names", other.path).line)",
          at: place("\(entry.path).names", entry.path))
      }
      let other = addresses.updateValue(entry, forKey: node.address)
      if let other {
        error(
          "duplicate-address", "\(node.name) has the address \(node.address) of \(other.node.name)",
          at: place("\(entry.path).address", entry.path))
      }
      if let twin = macs.updateValue(entry, forKey: node.mac), other == nil,
        twin.path != entry.path
      {
        error(
          "duplicate-mac", "\(node.name) has the hardware address \(node.mac) of \(twin.node.name)",
          at: place("\(entry.path).mac", "\(twin.path).mac", entry.path))
      }
    }
  }

  private mutating func checkRoles(_ entries: [Entry]) {
    func count(_ role: NodeRole) -> Int { entries.count { $0.node.role == role } }
    let masters = count(.master)
    if !Self.masterCounts.contains(masters) {
      error(
        "master-count", "the cluster has \(masters == 0 ? "no" : String(masters)) masters",
        hint: "ZooKeeper's quorum needs 1, 3, 5, 7 or 9", at: place("nodes"))
    }
    let bootstraps = entries.filter { $0.node.role == .bootstrap }
    if bootstraps.isEmpty {
      error(
        "bootstrap-count", "the cluster has no bootstrap node",
        hint: "give one node the role bootstrap: it generates and serves the installation",
        at: place("nodes"))
    } else if let second = bootstraps.dropFirst().first {
      error(
        "bootstrap-count", "the cluster has \(bootstraps.count) bootstrap nodes, it needs one",
        at: place("\(second.path).role", second.path))
    }
    if count(.agent) + count(.publicAgent) == 0 {
      warn(
        "no-agents", "the cluster has no agents", hint: "nothing can run on it",
        at: place("nodes"))
    }
  }

  private mutating func checkSizes(_ entries: [Entry]) {
    var seen: Set<SourcePosition> = []
    for entry in entries where entry.node.role != .bootstrap {
      let (node, role) = (entry.node, entry.node.role.rawValue)
      let memory = place(
        "\(entry.path).memory", "sizes.\(role).memory", "sizes.default.memory")
      if node.role == .master, node.size.memory < .gibibytes(8), seen.insert(memory).inserted {
        warn(
          "small-memory", "the master \(node.name) has \(node.size.memory) of memory",
          hint: "less than 8GiB is too little for ZooKeeper and Marathon", at: memory)
      }
      let vcpus = place("\(entry.path).vcpus", "sizes.\(role).vcpus", "sizes.default.vcpus")
      if node.size.vcpus < 2, seen.insert(vcpus).inserted {
        warn(
          "single-vcpu", "\(node.name) has one virtual CPU",
          hint: "dcos-net is known to fail with fewer than two", at: vcpus)
      }
    }
  }

  // MARK: result

  /// The cluster of a file without errors and its nodes, with every local path absolute.
  static func cluster(of resolved: ClusterFile, nodes: [NodeSpec]) -> ClusterSpec {
    let (network, source) = (resolved.network, resolved.dcos)
    var dcos = DCOSSpec(
      version: source.version, installer: source.installer, genconf: source.genconf)
    dcos.port = source.port
    dcos.nginxImage = source.nginx.image
    dcos.nginxArchive = source.nginx.archive.map {
      ArtifactSource($0, sha256: source.nginx.archiveSHA256)
    }
    return ClusterSpec(
      name: resolved.cluster, hypervisor: resolved.hypervisor,
      network: NetworkSpec(
        name: network.name, mode: network.mode, cidr: network.cidr,
        gateway: network.effectiveGateway, resolvers: network.resolvers, domain: network.domain),
      image: resolved.image, dcos: dcos, ssh: resolved.ssh,
      packages: resolved.packages, time: resolved.time, limits: resolved.limits,
      parallel: resolved.parallel, nodes: nodes)
  }
}
