import ForgeSupport
import ForgeModel

/// The rules for addresses and networks.
extension GenconfRule {
  /// Whether `inet_pton` takes a text for an IPv4 address; a NUL ends in a traceback.
  static func isV4(_ text: String) throws(GenconfFault) -> Bool {
    guard !text.unicodeScalars.contains("\0") else { throw .crash("an address holds a NUL") }
    return IPv4Address(text) != nil
  }

  /// One IPv4 address.
  static let v4Address = GenconfRule("an IPv4 address") { (value, _) throws(GenconfFault) in
    guard try isV4(value) else {
      throw .rejected("must be an IPv4 address, but is \(value.excerpt)")
    }
  }

  /// One IPv6 address.
  static let v6Address = GenconfRule("an IPv6 address") { (value, _) throws(GenconfFault) in
    guard !value.unicodeScalars.contains("\0") else { throw .crash("an address holds a NUL") }
    guard PythonNetwork.isV6Address(value) else {
      throw .rejected("must be an IPv6 address, but is \(value.excerpt)")
    }
  }

  /// A list of IPv4 addresses.
  static let v4List = GenconfRule("a list of IPv4 addresses, none twice") {
    (value, _) throws(GenconfFault) in
    let items = try texts(value)
    try refuseRepeated(items)
    try refuseForeign(items)
  }

  /// A list of IPv4 addresses that may have ports.
  static let endpoints = GenconfRule(
    "a list of IPv4 addresses, each with or without :port, none twice"
  ) { (value, _) throws(GenconfFault) in try checkEndpoints(value) }

  /// The resolvers; from 2.2 on the addresses of dcos-net itself are refused.
  static let resolvers = GenconfRule(
    "a list of IPv4 addresses, each with or without :port, none twice; "
      + "from 2.2 on not 198.51.100.1 to .3"
  ) { (value, setting) throws(GenconfFault) in
    if GenconfSpan.v2_2.contains(setting.version) {
      let items = try texts(value)
      try refuseRepeated(items)
      let own = items.first { item in
        let host = item.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
        return ["198.51.100.1", "198.51.100.2", "198.51.100.3"].contains(host)
      }
      if let own { throw .rejected("\(own.excerpt) is an address of DC/OS's own DNS") }
    }
    try checkEndpoints(value)
  }

  private static func checkEndpoints(_ value: String) throws(GenconfFault) {
    let items = try texts(value)
    try refuseRepeated(items)
    var hosts: [String] = []
    for item in items { hosts.append(try host(of: item)) }
    try refuseForeign(hosts)
  }

  /// The part before the port, which must be one.
  private static func host(of item: String) throws(GenconfFault) -> String {
    let (host, port) = PythonText.lastPartition(item, at: ":")
    guard let host else { return item }
    try inRange(port, 1, 65535)
    return host
  }

  private static func refuseRepeated(_ items: [String]) throws(GenconfFault) {
    var seen: Set<[Unicode.Scalar]> = []
    for item in items where !seen.insert(Array(item.unicodeScalars)).inserted {
      throw .rejected("holds \(item.excerpt) twice")
    }
  }

  private static func refuseForeign(_ items: [String]) throws(GenconfFault) {
    for item in items where item.unicodeScalars.contains("\0") {
      throw .crash("an address holds a NUL")
    }
    for item in items where IPv4Address(item) == nil {
      throw .rejected("\(item.excerpt) is no IPv4 address")
    }
  }

  /// What dns_forward_zones must be.
  static let forwardZones = GenconfRule(
    "a mapping from zones to lists of IPv4 addresses, each with or without :port"
  ) { (value, _) throws(GenconfFault) in
    // dcos/dcos up to 1.10 took a list of pairs, `[[zone, [address]]]`.
    let written = try json(value, as: "a mapping")
    guard case .dictionary(let zones) = written else {
      throw .rejected(
        "must be a mapping, but is a \(written.typeName)",
        fix: "the list form was that of DC/OS 1.10: write a line `zone: [address]` for each zone")
    }
    for zone in zones {
      guard case .list(let items) = zone.value else { throw .rejected("each zone needs a list") }
      for item in items {
        guard case .string(let text) = item else { throw .rejected("addresses must be texts") }
        guard try isV4(try host(of: text)) else {
          throw .rejected("\(text.excerpt) is no IPv4 address")
        }
      }
    }
  }

  /// A network; up to 2.0 an IPv6 one passes where IPv4 is meant.
  static let network = GenconfRule("an IPv4 network without host bits") {
    (value, setting) throws(GenconfFault) in
    try requireNetwork(.string(value), isV6: false, setting.version)
  }

  static func requireNetwork(_ value: PythonValue, isV6: Bool, _ version: DCOSVersion)
    throws(GenconfFault)
  {
    let shown = PythonJSON.dump(value) ?? value.typeName
    guard let network = PythonNetwork(value) else {
      throw .rejected("\(shown.excerpt) is no network, or has bits set beyond its prefix")
    }
    guard !GenconfSpan.v2_1.contains(version) || network.isV4 != isV6 else {
      throw .rejected("\(shown.excerpt) must be an IPv\(isV6 ? 6 : 4) network")
    }
  }
}
