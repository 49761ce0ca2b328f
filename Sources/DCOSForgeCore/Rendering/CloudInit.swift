package import ForgeModel
import FoundationEssentials

/// The files of a NoCloud seed, from which cloud-init sets a node up at its first boot.
///
/// All are written as JSON, which is YAML too: nothing is quoted by hand. Modules and keys are
/// those that cloud-init has had since 0.7.9, CentOS 7's, and still has in 22.4, Debian 12's.
/// Source: `https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html`.
package enum CloudInit {
  /// The files by name, for the root of an image with the volume label `cidata`.
  ///
  /// - Parameters:
  ///   - node: The node.
  ///   - spec: Its cluster.
  ///   - keys: The cluster's keys; a node without a host key of its own is refused as an internal
  ///     fault.
  package static func files(
    for node: NodeSpec, in spec: ClusterSpec, keys: ClusterKeys
  ) throws(ForgeError) -> [String: String] {
    guard let host = keys.hosts[node.name] else {
      throw ForgeError(
        .internalFault, "there is no host key", on: node.name.description, disposition: .final)
    }
    return [
      "meta-data": try json(MetaData(spec: spec, node: node, generation: host.generation)),
      "user-data": "#cloud-config\n"
        + (try json(UserData(spec: spec, node: node, key: host.key, user: keys.userPublicLine))),
      "network-config": try json(NetworkConfig(spec: spec, node: node)),
    ]
  }

  private static func json(_ value: some Encodable) throws(ForgeError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    } catch {
      throw ForgeError(
        .internalFault, "cannot write a cloud-init seed", observed: "\(error)",
        disposition: .final)
    }
  }

  /// The line that `/etc/hosts` has for a node: its full name first, which is what `hostname -f`
  /// prints.
  private static func hostsLine(_ node: NodeSpec, domain: String) -> String {
    "\(node.address) \(node.name).\(domain) \(node.name)\n"
  }

  private struct MetaData: Encodable {
    /// A new value makes cloud-init run its once-per-instance modules again.
    let instanceID: String
    let localHostname: String

    enum CodingKeys: String, CodingKey {
      case instanceID = "instance-id"
      case localHostname = "local-hostname"
    }

    init(spec: ClusterSpec, node: NodeSpec, generation: Int) {
      instanceID = "\(spec.name)-\(node.name)-\(generation)"
      localHostname = node.name.description
    }
  }

  private struct UserData: Encodable {
    let hostname: String
    let fqdn: String
    let preserveHostname = false
    // cloud-init's own template maps the name to 127.0.1.1, where ZooKeeper and Mesos would listen.
    let manageHosts = false
    let files: [File]
    let hostKeys: [String: String]
    let deletesHostKeys = true
    let hostKeyTypes = ["ed25519"]
    let disablesRoot: Bool
    let allowsPasswords = false
    // Naming one keeps cloud-init from adding the image's default account.
    let users: [User]
    let partition = Partition()
    let growsFileSystem = true

    enum CodingKeys: String, CodingKey {
      case hostname, fqdn, users
      case preserveHostname = "preserve_hostname"
      case manageHosts = "manage_etc_hosts"
      case files = "write_files"
      case hostKeys = "ssh_keys"
      case deletesHostKeys = "ssh_deletekeys"
      case hostKeyTypes = "ssh_genkeytypes"
      case disablesRoot = "disable_root"
      case allowsPasswords = "ssh_pwauth"
      case partition = "growpart"
      case growsFileSystem = "resize_rootfs"
    }

    init(spec: ClusterSpec, node: NodeSpec, key: ClusterKeys.HostKey, user: String) {
      hostname = node.name.description
      fqdn = "\(node.name).\(spec.domain)"
      let names = spec.nodes.map { hostsLine($0, domain: spec.domain) }.joined()
      files = [
        File(
          path: "/etc/hosts", permissions: "0644",
          content: "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n" + names)
      ]
      hostKeys = ["ed25519_private": key.privateText, "ed25519_public": key.publicLine]
      disablesRoot = spec.ssh.user != "root"
      users = [User(name: spec.ssh.user, authorizedKeys: [user] + spec.ssh.authorizedKeys)]
    }
  }

  private struct File: Encodable {
    let path: String
    let permissions: String
    let content: String
  }

  private struct User: Encodable {
    let name: String
    let shell: String?
    let sudo: String?
    let locksPassword: Bool
    let authorizedKeys: [String]

    enum CodingKeys: String, CodingKey {
      case name, shell, sudo
      case locksPassword = "lock_passwd"
      case authorizedKeys = "ssh_authorized_keys"
    }

    // Root is there already and keeps its password, if it has one, for the console.
    init(name: String, authorizedKeys: [String]) {
      let isRoot = name == "root"
      self.name = name
      self.authorizedKeys = authorizedKeys
      shell = isRoot ? nil : "/bin/bash"
      sudo = isRoot ? nil : "ALL=(ALL) NOPASSWD:ALL"
      locksPassword = !isRoot
    }
  }

  private struct Partition: Encodable {
    let mode = "auto"
    let devices = ["/"]
  }

  /// Network configuration of version 1, the one that every cloud-init of interest reads.
  private struct NetworkConfig: Encodable {
    let version = 1
    let config: [Interface]

    struct Interface: Encodable {
      let type = "physical"
      let name = "eth0"
      let macAddress: String
      let subnets: [Subnet]

      enum CodingKeys: String, CodingKey {
        case type, name, subnets
        case macAddress = "mac_address"
      }
    }

    struct Subnet: Encodable {
      let type = "static"
      let address: String
      let gateway: String
      let resolvers: [String]
      let search: [String]

      enum CodingKeys: String, CodingKey {
        case type, address, gateway
        case resolvers = "dns_nameservers"
        case search = "dns_search"
      }
    }

    init(spec: ClusterSpec, node: NodeSpec) {
      let network = spec.network
      let resolvers = network.resolvers.isEmpty ? [network.gateway] : network.resolvers
      config = [
        Interface(
          macAddress: node.mac.description,
          subnets: [
            Subnet(
              address: "\(node.address)/\(network.cidr.prefixLength)",
              gateway: network.gateway.description, resolvers: resolvers.map(\.description),
              search: [spec.domain])
          ])
      ]
    }
  }
}
