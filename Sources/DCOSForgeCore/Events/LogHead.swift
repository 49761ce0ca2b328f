/// What stands before the message in a line of a log: journalctl's short-iso, Docker's time stamps,
/// or the kernel's seconds.
struct LogHead {
  /// Where the message begins; the line's own begin when it has no head.
  let end: Int
  /// Host, program and process, without the time, which differs from line to line.
  let source: Range<Int>

  init(_ bytes: [UInt8], _ line: Range<Int>) {
    var reader = Reader(bytes: bytes, index: line.lowerBound, end: line.upperBound)
    let isKernel = reader.take("[")
    guard isKernel ? reader.takeSeconds() : reader.takeTime() else {
      end = line.lowerBound
      source = end..<end
      return
    }
    let start = reader.index
    guard !isKernel, reader.takeSource() else {
      end = start
      source = end..<end
      return
    }
    source = start..<(reader.index - 1)
    end = reader.index
  }

  private struct Reader {
    let bytes: [UInt8]
    var index: Int
    let end: Int

    private static let clock = ByteSet(ByteSet.digits + ":.,")
    private static let host = ByteSet(ByteSet.letters + ByteSet.digits + "_.-")
    private static let program = ByteSet(ByteSet.letters + ByteSet.digits + "_.@/-")
    private static let digits = ByteSet(ByteSet.digits)

    /// Takes `   12.345678] `.
    mutating func takeSeconds() -> Bool {
      while take(" ") {}
      return takeAll(Self.digits) && take(".") && takeAll(Self.digits) && take("] ")
    }

    /// Takes `2024-01-01T00:00:00.123+0000 `, with any zone or none.
    mutating func takeTime() -> Bool {
      guard take("0000-00-00T"), takeAll(Self.clock) else { return false }
      if !take("Z") { _ = take("+00:00") || take("+0000") || take("-00:00") || take("-0000") }
      return take(" ")
    }

    /// Takes `lxzk01 dcos-net[12]: ` or `lxzk01 kernel: `.
    mutating func takeSource() -> Bool {
      guard takeAll(Self.host, orBeyondASCII: true), take(" ") else { return false }
      if take("kernel: ") { return true }
      return takeAll(Self.program, orBeyondASCII: true) && take("[") && takeAll(Self.digits)
        && take("]: ")
    }

    /// Takes this text, in which a 0 stands for any digit; or nothing.
    mutating func take(_ pattern: String) -> Bool {
      var place = index
      for wanted in pattern.utf8 {
        guard place < end else { return false }
        let byte = bytes[place]
        guard byte == wanted || wanted == UInt8(ascii: "0") && Self.digits.contains(byte) else {
          return false
        }
        place += 1
      }
      index = place
      return true
    }

    /// Takes as many of these as there are, at least one.
    private mutating func takeAll(_ set: ByteSet, orBeyondASCII: Bool = false) -> Bool {
      let start = index
      while index < end, set.contains(bytes[index]) || orBeyondASCII && bytes[index] >= 128 {
        index += 1
      }
      return index > start
    }
  }
}
