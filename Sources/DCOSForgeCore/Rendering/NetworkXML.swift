package import ForgeModel
package import FoundationXML

/// The XML of libvirt networks (`https://libvirt.org/formatnetwork.html`).
package enum NetworkXML {
  /// A network with a DHCP server that serves only the fixed hosts, and a DNS server that knows
  /// them.
  ///
  /// Names and the bridge's hardware address follow from the definition, so that defining again
  /// changes nothing.
  package static func render(_ network: NetworkDefinition) -> String {
    let forward: XMLElement? =
      switch network.mode {
      case .nat: XMLElement("forward", ["mode": "nat"])
      case .isolated, .bridge: nil
      }
    let hosts = network.hosts.sorted { $0.address < $1.address }
    return XMLElement(
      "network", [:],
      [
        XMLElement("name", text: network.name),
        XMLElement("uuid", text: network.uuid),
        forward,
        XMLElement(
          "bridge", ["name": bridgeName(uuid: network.uuid), "stp": "on", "delay": "0"]),
        XMLElement("mac", ["address": MACAddress(for: network.gateway).description]),
        XMLElement(
          "domain", ["name": network.domain, "localOnly": network.isOwnDomain ? "yes" : "no"]),
        hosts.isEmpty
          ? nil
          : XMLElement("dns", [:], hosts.map { DNSEntry($0, domain: network.domain).element }),
        XMLElement(
          "ip",
          [
            "address": network.gateway.description,
            "netmask": network.cidr.mask.description,
          ],
          [hosts.isEmpty ? nil : XMLElement("dhcp", [:], hosts.map(dhcpElement))]),
      ]
    ).rendered
  }

  /// The bridge's name: the UUID's first eight digits behind `dcf`, within the kernel's 15
  /// characters.
  static func bridgeName(uuid: String) -> String { "dcf" + uuid.prefix(8) }

  /// The entry of a host in the DHCP server.
  package static func dhcpHost(_ host: NetworkDefinition.Host) -> String {
    dhcpElement(host).rendered
  }

  private static func dhcpElement(_ host: NetworkDefinition.Host) -> XMLElement {
    XMLElement(
      "host",
      [
        "mac": host.mac.description, "name": host.name.description,
        "ip": host.address.description,
      ])
  }

  /// What is read back from a network's XML.
  package struct Content: Hashable, Sendable {
    /// How the network reaches the world; nil for a kind that we never make.
    package var mode: NetworkSpec.Mode?
    /// The host's own address on it.
    package var gateway: IPv4Address?
    package var cidr: IPv4Network?
    /// The fixed hosts of the DHCP server that have a name, a hardware address and an address.
    package var hosts: [NetworkDefinition.Host] = []
    /// The entries of the DNS server, each with its names in order.
    package var dns: [DNSEntry] = []

    package init() {}
  }

  /// An address and its names.
  package struct DNSEntry: Hashable, Sendable {
    /// The address as text; another family's is possible on a foreign network.
    var address: String
    var names: [String]

    /// The entry that ``NetworkXML/render(_:)`` writes for a host.
    package init(_ host: NetworkDefinition.Host, domain: String) {
      address = host.address.description
      names = [host.name.description, "\(host.name).\(domain)"]
    }

    fileprivate init?(_ element: XMLTree) {
      guard let address = element["ip"] else { return nil }
      self.address = address
      names = element.elements("hostname").map(\.text)
    }

    /// The entry's XML.
    package var element: XMLElement {
      XMLElement("host", ["ip": address], names.map { XMLElement("hostname", text: $0) })
    }
  }

  /// Reads what libvirt dumped; nil when it is no network.
  package static func read(_ xml: String) -> Content? {
    guard let root = XMLTree(xml, root: "network") else { return nil }
    var content = Content()
    switch root.first("forward").map({ $0["mode"] ?? "nat" }) {
    case nil: content.mode = .isolated
    case "nat": content.mode = .nat
    case "bridge": content.mode = .bridge
    default: content.mode = nil
    }
    content.dns = root.first("dns")?.elements("host").compactMap(DNSEntry.init) ?? []
    let ip = root.elements("ip").first { ($0["family"] ?? "ipv4") == "ipv4" }
    guard let ip, let gateway = ip["address"].flatMap({ IPv4Address($0) }) else { return content }
    content.gateway = gateway
    content.cidr = prefixLength(of: ip).flatMap {
      network(around: gateway, prefixLength: $0)
    }
    let hosts = ip.first("dhcp")?.elements("host") ?? []
    content.hosts = hosts.compactMap { host in
      guard let name = host["name"].flatMap({ NodeName($0) }),
        let mac = host["mac"].flatMap({ MACAddress($0) }),
        let address = host["ip"].flatMap({ IPv4Address($0) })
      else { return nil }
      return NetworkDefinition.Host(name: name, mac: mac, address: address)
    }
    return content
  }

  private static func prefixLength(of ip: XMLTree) -> Int? {
    if let prefix = ip["prefix"] { return Int(prefix) }
    return ip["netmask"].flatMap { IPv4Address($0) }?.rawValue.nonzeroBitCount
  }

  private static func network(around address: IPv4Address, prefixLength: Int) -> IPv4Network? {
    guard (0...32).contains(prefixLength) else { return nil }
    let mask = prefixLength == 0 ? 0 : ~UInt32(0) << UInt32(32 - prefixLength)
    return IPv4Network(
      address: IPv4Address(rawValue: address.rawValue & mask), prefixLength: prefixLength)
  }
}
