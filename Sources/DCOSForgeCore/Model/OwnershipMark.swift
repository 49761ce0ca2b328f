/// The mark that dcosforge leaves on what it made.
///
/// No mark, no write.
///
/// Domains carry it in their libvirt metadata. Networks (before libvirt 9.8), pools and volumes
/// have no metadata: a network or pool is ours when its UUID is the one derived from the cluster's
/// name, and a volume is ours when it lies in a pool of ours and has a name that we give.
package struct OwnershipMark: Hashable, Sendable {
  /// The cluster's name.
  package var cluster: String
  /// The node the domain is for.
  package var node: NodeName
  /// What the node was made to be.
  package var role: NodeRole
  /// The address that it was made with.
  package var address: IPv4Address
  /// How often the node was made: 1 at first, one more after each wipe.
  package var generation: Int
  /// What the machine was made from, part by part: the value where it is short and public, else the
  /// first sixteen digits of its SHA-256.
  ///
  /// The host key is the line of its `.pub` file without a comment.
  package var parts: [MachinePart: String]
  /// Whether the machine has ever answered with cloud-init at its end.
  ///
  /// One that was off before cannot be started again: a power cut tears what its first boot writes,
  /// and cloud-init does not write it twice.
  package var hasAnswered = false
  /// Whether the machine only makes a prepared layer: whoever finds it makes the node's own in its
  /// place.
  package var preparesLayer = false
  /// Whether it is a master over which no quorum gate has opened yet.
  ///
  /// What does not say so may belong to an ensemble, as all machines that were made before the mark
  /// could say it.
  package var awaitsProof = false

  package init(
    cluster: String, node: NodeName, role: NodeRole, address: IPv4Address, generation: Int,
    parts: [MachinePart: String]
  ) {
    self.cluster = cluster
    self.node = node
    self.role = role
    self.address = address
    self.generation = generation
    self.parts = parts
  }
}

/// A part of what a machine is made from that cannot change unnoticed while it lives.
package enum MachinePart: String, CaseIterable, Sendable {
  /// What the node is: bootstrap, master, agent or public agent.
  case role
  case memory
  /// Its virtual processors.
  case vcpus
  /// The size of its disk.
  case disk
  /// The base image, by checksum.
  case image
  /// Kernel, initrd and arguments of a direct boot.
  case boot
  /// Name and mode of its network.
  case network
  /// Range and gateway of its network.
  case range
  case address
  /// Its hardware address.
  case mac
  /// The resolvers that it was given.
  case resolvers
  /// The DNS domain of the nodes; none for the cluster's own.
  case domain
  /// The account, the port and the operator's own keys of SSH.
  case login
  /// The cluster's user key.
  case userKey = "user-key"
  case hostKey = "host-key"
}

/// What a change in the cluster file needs to become true of a node that lives.
package enum ChangeNeed: String, CaseIterable, Comparable, Sendable {
  /// The next start of the machine.
  case restart
  /// The keys that the machine was made with: they are gone from the state folder.
  case keys
  /// A new machine for this node.
  case reimage
  /// A new cluster.
  case scratch = "from scratch"

  /// Orders by how much is lost.
  package static func < (one: ChangeNeed, other: ChangeNeed) -> Bool {
    one.ordinal < other.ordinal
  }

  private var ordinal: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A part of a machine that the file wants otherwise than it was made.
package struct MachineChange: Hashable, Sendable {
  package var part: MachinePart
  /// What the machine was made with.
  package var made: String
  /// What the file wants.
  package var wanted: String
  /// The role that the machine was made for.
  package var role: NodeRole

  package init(_ part: MachinePart, made: String, wanted: String, role: NodeRole) {
    self.part = part
    self.made = made
    self.wanted = wanted
    self.role = role
  }

  /// What differs between two marks, in the order of ``MachinePart``.
  package static func changes(from made: OwnershipMark, to wanted: OwnershipMark) -> [MachineChange]
  {
    MachinePart.allCases.compactMap { part in
      let (old, new) = (made.parts[part] ?? "nothing", wanted.parts[part] ?? "nothing")
      return old == new ? nil : MachineChange(part, made: old, wanted: new, role: made.role)
    }
  }

  /// What the change needs.
  package var need: ChangeNeed {
    switch part {
    case .memory, .vcpus, .boot: .restart
    case .userKey, .hostKey: .keys
    case .disk, .image, .resolvers, .login: .reimage
    case .address, .mac, .role: role.isAgent ? .reimage : .scratch
    case .network, .range, .domain: .scratch
    }
  }

  /// Why it needs that.
  package var reason: String {
    switch part {
    case .memory, .vcpus, .boot: "a running machine keeps what it was started with"
    case .userKey, .hostKey: "the state folder is not the one it was made with"
    case .disk, .image, .resolvers, .login: "it is written when the machine is made"
    case .address, .mac, .role:
      role.isAgent
        ? "Mesos knows an agent by its address"
        : "the ensemble and every node know the masters and the bootstrap node by address"
    case .network, .range, .domain: "every machine hangs on it"
    }
  }

  /// `memory: 8GiB → 16GiB`; of host keys the fingerprints.
  package var description: String { "\(part.rawValue): \(brief(made)) → \(brief(wanted))" }

  private func brief(_ value: String) -> String {
    guard part == .hostKey, let key = HostKey.publicKey(inLine: value) else { return value }
    return HostKey.fingerprint(of: key)
  }
}
