import ForgeRendering
package import ForgeModel
import CLibvirt

extension LibvirtHypervisor {
  /// Lists the domains, by name, with our marks; leases are none.
  package func domains() async throws(ForgeError) -> [DomainRecord] {
    try await perform("list the domains", on: uri) { connection in
      try connection.domains { (domain) throws(LibvirtFault) -> DomainRecord? in
        guard try !Self.isLease(domain) else { return nil }
        return DomainRecord(
          name: domain.name, uuid: try domain.uuid(), state: try domain.state().reported,
          mark: try domain.metadata(DomainXML.namespace).flatMap(DomainXML.mark(in:)))
      }.compactMap(\.self).sorted { $0.name < $1.name }
    }
  }

  /// Defines a persistent domain, validated against libvirt's schema; redefines the one with the
  /// same UUID.
  package func defineDomain(_ definition: DomainDefinition) async throws(ForgeError) {
    try await perform("define the domain", on: "domain \(definition.name)") { connection in
      let pool = try Self.pool(definition.pool, connection)
      let folder = PoolXML.path(in: try pool.xml())
      let paths = DomainXML.Paths(
        disk: try Self.path(of: definition.diskVolume, in: pool),
        seed: try Self.path(of: definition.seedVolume, in: pool),
        console: definition.consoleVolume.flatMap { name in folder.map { "\($0)/\(name)" } })
      _ = try connection.defineDomain(DomainXML.render(definition, paths: paths))
    }
  }

  /// Replaces the mark in a domain's metadata, the running machine's and the definition's.
  package func setMark(_ mark: OwnershipMark, uuid: String) async throws(ForgeError) {
    let subject = "domain \(uuid)"
    try await perform("mark the domain", on: subject) { connection in
      guard
        try connection.domain(uuid: uuid)?.setMetadata(
          DomainXML.metadata(mark), prefix: DomainXML.prefix, namespace: DomainXML.namespace)
          == true
      else {
        throw ForgeError(
          .hypervisor, "there is no such domain", on: subject, advice: "run plan again")
      }
    }
  }

  /// Starts a domain; one that runs already is left as it is, a paused one is resumed.
  package func startDomain(uuid: String) async throws(ForgeError) {
    let subject = "domain \(uuid)"
    try await perform("start the domain", on: subject) { connection in
      guard let domain = try connection.domain(uuid: uuid) else {
        throw ForgeError(
          .hypervisor, "there is no such domain", on: subject, advice: "define it first")
      }
      switch try domain.state() {
      case .running: return
      case .paused: try domain.resume()
      case .asleep: try domain.wake()
      case .shutoff, .crashed: try domain.start()
      }
    }
  }

  /// Stops a domain at once, as if its power was cut.
  package func destroyDomain(uuid: String) async throws(ForgeError) {
    try await perform("stop the domain", on: "domain \(uuid)") { connection in
      try connection.domain(uuid: uuid)?.destroy()
    }
  }

  /// Undefines a domain that does not run, with its snapshots' metadata, managed save and console
  /// volume.
  ///
  /// The console goes first: killed in between, the next run finds the domain and goes on.
  package func undefineDomain(uuid: String) async throws(ForgeError) {
    let subject = "domain \(uuid)"
    try await perform("undefine the domain", on: subject) { connection in
      guard let domain = try connection.domain(uuid: uuid) else { return }
      guard try [.shutoff, .crashed].contains(domain.state()) else {
        throw ForgeError(
          .hypervisor, "cannot undefine a domain that runs", on: subject,
          advice: "stop it first")
      }
      try Self.consoleVolume(of: domain, connection)?.delete()
      try domain.undefine()
    }
  }

  /// The addresses under which the host knows the machine.
  package func addresses(uuid: String) async throws(ForgeError) -> [IPv4Address] {
    try await perform("read the addresses", on: "domain \(uuid)") { connection in
      guard let domain = try connection.domain(uuid: uuid) else { return [] }
      let seen = try domain.addresses(VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP)
      let leased = try domain.addresses(VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE)
      return Set((seen.isEmpty ? leased : seen).compactMap { IPv4Address($0) }).sorted()
    }
  }

  /// The domain's persistent definition, without what libvirt takes for secrets.
  package func domainXML(uuid: String) async throws(ForgeError) -> String {
    let subject = "domain \(uuid)"
    return try await perform("read the domain", on: subject) { connection in
      guard let domain = try connection.domain(uuid: uuid) else {
        throw ForgeError(.hypervisor, "there is no such domain", on: subject, disposition: .final)
      }
      return try domain.xml()
    }
  }

  /// The last lines of the serial console's log, for error messages; empty when it cannot be had.
  package func consoleTail(uuid: String, lines: Int) async -> String {
    let bytes = try? await perform("read the console", on: "domain \(uuid)") { connection in
      guard let domain = try connection.domain(uuid: uuid),
        let volume = try Self.consoleVolume(of: domain, connection)
      else { return [UInt8]() }
      return try Self.tail(of: volume, connection)
    }
    let text = String(decoding: bytes ?? [], as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).suffix(max(0, lines)).joined(separator: "\n")
  }

  private static func tail(
    of volume: borrowing VolumeHandle, _ connection: borrowing ConnectHandle
  ) throws(LibvirtFault) -> [UInt8] {
    let size = try volume.capacity().bytes
    var stream = try connection.stream()
    try stream.download(from: volume, offset: max(0, size - consoleWindow))
    var bytes: [UInt8] = []
    while bytes.count < 2 * consoleWindow {  // the guest may write on while we read
      let chunk = try stream.receive()
      if chunk.isEmpty {
        try stream.finish()
        break
      }
      bytes += chunk
    }
    return bytes
  }

  /// How much of a console's log is read for its last lines, in bytes.
  private static var consoleWindow: Int64 { 65536 }

  // The console's log as a volume of the pool it lies in; nil when the domain has none or it is not
  // there.
  private static func consoleVolume(
    of domain: borrowing DomainHandle, _ connection: borrowing ConnectHandle
  ) throws(LibvirtFault) -> VolumeHandle? {
    guard let file = DomainXML.consoleFile(in: try domain.xml()),
      let slash = file.lastIndex(of: "/"), slash != file.startIndex
    else { return nil }
    guard let pool = try connection.pool(path: String(file[..<slash])), try scan(pool) else {
      return nil
    }
    return try pool.volume(String(file[file.index(after: slash)...]))
  }

  private static func path(
    of volume: String, in pool: borrowing PoolHandle
  ) throws -> String {
    guard let found = try pool.volume(volume) else { throw absent("volume \(volume)") }
    return try found.path()
  }
}
