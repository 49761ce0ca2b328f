import ForgeRendering
package import ForgeModel

extension LibvirtHypervisor {
  /// The lease on the cluster of that name; nil when there is none.
  package func lease(of cluster: String) async throws(ForgeError) -> Lease? {
    let name = Lease.domainName(of: cluster)
    return try await perform("read the lease", on: "domain \(name)") { connection in
      try connection.domains { (domain) throws(LibvirtFault) -> Lease? in
        guard domain.name == name else { return nil }
        let uuid = try domain.uuid()
        return try domain.metadata(LeaseXML.namespace).flatMap {
          LeaseXML.lease(in: $0, uuid: uuid)
        }
      }.lazy.compactMap(\.self).first
    }
  }

  /// Defines the lease's domain, which libvirt refuses when its name is another UUID's.
  package func createLease(_ lease: Lease) async throws(ForgeError) {
    let subject = "domain \(lease.domainName)"
    try await perform("create the lease", on: subject) { connection in
      guard let machine = LeaseXML.Machine(try connection.capabilities()) else {
        throw ForgeError(
          .hypervisor, "the hypervisor offers no guests", on: subject,
          advice: "see `virsh capabilities`; QEMU may not be installed there")
      }
      _ = try connection.defineDomain(LeaseXML.render(lease, on: machine))
    }
  }

  /// Replaces the metadata of the lease of that UUID; false when it is gone.
  package func renewLease(_ lease: Lease) async throws(ForgeError) -> Bool {
    try await perform("renew the lease", on: "domain \(lease.domainName)") { connection in
      guard let domain = try connection.domain(uuid: lease.uuid) else { return false }
      return try domain.setMetadata(
        LeaseXML.metadata(lease), prefix: LeaseXML.prefix, namespace: LeaseXML.namespace)
    }
  }

  /// Undefines the lease of that UUID, also in a cancelled task, and even if somebody started it.
  package func removeLease(uuid: String) async throws(ForgeError) {
    try await perform(
      "remove the lease", on: "domain \(uuid)", evenWhenCancelled: true
    ) { connection in
      guard let domain = try connection.domain(uuid: uuid), try Self.isLease(domain) else { return }
      try domain.destroy()
      try domain.undefine()
    }
  }

  /// Whether the domain is a lease; only those with a lease's name are asked for their metadata.
  static func isLease(_ domain: borrowing DomainHandle) throws(LibvirtFault) -> Bool {
    guard domain.name.hasPrefix(Lease.domainPrefix) else { return false }
    return try domain.metadata(LeaseXML.namespace) != nil
  }
}
