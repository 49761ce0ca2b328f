package import ForgeModel
import FoundationXML

/// The XML of a lease: the smallest domain there is, with the holder in its metadata.
package enum LeaseXML {
  /// The namespace of the holder in a lease's metadata.
  package static let namespace = "urn:dcosforge:lease:1"
  /// The prefix of that namespace.
  package static let prefix = "dcosforge"

  /// What a hypervisor can define.
  package struct Machine: Hashable, Sendable {
    /// Such as `qemu`.
    var type: String
    /// Such as `hvm`.
    var system: String
    /// Such as `x86_64`.
    var architecture: String

    /// The hypervisor's own architecture where it has guests of it, emulated where it can emulate.
    ///
    /// - Parameter capabilities: libvirt's, `https://libvirt.org/formatcaps.html`. Nil when they
    ///   name no guest.
    package init?(_ capabilities: String) {
      let root = XMLTree(capabilities, root: "capabilities")
      let own = root?.first("host")?.first("cpu")?.first("arch")?.text
      let guests = root?.elements("guest") ?? []
      let guest = guests.first { $0.first("arch")?["name"] == own } ?? guests.first
      guard let system = guest?.first("os_type")?.text, let arch = guest?.first("arch"),
        let architecture = arch["name"]
      else { return nil }
      let types = arch.elements("domain").compactMap { $0["type"] }
      guard let type = ["qemu", "kvm"].first(where: types.contains) ?? types.first else {
        return nil
      }
      (self.type, self.system, self.architecture) = (type, system, architecture)
    }
  }

  /// The domain of a lease.
  package static func render(_ lease: Lease, on machine: Machine) -> String {
    let element = element(lease, name: "\(prefix):lease")
    element.add("xmlns:\(prefix)", namespace)
    return XMLElement(
      "domain", ["type": machine.type],
      [
        XMLElement("name", text: lease.domainName),
        XMLElement("uuid", text: lease.uuid),
        XMLElement("metadata", [:], [element]),
        XMLElement(
          "title", text: "dcosforge works on \(lease.cluster): do not start, remove or rename"),
        XMLElement("memory", ["unit": "MiB"], text: "1"),
        XMLElement("vcpu", text: "1"),
        XMLElement(
          "os", [:], [XMLElement("type", ["arch": machine.architecture], text: machine.system)]),
      ]
    ).rendered
  }

  /// The metadata of a lease as libvirt takes it in a call: the namespace comes beside it.
  package static func metadata(_ lease: Lease) -> String { element(lease, name: "lease").rendered }

  private static func element(_ lease: Lease, name: String) -> XMLElement {
    XMLElement(
      name,
      [
        "cluster": lease.cluster, "user": lease.holder.user, "host": lease.holder.host,
        "pid": String(lease.holder.pid), "command": lease.holder.command,
        "since": String(lease.holder.since), "origin": lease.origin, "beat": String(lease.beat),
        "renewed": String(lease.renewed),
      ])
  }

  /// Milliseconds since 1970-01-01 00:00 UTC, up to the year 9999.
  private static let milliseconds: ClosedRange<Int64> = 0...253_402_300_799_999

  /// The lease in the metadata element that libvirt gives for our namespace; nil when it is none.
  package static func lease(in metadata: String, uuid: String) -> Lease? {
    guard let root = XMLTree(metadata), root.localName == "lease",
      let cluster = root["cluster"], let user = root["user"], let host = root["host"],
      let pid = root.number("pid", in: 1...Int32.max), let command = root["command"],
      let since = root.number("since", in: milliseconds), let origin = root["origin"],
      let beat = root.number("beat", in: 0...1_000_000_000),
      let renewed = root.number("renewed", in: milliseconds)
    else { return nil }
    return Lease(
      cluster: cluster, uuid: uuid,
      holder: LockHolder(user: user, host: host, pid: pid, command: command, since: since),
      origin: origin, beat: beat, renewed: renewed)
  }
}
