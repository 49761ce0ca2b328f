/// A kind of number in a node's output, and the range in which one is taken.
///
/// A node may print any number. One outside of its range is no reading: the record or line that
/// holds it is passed over. Sums, differences and hundredfolds of two numbers of a kind cannot
/// overflow.
package protocol NodeNumber {
  /// The Swift type.
  associatedtype Value: Codable, Hashable, Numeric, Comparable, LosslessStringConvertible, Sendable
  /// What is taken.
  static var range: ClosedRange<Value> { get }
}

extension NodeNumber {
  /// Reads a number that stands in a text; nil for anything else, and outside of the range.
  package static func read(_ text: some StringProtocol) -> Value? {
    Value(String(text)).flatMap { range.contains($0) ? $0 : nil }
  }
}

/// The kinds of numbers.
package enum NodeNumbers {
  /// A program's exit status, as a shell reports it.
  package enum ExitStatus: NodeNumber { package static let range = 0...255 }
  /// The status code of an HTTP answer; 0 when none came.
  package enum HTTPStatus: NodeNumber { package static let range = 0...999 }
  /// A TCP or UDP port.
  package enum Port: NodeNumber { package static let range = 0...65535 }
  /// A process; Linux counts to 2^22 (`PID_MAX_LIMIT`).
  package enum Process: NodeNumber { package static let range = 1...4_194_304 }
  /// syslog's priority.
  package enum Priority: NodeNumber { package static let range = 0...7 }
  /// How many bytes, blocks or inodes.
  package enum Size: NodeNumber { package static let range: ClosedRange<Int64> = 0...(1 << 53) }
  /// How long something took, in milliseconds: a day at most.
  package enum Milliseconds: NodeNumber { package static let range = 0...86_400_000 }
  /// How long something took, in seconds: a day at most.
  package enum Seconds: NodeNumber { package static let range = 0.0...86_400 }
  /// The estimated error of a clock, in milliseconds: a day at most; Linux counts to 16 s.
  package enum ClockError: NodeNumber { package static let range = 0.0...86_400_000 }
  /// Seconds since 1970-01-01 00:00 UTC, up to the year 9999.
  package enum EpochSeconds: NodeNumber {
    package static let range: ClosedRange<Int64> = 0...253_402_300_799
  }
  /// Milliseconds since 1970-01-01 00:00 UTC, up to the year 9999.
  package enum EpochMilliseconds: NodeNumber {
    package static let range: ClosedRange<Int64> = 0...253_402_300_799_999
  }
  /// Microseconds since 1970-01-01 00:00 UTC, up to the year 9999.
  package enum EpochMicroseconds: NodeNumber {
    package static let range: ClosedRange<Int64> = 0...253_402_300_799_999_999
  }
  /// How many tasks a service has in one state.
  enum Tasks: NodeNumber { static let range = 0...1_000_000_000 }
  /// CPUs, or MiB of memory or disk.
  enum Resource: NodeNumber { static let range = 0.0...1e12 }
}

/// A number of a record; one outside of its range makes the record no such record.
@propertyWrapper
package struct InRange<Kind: NodeNumber>: Codable, Hashable, Sendable {
  /// The number.
  package var wrappedValue: Kind.Value

  /// Makes a number of a record that is written.
  package init(wrappedValue: Kind.Value) { self.wrappedValue = wrappedValue }

  /// Reads it.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    wrappedValue = try container.decode(Kind.Value.self)
    guard Kind.range.contains(wrappedValue) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "out of range")
    }
  }

  /// Writes the plain number.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

extension KeyedDecodingContainer {
  /// One number of many: 0 where there is none, nil where it is no number of its kind.
  func number<Kind: NodeNumber>(_ kind: Kind.Type, forKey key: Key) -> Kind.Value? {
    guard contains(key) else { return 0 }
    return (try? decode(InRange<Kind>.self, forKey: key))?.wrappedValue
  }
}
