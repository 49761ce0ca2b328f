/// The libvirt network to have.
package struct NetworkDefinition: Hashable, Sendable {
  /// A node's fixed place: MAC, address and name.
  package struct Host: Hashable, Sendable {
    /// The node's name, served by the network's DNS.
    package var name: NodeName
    /// Its hardware address.
    package var mac: MACAddress
    /// The address that DHCP gives it.
    package var address: IPv4Address

    package init(name: NodeName, mac: MACAddress, address: IPv4Address) {
      self.name = name
      self.mac = mac
      self.address = address
    }
  }

  /// libvirt's name.
  package var name: String
  /// The UUID that makes it ours, lower case with hyphens.
  package var uuid: String
  /// nat or isolated; a bridge is not defined by us.
  package var mode: NetworkSpec.Mode
  package var cidr: IPv4Network
  /// The host's own address on it.
  package var gateway: IPv4Address
  /// The DNS domain of the nodes, ``ClusterSpec/domain``.
  package var domain: String
  /// Whether the network answers for the domain alone; a site's domain has other names, too.
  package var isOwnDomain = true
  /// The nodes.
  package var hosts: [Host]

  package init(
    name: String, uuid: String, mode: NetworkSpec.Mode, cidr: IPv4Network, gateway: IPv4Address,
    domain: String, hosts: [Host]
  ) {
    self.name = name
    self.uuid = uuid
    self.mode = mode
    self.cidr = cidr
    self.gateway = gateway
    self.domain = domain
    self.hosts = hosts
  }
}

/// The directory storage pool to have.
package struct PoolDefinition: Hashable, Sendable {
  /// libvirt's name.
  package var name: String
  /// The UUID that makes it ours, lower case with hyphens.
  package var uuid: String
  /// The folder on the hypervisor's host.
  package var path: String

  package init(name: String, uuid: String, path: String) {
    self.name = name
    self.uuid = uuid
    self.path = path
  }
}

/// A volume to create in our pool.
package struct VolumeDefinition: Hashable, Sendable {
  /// The format of a volume's content.
  package enum Format: String, Sendable {
    /// QEMU copy-on-write.
    case qcow2
    /// Plain bytes; ISO images too.
    case raw
  }

  /// The volume's name in the pool.
  package var name: String
  /// The virtual size.
  package var capacity: ByteCount
  package var format: Format
  /// The volume in the same pool that this one is a copy-on-write overlay of; qcow2 only.
  package var backing: String?

  package init(name: String, capacity: ByteCount, format: Format, backing: String? = nil) {
    self.name = name
    self.capacity = capacity
    self.format = format
    self.backing = backing
  }
}

/// The domain to have for a node.
package struct DomainDefinition: Hashable, Sendable {
  /// libvirt's name.
  package var name: String
  /// The domain's UUID, lower case with hyphens.
  package var uuid: String
  /// Whose it is.
  package var mark: OwnershipMark
  /// Memory and vCPUs; the disk is the overlay's business.
  package var size: MachineSize
  /// Whether KVM or QEMU's emulation runs it.
  package var usesKVM: Bool
  /// The pool that holds both volumes.
  package var pool: String
  /// The system disk's volume, the first virtio disk.
  package var diskVolume: String
  /// The NoCloud seed's volume.
  package var seedVolume: String
  /// What the one network interface is plugged into.
  package var attachment: Attachment
  /// The interface's hardware address.
  package var mac: MACAddress
  /// Direct kernel boot, or nil to boot from the disk.
  package var directBoot: DirectBoot?
  /// The name in the pool of the file that takes the serial console's output, or nil for none.
  ///
  /// In the pool, because what lies there can be read and deleted through libvirt's API, on a
  /// remote host too.
  package var consoleVolume: String?

  /// What a network interface is plugged into.
  package enum Attachment: Hashable, Sendable {
    /// A libvirt network by name.
    case network(String)
    /// A bridge of the host by name.
    case bridge(String)
  }

  /// A kernel that the hypervisor loads itself; paths on its host.
  package struct DirectBoot: Hashable, Sendable {
    /// The kernel image.
    package var kernel: String
    /// The initial RAM disk.
    package var initrd: String?
    /// The kernel's command line.
    package var arguments: String

    package init(kernel: String, initrd: String?, arguments: String) {
      self.kernel = kernel
      self.initrd = initrd
      self.arguments = arguments
    }
  }

  package init(
    name: String, uuid: String, mark: OwnershipMark, size: MachineSize, usesKVM: Bool,
    pool: String, diskVolume: String, seedVolume: String, attachment: Attachment,
    mac: MACAddress, directBoot: DirectBoot? = nil, consoleVolume: String? = nil
  ) {
    self.name = name
    self.uuid = uuid
    self.mark = mark
    self.size = size
    self.usesKVM = usesKVM
    self.pool = pool
    self.diskVolume = diskVolume
    self.seedVolume = seedVolume
    self.attachment = attachment
    self.mac = mac
    self.directBoot = directBoot
    self.consoleVolume = consoleVolume
  }
}

