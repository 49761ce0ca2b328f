import ForgeSupport

/// A small generator (SplitMix64) whose whole course follows from its seed, on every machine.
package struct SeededGenerator: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A stream of its own for each name, so that one part's draws do not shift another's.
  init(seed: UInt64, stream: String) {
    var digest = TraceDigest()
    digest.combine(stream)
    state = seed &* 0x9E37_79B9_7F4A_7C15 ^ digest.value
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// An index below `count`, which is at least 1.
  mutating func index(below count: Int) -> Int { Int(next() % UInt64(count)) }

  /// Whether something happens that happens in `percent` of all cases.
  mutating func chance(percent: Int) -> Bool { index(below: 100) < percent }

  /// A duration of whole milliseconds in the range.
  mutating func duration(in range: ClosedRange<Duration>) -> Duration {
    let span = (range.upperBound - range.lowerBound).wholeMilliseconds
    return range.lowerBound + .milliseconds(Int64(next() % UInt64(span + 1)))
  }
}

/// A running digest (FNV-1a, 64 bits) of everything that happened in a simulation.
struct TraceDigest: Sendable {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func combine(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  mutating func combine(_ text: String) {
    for byte in text.utf8 { combine(byte) }
    combine(0)
  }

  /// Mixes in a number below 2^16, such as the index of a scheduled job.
  mutating func combine(small number: Int) {
    combine(UInt8(truncatingIfNeeded: number))
    combine(UInt8(truncatingIfNeeded: number >> 8))
  }
}
