package struct IPv4Address: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The address in host byte order: 10.1.1.8 is `0x0A01_0108`.
  package let rawValue: UInt32

  /// Makes an address from its 32 bits in host byte order.
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Reads a strict dotted quad, as `inet_pton` does: four decimal numbers, no leading zeros.
  package init?(_ text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
        part.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      else { return nil }
      let octet = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) }
      guard octet <= 255 else { return nil }
      bits = bits << 8 | octet
    }
    self.rawValue = bits
  }

  /// The dotted quad.
  package var description: String {
    [24, 16, 8, 0].map { String(rawValue >> UInt32($0) & 0xFF) }.joined(separator: ".")
  }

  /// The address `offset` further up, or nil past the end of the address space.
  package func advanced(by offset: Int) -> IPv4Address? {
    UInt32(exactly: Int(rawValue) + offset).map(IPv4Address.init(rawValue:))
  }

  /// Orders addresses by their number, so that 10.1.1.9 stands before 10.1.1.10.
  package static func < (one: IPv4Address, other: IPv4Address) -> Bool {
    one.rawValue < other.rawValue
  }
}

/// An IPv4 network in CIDR form, without host bits.
package struct IPv4Network: Hashable, Sendable, CustomStringConvertible {
  /// The network's own (lowest) address.
  package let address: IPv4Address
  /// The length of the prefix, 0 to 32.
  package let prefixLength: Int

  /// Makes a network, or nil when the prefix is not 0 to 32 or the address has host bits.
  package init?(address: IPv4Address, prefixLength: Int) {
    guard (0...32).contains(prefixLength) else { return nil }
    self.address = address
    self.prefixLength = prefixLength
    guard address.rawValue & ~mask.rawValue == 0 else { return nil }
  }

  /// Reads `10.1.1.0/24`; nil when malformed or when host bits are set.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPv4Address(parts[0]), parts[1].utf8.count <= 2,
      parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let length = Int(parts[1])
    else { return nil }
    self.init(address: address, prefixLength: length)
  }

  /// The network mask, 255.255.255.0 for a /24.
  package var mask: IPv4Address {
    IPv4Address(rawValue: prefixLength == 0 ? 0 : ~UInt32(0) << UInt32(32 - prefixLength))
  }

  /// The highest address, which is the broadcast address up to /30.
  package var broadcast: IPv4Address {
    IPv4Address(rawValue: address.rawValue | ~mask.rawValue)
  }

  /// Whether the address lies in the network, its own and broadcast address included.
  package func contains(_ candidate: IPv4Address) -> Bool {
    candidate.rawValue & mask.rawValue == address.rawValue
  }

  /// Whether a host may carry the address: inside, and neither network nor broadcast address.
  package func isHost(_ candidate: IPv4Address) -> Bool {
    contains(candidate) && (prefixLength > 30 || (candidate != address && candidate != broadcast))
  }

  /// Whether the two networks share an address.
  package func overlaps(_ other: IPv4Network) -> Bool {
    contains(other.address) || other.contains(address)
  }

  /// The CIDR form.
  package var description: String { "\(address)/\(prefixLength)" }
}

/// An Ethernet hardware address.
package struct MACAddress: Hashable, Sendable, CustomStringConvertible {
  /// The 48 bits, first octet highest.
  package let rawValue: UInt64

  /// Reads six hexadecimal octets separated by colons; nil for anything else.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 6 else { return nil }
    var bits: UInt64 = 0
    for part in parts {
      guard part.utf8.count == 2, part.allSatisfy(\.isHexDigit), let octet = UInt64(part, radix: 16)
      else { return nil }
      bits = bits << 8 | octet
    }
    self.rawValue = bits
  }

  /// The address dcosforge gives to a node: locally administered prefix `02:dc`, then the
  /// four octets of the node's IPv4 address, so that it survives a wipe and is unique where the
  /// IPv4 address is.
  package init(for address: IPv4Address) {
    self.rawValue = 0x02DC_0000_0000 | UInt64(address.rawValue)
  }

  /// Whether the address names one station: the multicast bit is off and it is not all zero.
  package var isUnicast: Bool { rawValue >> 40 & 1 == 0 && rawValue != 0 }

  /// The usual form, lower case.
  package var description: String {
    stride(from: 40, through: 0, by: -8).map {
      let octet = String(rawValue >> UInt64($0) & 0xFF, radix: 16)
      return octet.count == 1 ? "0" + octet : octet
    }.joined(separator: ":")
  }
}
