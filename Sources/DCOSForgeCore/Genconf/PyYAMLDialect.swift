import ForgeSupport
import ForgeModel
import ForgeConfiguration

/// Where PyYAML refuses what libyaml reads.
///
/// libyaml follows later readings of the standard: tabs between tokens, a colon inside a plain
/// scalar of a flow collection, an anchor given twice, `\/`. Source: the scanners of PyYAML 3.12
/// and 5.3.1.
struct PyYAMLDialect {
  /// Whether a plain scalar of a flow collection may hold a colon (PyYAML 5, from DC/OS 2.2 on).
  let allowsFlowColon: Bool

  init(version: DCOSVersion) { self.allowsFlowColon = GenconfSpan.v2_2.contains(version) }

  /// How many colons are set apart before the reading is given up.
  static let maximumRepairs = 20

  /// Reads an ASCII input, where need be in the words of libyaml: a directive that PyYAML skips
  /// becomes a comment, and a colon before a bracket or comma gets a blank behind it.
  func read(_ bytes: [UInt8], file: String) -> (reading: YAMLReader.Reading, bytes: [UInt8]) {
    var bytes = Self.withKnownDirectives(bytes)
    var reading = YAMLReader().read(bytes, file: file)
    for _ in 0..<Self.maximumRepairs {
      guard let fault = reading.fault, fault.message.hasPrefix("found unexpected ':'"),
        let colon = fault.position.flatMap({ Self.colon(in: bytes, at: $0) })
      else { break }
      bytes.insert(UInt8(ascii: " "), at: colon + 1)
      reading = YAMLReader().read(bytes, file: file)
    }
    return (reading, bytes)
  }

