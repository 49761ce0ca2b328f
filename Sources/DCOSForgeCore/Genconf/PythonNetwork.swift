import ForgeModel

/// Addresses and networks as `inet_pton` and Python's `ipaddress` read them.
///
/// Source: Python 3.6's `ipaddress`, glibc's `inet_pton`.
package enum PythonNetwork: Hashable {
  /// Address bits and prefix length.
  case v4(UInt32, Int)
  case v6(UInt128, Int)

  /// What `ipaddress.ip_network` gives; nil where it raises ValueError, host bits included.
  init?(_ value: PythonValue) {
    switch value {
    case .integer(let digits):
      if let bits = UInt32(digits) {
        self = .v4(bits, 32)
      } else {
        guard let bits = UInt128(digits) else { return nil }
        self = .v6(bits, 128)
      }
    case .bool(let flag): self = .v4(flag ? 1 : 0, 32)
    case .string(let text): self.init(text)
    default: return nil
    }
  }

  /// Reads a text with an optional prefix length or mask.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2 else { return nil }
    if let bits = Self.v4(parts[0]) {
      let length = parts.count == 1 ? 32 : Self.prefix(parts[1], upTo: 32) ?? Self.mask(parts[1])
      guard let length, length == 32 || bits & (UInt32.max >> UInt32(length)) == 0 else {
        return nil
      }
      self = .v4(bits, length)
    } else if let bits = Self.v6(parts[0]) {
      let length = parts.count == 1 ? 128 : Self.prefix(parts[1], upTo: 128)
      guard let length, length == 128 || bits & (UInt128.max >> UInt128(length)) == 0 else {
        return nil
      }
      self = .v6(bits, length)
    } else {
      return nil
    }
  }

  var isV4: Bool { if case .v4 = self { true } else { false } }

  /// Whether two IPv4 networks have addresses in common.
  func overlaps(_ other: PythonNetwork) -> Bool {
    guard case .v4(let one, let length) = self, case .v4(let two, let otherLength) = other else {
      return false
    }
    let shared = min(length, otherLength)
    return shared == 0 || one >> UInt32(32 - shared) == two >> UInt32(32 - shared)
  }

  private static func prefix(_ text: String, upTo limit: Int) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(text).flatMap { $0 <= limit ? $0 : nil }
  }

  /// The length of a netmask or of a host mask.
  private static func mask(_ text: String) -> Int? {
    guard let bits = v4(text) else { return nil }
    for candidate in [bits, ~bits] {
      let length = candidate.nonzeroBitCount
      if candidate.leadingZeroBitCount == 0 || candidate == 0,
        length == 0 || candidate.trailingZeroBitCount == 32 - length
      {
        return length
      }
    }
    return nil
  }

  /// Four decimal octets; leading zeros pass while the octet is at most 7.
  private static func v4(_ text: String) -> UInt32? {
    let octets = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard octets.count == 4 else { return nil }
    var bits: UInt32 = 0
    for octet in octets {
      guard (1...3).contains(octet.count), octet.allSatisfy({ (48...57).contains($0) }) else {
        return nil
      }
      let value = octet.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 48) }
      guard value <= 255, !(value > 7 && octet.first == 48) else { return nil }
      bits = bits << 8 | value
    }
    return bits
  }

  /// Eight groups, of which one run may be left out, the last two perhaps as an IPv4 address.
  private static func v6(_ text: String) -> UInt128? { groups(text, v4: v4) }

  /// What `inet_pton(AF_INET6)` accepts.
  static func isV6Address(_ text: String) -> Bool {
    groups(text, v4: { IPv4Address($0)?.rawValue }) != nil
  }

  private static func groups(_ text: String, v4: (String) -> UInt32?) -> UInt128? {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 3 else { return nil }
    if let last = parts.last, last.contains(".") {
      guard let bits = v4(last) else { return nil }
      parts.removeLast()
      parts += [String(bits >> 16, radix: 16), String(bits & 0xFFFF, radix: 16)]
    }
    if parts.first == "" {
      guard parts[1].isEmpty else { return nil }
      parts.removeFirst()
    }
    if parts.last == "" {
      guard parts[parts.count - 2].isEmpty else { return nil }
      parts.removeLast()
    }
    let gaps = parts.indices.filter { parts[$0].isEmpty }
    guard gaps.count <= 1 else { return nil }
    if let gap = gaps.first {
      guard parts.count <= 8 else { return nil }
      parts.replaceSubrange(gap...gap, with: Array(repeating: "0", count: 9 - parts.count))
    }
    guard parts.count == 8 else { return nil }
    var bits: UInt128 = 0
    for part in parts {
      guard (1...4).contains(part.utf8.count), let group = UInt16(part, radix: 16),
        part.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
      else { return nil }
      bits = bits << 16 | UInt128(group)
    }
    return bits
  }
}
