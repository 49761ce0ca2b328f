import DCOSForgeCore
import Foundation

/// What a node with the right host key may answer to whatever it is asked.
enum HostileAnswer: String, CaseIterable, Sendable {
  case endless, oneLine, manyLines, manyRecords, errorFlood
  case noEnd, nothing, oddBytes, deepJSON, giantNumbers, silence, oddStatus

  /// Whether it goes beyond every limit.
  var isFlood: Bool {
    [.endless, .oneLine, .manyLines, .manyRecords, .errorFlood].contains(self)
  }

  /// Prints it, in POSIX `sh`; `mark STATUS` ends the frame that the client awaits.
  var script: String {
    switch self {
    case .endless: "yes 0123456789abcdef"
    case .oneLine: "head -c 314572800 /dev/zero | tr '\\0' x"
    case .manyLines: "yes '{}' | head -c 314572800"
    case .manyRecords: "yes '{\"record\":\"part\",\"name\":\"a\",\"text\":\"b\"}' | head -n 8000000"
    case .errorFlood: "yes oops | head -c 314572800 >&2"
    case .noEnd: "echo '{\"record\":\"time\"'; exit 0"
    case .nothing: "mark 0"
    case .oddBytes: "printf '\\000\\377\\300\\200\\033[2J\\r\\n{\\000}\\n'; mark 0"
    case .deepJSON:
      "printf '{\"record\":\"time\",\"a\":'; head -c 100000 /dev/zero | tr '\\0' '['; echo; mark 0"
    case .giantNumbers:
      "printf '{\"record\":\"t\",\"n\":'; head -c 100000 /dev/zero | tr '\\0' 9; echo '}'; mark 0"
    case .silence: "printf '{\"record\":\"ti'; exec sleep 600"
    case .oddStatus: "mark 999999"
    }
  }

  /// What of it reaches a reader at most, made of what a well node prints.
  func output(like sample: String, limit: Int) -> (output: [UInt8], errors: [UInt8]) {
    let text = Array(sample.utf8)
    switch self {
    case .endless: return (Self.repeated("0123456789abcdef\n", limit), [])
    case .oneLine: return ([UInt8](repeating: UInt8(ascii: "x"), count: limit), [])
    case .manyLines: return (Self.repeated("{}\n", limit), [])
    case .manyRecords: return (Self.repeated(sample.isEmpty ? "\n" : sample, limit), [])
    case .errorFlood: return (text, Self.repeated("oops\n", limit))
    case .noEnd: return (Array(text.dropLast(1 + text.count / 3)), [])
    case .nothing: return ([], [])
    case .oddBytes: return (Self.repeated("\0\u{1B}[2J\r\u{85}{\0}\n", 1 << 16) + [0xFF, 0xC0], [])
    case .deepJSON:
      let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
      return (Self.replacing(text, by: Array(deep.utf8)), [])
    case .giantNumbers:
      return (Self.replacing(text, by: [UInt8](repeating: UInt8(ascii: "9"), count: 1000)), [])
    case .silence: return (Array(text.prefix(text.count / 2)), [])
    case .oddStatus: return (text, Array("failed\n".utf8))
    }
  }

  private static func repeated(_ text: String, _ limit: Int) -> [UInt8] {
    let piece = Array(text.utf8)
    return Array(repeatElement(piece, count: limit / piece.count).joined())
  }

  /// The text with every number that is a value replaced, four at most: they make it long.
  private static func replacing(_ text: [UInt8], by other: [UInt8]) -> [UInt8] {
    var (changed, index, count) = ([UInt8](), 0, 0)
    while index < text.count {
      let isValue = index > 0 && text[index - 1] == UInt8(ascii: ":")
      guard isValue, (0x30...0x39).contains(text[index]), count < 4 else {
        changed.append(text[index])
        index += 1
        continue
      }
      while index < text.count, (0x30...0x39).contains(text[index]) { index += 1 }
      changed += other
      count += 1
    }
    return changed
  }
}