  /// The offset of a colon that a bracket or a comma follows.
  private static func colon(in bytes: [UInt8], at position: SourcePosition) -> Int? {
    var line = 1
    var offset = 0
    while line < position.line, offset < bytes.count {
      let byte = bytes[offset]
      let isPair = byte == 0x0D && offset + 1 < bytes.count && bytes[offset + 1] == 0x0A
      if byte == 0x0A || (byte == 0x0D && !isPair) { line += 1 }
      offset += 1
    }
    offset += position.column - 1
    guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: ":"),
      ",[]{}".utf8.contains(bytes[offset + 1])
    else { return nil }
    return offset
  }

  /// The input with `%` lines that libyaml refuses and PyYAML skips made harmless; the length
  /// stays.
  private static func withKnownDirectives(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    var start = 0
    var hasDirective = false
    while start < bytes.count {
      let line = bytes[start...].prefix { $0 != 0x0A && $0 != 0x0D }
      if line.first == UInt8(ascii: "%") {
        hasDirective = true
        repair(line, in: &result)
      } else if !line.isEmpty && line.first != UInt8(ascii: "#") {
        return hasDirective && line.starts(with: "---".utf8) ? result : bytes
      }
      start = line.endIndex + 1
    }
    return bytes
  }

  private static func repair(_ line: ArraySlice<UInt8>, in bytes: inout [UInt8]) {
    if line.starts(with: "%TAG ".utf8) { return }
    guard line.starts(with: "%YAML ".utf8) else {
      bytes[line.startIndex] = UInt8(ascii: "#")
      return
    }
    guard let point = line.firstIndex(of: UInt8(ascii: ".")) else { return }
    let minor = line[(point + 1)...].prefix { (48...57).contains($0) }
    for index in minor.indices {
      bytes[index] = UInt8(ascii: index == minor.endIndex - 1 ? "1" : "0")
    }
  }

  /// The first refusal in an ASCII input that libyaml reads; nil when PyYAML reads it too.
  func fault(in bytes: [UInt8], file: String) -> PythonYAML.Failure? {
    var scan = Scan(bytes: bytes, file: file, allowsFlowColon: allowsFlowColon)
    do throws(YAMLFault) {
      var events = try YAMLEvents(bytes)
      while true {
        let event = try events.next()
        if event.kind == .streamEnd { break }
        if let failure = scan.take(event) { return failure }
      }
    } catch { return nil }
    return scan.finish()
  }

  private struct Scan {
    let bytes: [UInt8]
    let file: String
    let allowsFlowColon: Bool
    var offset = 0
    var flowDepth = 0
    var anchors: Set<String> = []

    mutating func take(_ event: YAMLEvent) -> PythonYAML.Failure? {
      if event.kind == .documentStart { anchors = [] }
      if event.kind != .alias, let anchor = event.anchor, !anchors.insert(anchor).inserted {
        return failure("the anchor &\(anchor.excerpt) is given twice", at: event.range.lowerBound)
      }
      guard event.kind == .scalar, event.range.upperBound <= bytes.count else { return nil }
      if let failure = gap(to: event.range.lowerBound) { return failure }
      offset = max(offset, event.range.upperBound)
      let text = bytes[event.range]
      switch event.style {
      case .plain: return plain(text)
      case .doubleQuoted: return doubleQuoted(text)
      case .literal, .folded: return blockHeader(text)
      case .singleQuoted: return nil
      }
    }

    mutating func finish() -> PythonYAML.Failure? { gap(to: bytes.count) }

    /// What stands between scalars: tabs are refused outside comments; brackets are counted.
    private mutating func gap(to end: Int) -> PythonYAML.Failure? {
      while offset < end {
        let byte = bytes[offset]
        switch byte {
        case UInt8(ascii: "#") where offset == 0 || isBlank(bytes[offset - 1]):
          while offset < end, bytes[offset] != 0x0A, bytes[offset] != 0x0D { offset += 1 }
          continue
        case 0x09: return failure("a tab where a value or a key is expected", at: offset)
        case UInt8(ascii: "["), UInt8(ascii: "{"): flowDepth += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"): flowDepth -= 1
        default: break
        }
        offset += 1
      }
      return nil
    }

    private func isBlank(_ byte: UInt8) -> Bool {
      byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private func plain(_ text: ArraySlice<UInt8>) -> PythonYAML.Failure? {
      for index in text.indices {
        switch text[index] {
        case 0x09: return failure("a tab inside an unquoted value", at: index)
        case UInt8(ascii: ":") where flowDepth > 0 && !allowsFlowColon:
          return failure("a colon inside an unquoted value within [ ] or { }", at: index)
        case UInt8(ascii: "?") where flowDepth > 0:
          return failure("a question mark inside an unquoted value within [ ] or { }", at: index)
        default: break
        }
      }
      return nil
    }

    private func doubleQuoted(_ text: ArraySlice<UInt8>) -> PythonYAML.Failure? {
      guard !allowsFlowColon else { return nil }
      var isEscaped = false
      for index in text.indices {
        if isEscaped {
          if text[index] == UInt8(ascii: "/") {
            return failure("the escape \\/", at: index)
          }
          isEscaped = false
        } else {
          isEscaped = text[index] == UInt8(ascii: "\\")
        }
      }
      return nil
    }

    /// The line of `|` or `>`: no tab, and a blank before a comment.
    private func blockHeader(_ text: ArraySlice<UInt8>) -> PythonYAML.Failure? {
      let line = text.prefix { $0 != 0x0A && $0 != 0x0D }
      let header = line.prefix { $0 != UInt8(ascii: "#") }
      if let tab = header.firstIndex(of: 0x09) { return failure("a tab after | or >", at: tab) }
      guard header.count < line.count, header.last != 0x20 else { return nil }
      return failure("a comment without a blank before it", at: header.endIndex)
    }

    private func failure(_ message: String, at offset: Int) -> PythonYAML.Failure {
      let before = SourceText(Array(bytes[..<offset]))
      let position = SourcePosition(
        file: file, line: before.lines.count, column: (before.lines.last?.count ?? 0) + 1)
      return PythonYAML.Failure(isCrash: false, message: message, position: position)
    }
  }
}
