/// What a machine is for in the cluster.
package enum NodeRole: String, CaseIterable, Sendable, Hashable {
  /// Generates and serves the installation; never a member of the cluster itself.
  case bootstrap
  /// Runs ZooKeeper, the Mesos master, Marathon and the rest of the control plane.
  case master
  /// Runs tasks, not reachable from outside.
  case agent
  /// Runs tasks that face the outside.
  case publicAgent = "public_agent"

  /// The argument that `dcos_install.sh` takes for the role; none for the bootstrap node.
  package var installerArgument: String? {
    switch self {
    case .bootstrap: nil
    case .master: "master"
    case .agent: "slave"
    case .publicAgent: "slave_public"
    }
  }

  /// Whether the role runs tasks.
  package var isAgent: Bool { self == .agent || self == .publicAgent }
}

/// The name of a node: one lower-case DNS label (RFC 1123), at most 63 characters.
package struct NodeName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let description: String

  /// Makes a name, or nil when the text is not a lower-case DNS label.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let hyphen = UInt8(ascii: "-")
    guard (1...63).contains(bytes.count), bytes.first != hyphen, bytes.last != hyphen,
      bytes.allSatisfy({ letters.contains($0) || digits.contains($0) || $0 == hyphen })
    else { return nil }
    self.description = String(text)
  }

  /// Orders by text.
  package static func < (one: NodeName, other: NodeName) -> Bool {
    one.description < other.description
  }
}

/// The virtual hardware of a node.
package struct MachineSize: Hashable, Sendable {
  package var memory: ByteCount
  /// Virtual CPUs.
  package var vcpus: Int
  /// Virtual size of the system disk; the overlay on the base image grows up to it.
  package var disk: ByteCount

  package init(memory: ByteCount, vcpus: Int, disk: ByteCount) {
    self.memory = memory
    self.vcpus = vcpus
    self.disk = disk
  }

  /// 8 GiB of memory as the founding installation notes advise, 2 vCPUs (one is known to break
  /// dcos-net), 60 GiB of disk as DC/OS's system requirements ask.
  package static let standard = MachineSize(
    memory: .gibibytes(8), vcpus: 2, disk: .gibibytes(60))
}

/// One node as the cluster file wants it.
package struct NodeSpec: Hashable, Sendable {
  /// Host name, domain name in libvirt, and key in every report.
  package var name: NodeName
  /// What it is for.
  package var role: NodeRole
  /// Its fixed address on the cluster's network.
  package var address: IPv4Address
  /// Its fixed hardware address.
  package var mac: MACAddress
  /// Its virtual hardware.
  package var size: MachineSize

  /// Makes a node; without a MAC it gets the one that follows from its address.
  package init(
    name: NodeName, role: NodeRole, address: IPv4Address, mac: MACAddress? = nil,
    size: MachineSize = .standard
  ) {
    self.name = name
    self.role = role
    self.address = address
    self.mac = mac ?? MACAddress(for: address)
    self.size = size
  }
}
