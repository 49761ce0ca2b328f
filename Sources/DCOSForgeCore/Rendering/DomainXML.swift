package import ForgeModel
import FoundationXML

/// The XML of domains (`https://libvirt.org/formatdomain.html`).
package enum DomainXML {
  /// The namespace of our mark in a domain's metadata.
  package static let namespace = "urn:dcosforge:mark:1"
  /// The prefix of that namespace.
  package static let prefix = "dcosforge"

  /// Where the domain's volumes lie on the hypervisor's host.
  ///
  /// Disks are given as files, not as volumes of a pool: libvirt's AppArmor helper does not resolve
  /// volumes, and then the emulator may not open them.
  package struct Paths: Hashable, Sendable {
    /// The system disk.
    var disk: String
    /// The NoCloud seed.
    var seed: String
    /// The file that takes the serial console.
    var console: String?

    package init(disk: String, seed: String, console: String? = nil) {
      self.disk = disk
      self.seed = seed
      self.console = console
    }
  }

  /// The domain of a node.
  ///
  /// The emulated machine has what a node needs and nothing more: q35 without video, USB and
  /// balloon.
  package static func render(_ domain: DomainDefinition, paths: Paths) -> String {
    XMLElement(
      "domain", ["type": domain.usesKVM ? "kvm" : "qemu"],
      [
        XMLElement("name", text: domain.name),
        XMLElement("uuid", text: domain.uuid),
        XMLElement("metadata", [:], [mark(domain.mark)]),
        XMLElement("memory", ["unit": "b"], text: String(domain.size.memory.bytes)),
        XMLElement("vcpu", text: String(domain.size.vcpus)),
        operatingSystem(domain.directBoot),
        XMLElement("features", [:], [XMLElement("acpi"), XMLElement("apic")]),
        domain.usesKVM
          ? XMLElement("cpu", ["mode": "host-passthrough", "migratable": "off"])
          : XMLElement("cpu", ["mode": "maximum"]),
        clock(usesKVM: domain.usesKVM),
        XMLElement("on_poweroff", text: "destroy"),
        XMLElement("on_reboot", text: "restart"),
        XMLElement("on_crash", text: "destroy"),
        devices(domain, paths),
      ]
    ).rendered
  }

  private static func operatingSystem(_ boot: DomainDefinition.DirectBoot?) -> XMLElement {
    let type = XMLElement("type", ["arch": "x86_64", "machine": "q35"], text: "hvm")
    guard let boot else {
      return XMLElement("os", [:], [type, XMLElement("boot", ["dev": "hd"])])
    }
    return XMLElement(
      "os", [:],
      [
        type, XMLElement("kernel", text: boot.kernel),
        boot.initrd.map { XMLElement("initrd", text: $0) },
        XMLElement("cmdline", text: boot.arguments),
      ])
  }

  // The timers that keep a guest's clock right under KVM; QEMU's emulation knows none of them.
  private static func clock(usesKVM: Bool) -> XMLElement {
    let timers =
      usesKVM
      ? [
        XMLElement("timer", ["name": "rtc", "tickpolicy": "catchup"]),
        XMLElement("timer", ["name": "pit", "tickpolicy": "delay"]),
        XMLElement("timer", ["name": "hpet", "present": "no"]),
      ] : []
    return XMLElement("clock", ["offset": "utc"], timers)
  }

  private static func devices(_ domain: DomainDefinition, _ paths: Paths) -> XMLElement {
    XMLElement(
      "devices", [:],
      [
        disk(paths.disk, format: .qcow2, target: "vda", isReadOnly: false),
        disk(paths.seed, format: .raw, target: "vdb", isReadOnly: true),
        XMLElement("controller", ["type": "usb", "model": "none"]),
        interface(domain),
        serial(log: paths.console),
        XMLElement(
          "rng", ["model": "virtio"],
          [XMLElement("backend", ["model": "random"], text: "/dev/urandom")]),
        XMLElement("memballoon", ["model": "none"]),
      ])
  }

  private static func disk(
    _ path: String, format: VolumeDefinition.Format, target: String, isReadOnly: Bool
  ) -> XMLElement {
    let driver = XMLElement("driver", ["name": "qemu", "type": format.rawValue])
    return XMLElement(
      "disk", ["type": "file", "device": "disk"],
      [
        driver, XMLElement("source", ["file": path]),
        XMLElement("target", ["dev": target, "bus": "virtio"]),
        isReadOnly ? XMLElement("readonly") : nil,
      ])
  }

  private static func interface(_ domain: DomainDefinition) -> XMLElement {
    let (type, source) =
      switch domain.attachment {
      case .network(let name): ("network", XMLElement("source", ["network": name]))
      case .bridge(let name): ("bridge", XMLElement("source", ["bridge": name]))
      }
    return XMLElement(
      "interface", ["type": type],
      [
        XMLElement("mac", ["address": domain.mac.description]), source,
        XMLElement("model", ["type": "virtio"]),
      ])
  }

  private static func serial(log: String?) -> XMLElement {
    XMLElement(
      "serial", ["type": "pty"],
      [
        log.map { XMLElement("log", ["file": $0, "append": "on"]) },
        XMLElement("target", ["port": "0"]),
      ])
  }

  // MARK: our mark

  /// The mark as libvirt takes it to replace one: without the namespace, which it adds itself.
  package static func metadata(_ mark: OwnershipMark) -> String {
    element(mark, prefix: "").rendered
  }

  private static func mark(_ mark: OwnershipMark) -> XMLElement {
    let element = element(mark, prefix: prefix + ":")
    element.add("xmlns:\(prefix)", namespace)
    return element
  }

  private static func element(_ mark: OwnershipMark, prefix: String) -> XMLElement {
    let element = XMLElement(
      prefix + "node",
      [
        "cluster": mark.cluster, "node": mark.node.description,
        "role": mark.role.rawValue, "address": mark.address.description,
        "generation": String(mark.generation),
        "answered": mark.hasAnswered ? "yes" : "no",
      ],
      MachinePart.allCases.map { part in
        mark.parts[part].map { XMLElement(prefix + part.rawValue, text: $0) }
      })
    if mark.preparesLayer { element.add("prepares-layer", "yes") }
    if mark.awaitsProof { element.add("proved", "no") }
    return element
  }

  /// The mark in the metadata element that libvirt gives for our namespace; nil when it is no mark.
  package static func mark(in metadata: String) -> OwnershipMark? {
    guard let root = XMLTree(metadata), root.localName == "node",
      let cluster = root["cluster"],
      let node = root["node"].flatMap({ NodeName($0) }),
      let role = root["role"].flatMap({ NodeRole(rawValue: $0) }),
      let address = root["address"].flatMap({ IPv4Address($0) }),
      let generation = root.number("generation", in: 1...1_000_000_000)
    else { return nil }
    var parts: [MachinePart: String] = [:]
    for part in MachinePart.allCases {
      parts[part] = root.first(localName: part.rawValue)?.text
    }
    var mark = OwnershipMark(
      cluster: cluster, node: node, role: role, address: address, generation: generation,
      parts: parts)
    mark.hasAnswered = root["answered"] != "no"
    mark.preparesLayer = root["prepares-layer"] == "yes"
    mark.awaitsProof = root["proved"] == "no"
    return mark
  }

  /// The file that takes the serial console in a domain that libvirt dumped; nil when there is
  /// none.
  package static func consoleFile(in xml: String) -> String? {
    let devices = XMLTree(xml, root: "domain")?.first("devices")
    return devices?.elements("serial").lazy.compactMap { $0.first("log")?["file"] }.first
  }
}
