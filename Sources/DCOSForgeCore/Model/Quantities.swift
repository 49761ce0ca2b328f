package import ForgeSupport

/// A number of bytes.
package struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number, never negative.
  package let bytes: Int64

  /// Makes a count; negative numbers become zero.
  package init(bytes: Int64) { self.bytes = max(0, bytes) }

  /// Makes a count of binary gibibytes.
  package static func gibibytes(_ number: Int64) -> ByteCount { ByteCount(bytes: number << 30) }
  /// Makes a count of binary mebibytes.
  package static func mebibytes(_ number: Int64) -> ByteCount { ByteCount(bytes: number << 20) }

  /// The binary units that a size may be written in, largest first.
  static let units: [(suffix: String, shift: Int64)] = [
    ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10),
  ]

  /// Reads a whole number with one of the units KiB, MiB, GiB, TiB (`8GiB`, `512 MiB`).
  ///
  /// A bare number is refused: whether it meant bytes, megabytes or gigabytes is a guess.
  package init?(_ text: some StringProtocol) {
    guard let unit = Self.units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
    var digits = text.dropLast(unit.suffix.count)
    while digits.last == " " { digits = digits.dropLast() }
    guard let first = digits.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+"),
      let number = Int64(digits), number <= Int64.max >> unit.shift
    else { return nil }
    self.bytes = number << unit.shift
  }

  /// The shortest exact form in binary units: `8GiB`, `1536MiB`.
  package var description: String {
    for unit in Self.units where bytes > 0 && bytes % (1 << unit.shift) == 0 {
      return "\(bytes >> unit.shift)\(unit.suffix)"
    }
    return "\(bytes)B"
  }

  /// Orders by size.
  package static func < (one: ByteCount, other: ByteCount) -> Bool { one.bytes < other.bytes }
  /// Adds two counts.
  package static func + (one: ByteCount, other: ByteCount) -> ByteCount {
    ByteCount(bytes: one.bytes + other.bytes)
  }
}

/// A release of DC/OS, such as 1.11.2.
package struct DCOSVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The release of the founding installation, and the default.
  package static let founding = DCOSVersion(1, 11, 2)

  /// The first number.
  package let major: Int
  /// The second number.
  package let minor: Int
  /// The third number.
  package let patch: Int

  /// Makes a version of its three numbers.
  package init(_ major: Int, _ minor: Int, _ patch: Int) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  /// Reads three decimal numbers separated by dots; nil for anything else.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      part.utf8.count <= 4 && part.utf8.allSatisfy { (48...57).contains($0) } ? Int(part) : nil
    }
    guard parts.count == 3, numbers.count == 3 else { return nil }
    self.init(numbers[0], numbers[1], numbers[2])
  }

  /// The three numbers with dots.
  package var description: String { "\(major).\(minor).\(patch)" }

  /// Orders by release.
  package static func < (one: DCOSVersion, other: DCOSVersion) -> Bool {
    (one.major, one.minor, one.patch) < (other.major, other.minor, other.patch)
  }
}

/// The SHA-256 of some content, 64 lower-case hexadecimal digits.
package struct SHA256Sum: Hashable, Sendable, CustomStringConvertible {
  /// The digits.
  package let description: String

  /// Reads 64 hexadecimal digits of either case; nil for anything else.
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count == 64, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
      return nil
    }
    self.description = text.lowercased()
  }

  /// Takes the digest of what has come so far.
  package init(_ hash: borrowing SHA256) { self.description = Self.hexadecimal(hash.digest) }

  /// Computes the checksum of bytes.
  package init(hashing bytes: [UInt8]) {
    self.description = Self.hexadecimal(SHA256.digest(of: bytes))
  }

  /// Two lower-case digits for each byte.
  package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let text = bytes.reduce(into: [UInt8]()) { text, byte in
      text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static let digits = Array("0123456789abcdef".utf8)
}

extension ByteCount {
  /// A short form for messages, one decimal in the largest fitting binary unit: `7.3 GiB`.
  package var rounded: String {
    for unit in Self.units where bytes >> unit.shift > 0 {
      let tenths = ((bytes >> (unit.shift - 10)) * 10) >> 10
      return "\(tenths / 10).\(tenths % 10) \(unit.suffix)"
    }
    return "\(bytes) B"
  }
}