/// What the hypervisor's host is and has left.
package struct HostFacts: Hashable, Sendable {
  /// The host's name.
  package var name: String
  /// The hypervisor and its version, for reports.
  package var version: String
  package var processors: Int
  /// Memory that new guests can have now: free, or held by the host only as cache.
  package var freeMemory: ByteCount
  /// Whether hardware virtualisation is proved: libvirt offers KVM and the CPU has vmx or svm.
  package var offersKVM: Bool

  package init(
    name: String, version: String, processors: Int, freeMemory: ByteCount, offersKVM: Bool
  ) {
    self.name = name
    self.version = version
    self.processors = processors
    self.freeMemory = freeMemory
    self.offersKVM = offersKVM
  }
}

/// A libvirt network as it is.
package struct NetworkRecord: Hashable, Sendable {
  /// libvirt's name.
  package var name: String
  package var uuid: String
  /// Whether it runs.
  package var isActive: Bool
  /// Its IPv4 range, where it has one.
  package var cidr: IPv4Network?
  /// The fixed hosts of its DHCP.
  package var hosts: [NetworkDefinition.Host]

  package init(
    name: String, uuid: String, isActive: Bool, cidr: IPv4Network?,
    hosts: [NetworkDefinition.Host]
  ) {
    self.name = name
    self.uuid = uuid
    self.isActive = isActive
    self.cidr = cidr
    self.hosts = hosts
  }
}

/// A storage pool as it is.
package struct PoolRecord: Hashable, Sendable {
  /// libvirt's name.
  package var name: String
  package var uuid: String
  /// Whether it runs.
  package var isActive: Bool

  package init(name: String, uuid: String, isActive: Bool) {
    self.name = name
    self.uuid = uuid
    self.isActive = isActive
  }
}

/// What is in a storage pool that runs.
package struct PoolContents: Hashable, Sendable {
  /// Room left in it.
  package var available: ByteCount
  /// Its whole volumes by name, without those whose making was cut off.
  package var volumes: [String]
  /// The volumes, by name, whose making was cut off.
  package var torn: [String]
  /// All its volumes by name.
  package var all: [String] { volumes + torn }

  package init(available: ByteCount, volumes: [String], torn: [String] = []) {
    self.available = available
    self.volumes = volumes
    self.torn = torn
  }
}

/// A domain as it is.
package struct DomainRecord: Hashable, Sendable {
  /// The states that matter here.
  package enum State: String, Sendable {
    /// Guest code runs.
    case running
    /// Suspended, by hand or by an I/O error.
    case paused
    /// Not running.
    case shutoff
    /// The guest or the emulator crashed.
    case crashed
  }

  /// libvirt's name.
  package var name: String
  package var uuid: String
  /// What it does now.
  package var state: State
  /// Our mark; nil on a foreign domain.
  package var mark: OwnershipMark?

  package init(name: String, uuid: String, state: State, mark: OwnershipMark?) {
    self.name = name
    self.uuid = uuid
    self.state = state
    self.mark = mark
  }
}
