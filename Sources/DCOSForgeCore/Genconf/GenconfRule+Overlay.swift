import ForgeModel

/// The rule for dcos_overlay_network, whose value may be any JSON.
///
/// The code of DC/OS looks into it without asking what it is, so that many wrong shapes end in a
/// traceback instead of a message; 2.1 rewrote it and asks for more.
extension GenconfRule {
  /// What dcos_overlay_network must be.
  static let overlay = GenconfRule(
    "vtep_mac_oui, vtep_subnet, from 2.1 on vtep_subnet6, and overlays with a name of at most 13 "
      + "characters and subnet or subnet6, all without host bits"
  ) { (value, setting) throws(GenconfFault) in
    let version = setting.version
    let overlay = try json(value)
    guard try holds("overlays", in: overlay) else { throw .rejected("overlays is missing") }
    guard let overlays = overlay["overlays"] else { throw .crash("the value is no mapping") }
    guard let count = length(of: overlays) else { throw .crash("overlays is no list") }
    guard count > 0 else { throw .rejected("overlays is empty") }
    if GenconfSpan.v2_1.contains(version) { try checkTunnels(of: overlay, version) }
    for item in elements(of: overlays) { try check(item, in: overlay, version) }
  }

  /// What each overlay needs.
  private static func check(_ item: PythonValue, in overlay: PythonValue, _ version: DCOSVersion)
    throws(GenconfFault)
  {
    guard try holds("name", in: item) else { throw .rejected("an overlay has no name") }
    guard let name = item["name"] else { throw .crash("an overlay is no mapping") }
    guard let count = length(of: name) else { throw .crash("the name of an overlay is no text") }
    guard count <= 13 else { throw .rejected("the name of an overlay exceeds 13 characters") }
    guard item["subnet"] != nil || item["subnet6"] != nil else {
      throw .rejected("an overlay has neither subnet nor subnet6")
    }
    if GenconfSpan.v2_1.contains(version) {
      if let subnet = item["subnet"] { try requireNetwork(subnet, isV6: false, version) }
      if let subnet = item["subnet6"] { try requireNetwork(subnet, isV6: true, version) }
    } else {
      try checkOld(item, in: overlay, version)
    }
    if GenconfSpan.backported9.contains(version), let enabled = item["enabled"],
      !enabled.isEqual(to: .bool(true)), !enabled.isEqual(to: .bool(false))
    {
      throw .rejected("enabled of an overlay must be true or false")
    }
  }

  /// From 2.1 on the tunnel networks of both families are needed, whatever the overlays.
  private static func checkTunnels(of overlay: PythonValue, _ version: DCOSVersion)
    throws(GenconfFault)
  {
    guard overlay["vtep_mac_oui"] != nil else { throw .rejected("vtep_mac_oui is missing") }
    for (key, isV6) in [("vtep_subnet", false), ("vtep_subnet6", true)] {
      guard let subnet = overlay[key] else { throw .rejected("\(key) is missing") }
      try requireNetwork(subnet, isV6: isV6, version)
    }
    try checkMTU(of: overlay)
  }

  private static func checkOld(
    _ item: PythonValue, in overlay: PythonValue, _ version: DCOSVersion
  ) throws(GenconfFault) {
    guard overlay["vtep_mac_oui"] != nil else { throw .rejected("vtep_mac_oui is missing") }
    if GenconfSpan.v1_12.contains(version) { try checkMTU(of: overlay) }
    for (own, tunnel) in [("subnet", "vtep_subnet"), ("subnet6", "vtep_subnet6")] {
      guard let subnet = item[own] else { continue }
      guard let outer = overlay[tunnel] else { throw .rejected("\(tunnel) is missing") }
      try requireNetwork(outer, isV6: own == "subnet6", version)
      guard own == "subnet6", PythonNetwork(subnet) == nil else {
        try requireNetwork(subnet, isV6: false, version)
        continue
      }
      // The message is made from a key that is not there.
      guard overlay["subnet6"] != nil else { throw .crash("subnet6 of an overlay is no network") }
      throw .rejected("subnet6 of an overlay is no network")
    }
  }

  private static func checkMTU(of overlay: PythonValue) throws(GenconfFault) {
    switch overlay["vtep_mtu"] {
    case nil: return
    case .integer(let digits): try inRange(digits, 552, nil)
    case .string(let text): try inRange(text, 552, nil)
    case .bool: throw .rejected("vtep_mtu must be at least 552")
    case .float(let number):
      if number.isNaN { throw .rejected("vtep_mtu must be a whole number") }
      if number.isInfinite { throw .crash("vtep_mtu is infinite") }
      guard number.rounded(.towardZero) >= 552 else {
        throw .rejected("vtep_mtu must be at least 552")
      }
    default: throw .crash("vtep_mtu is no number")
    }
  }

  /// Python's `in`: a key, an element, or a part of a text.
  private static func holds(_ text: String, in value: PythonValue) throws(GenconfFault) -> Bool {
    switch value {
    case .dictionary: value[text] != nil
    case .list(let items): items.contains(.string(text))
    case .string(let whole): whole.contains(text)
    default: throw .crash("a \(value.typeName) stands where a mapping belongs")
    }
  }

  /// Python's `len`; nil where it raises.
  private static func length(of value: PythonValue) -> Int? {
    switch value {
    case .dictionary(let pairs): pairs.count
    case .list(let items): items.count
    case .string(let text): text.unicodeScalars.count
    default: nil
    }
  }

  private static func elements(of value: PythonValue) -> [PythonValue] {
    switch value {
    case .dictionary(let pairs): pairs.map(\.key)
    case .list(let items): items
    case .string(let text): text.unicodeScalars.map { .string(String($0)) }
    default: []
    }
  }
}
