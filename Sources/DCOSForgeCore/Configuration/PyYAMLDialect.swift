import CYAML

/// Where PyYAML refuses what libyaml reads.
///
/// libyaml follows later readings of the standard: tabs between tokens, a colon inside a plain scalar
/// of a flow collection, an anchor given twice, `\/`. Source: the scanners of PyYAML 3.12 and 5.3.1.
struct PyYAMLDialect {
  /// Whether a plain scalar of a flow collection may hold a colon (PyYAML 5, from DC/OS 2.2 on).
  let allowsFlowColon: Bool

  init(version: DCOSVersion) { self.allowsFlowColon = GenconfSpan.v2_2.contains(version) }

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

    /// The line of `|` or `>`.
    private func blockHeader(_ text: ArraySlice<UInt8>) -> PythonYAML.Failure? {
      let line = text.prefix { $0 != 0x0A && $0 != 0x0D && $0 != UInt8(ascii: "#") }
      return line.firstIndex(of: 0x09).flatMap { failure("a tab after | or >", at: $0) }
    }

    private func failure(_ message: String, at offset: Int) -> PythonYAML.Failure {
      let before = SourceText(Array(bytes[..<offset]))
      let position = SourcePosition(
        file: file, line: before.lines.count, column: (before.lines.last?.count ?? 0) + 1)
      return PythonYAML.Failure(isCrash: false, message: message, position: position)
    }
  }
}
