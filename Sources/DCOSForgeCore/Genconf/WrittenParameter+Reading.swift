package import ForgeModel
import ForgeConfiguration

extension WrittenParameter {
  /// The parameters at the top of a configuration, in its order.
  ///
  /// In block style they keep the lines of the file: nodes were installed with inputs made of them.
  /// A file that is no mapping is one parameter.
  package static func all(in config: [UInt8]) -> [WrittenParameter] {
    let lines = SourceText(config).lines
    // The repairs are the same for all releases, and keep the lines.
    let bytes = PyYAMLDialect(version: .founding).read(config, file: "").bytes
    guard let outline = try? GenconfOutline(bytes) else {
      return [
        WrittenParameter(name: "config.yaml", lines: lines.map(String.init), isCompound: true)
      ]
    }
    guard outline.isBlock else {
      let text = String(decoding: bytes, as: UTF8.self).unicodeScalars
      return outline.entries.map { $0.parameter(in: text, insideText: outline.insideText) }
    }
    var starts = outline.entries[...]
    var parameters: [WrittenParameter] = []
    for (number, line) in zip(1..., lines) {
      let isInside = outline.insideText.contains(number)
      guard isInside || !Self.isComment(line) else { continue }
      if let entry = starts.first, entry.key.line == number {
        starts.removeFirst()
        parameters.append(entry.parameter(startingAt: line))
      } else if parameters.isEmpty || line.hasPrefix("...") && !isInside {
        // The marks around a document were recorded, too.
        let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
        parameters.append(
          WrittenParameter(name: parts.first ?? "", lines: Array(parts.dropFirst())))
      } else {
        parameters[parameters.count - 1].lines.append(String(line))
      }
    }
    return parameters.map(\.trimmed)
  }

  /// Whether a line is blank or a comment, unless it stands inside a text.
  fileprivate static func isComment(_ line: some StringProtocol) -> Bool {
    let first = line.first { $0 != " " && $0 != "\t" }
    return first == nil || first == "#"
  }

  /// Without blank lines at its end: a block of text takes those before the next parameter along.
  fileprivate var trimmed: WrittenParameter {
    var trimmed = self
    while trimmed.lines.last?.allSatisfy(\.isWhitespace) == true, trimmed.lines.count > 1 {
      trimmed.lines.removeLast()
    }
    return trimmed
  }
}

/// Where the parameters at the top of a configuration stand.
private struct GenconfOutline {
  struct Entry {
    var key: YAMLEvent
    /// In Unicode scalars from the start.
    var value: Range<Int>
    var isCompound: Bool
  }

  private struct NoMapping: Error {}

  var entries: [Entry] = []
  /// Whether the keys stand at the beginning of lines, without braces around them.
  var isBlock = false
  /// The lines that begin inside a quoted text or a block of text.
  var insideText: Set<Int> = []

  init(_ bytes: [UInt8]) throws {
    let text = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    var events = try YAMLEvents(bytes)
    var root: Int?
    var open: [YAMLEvent.Kind] = []
    var entry: Entry?
    while true {
      let event = try events.next()
      switch event.kind {
      case .streamStart, .documentStart: continue
      case .streamEnd, .documentEnd:
        guard root != nil else { throw NoMapping() }
        return
      case .mappingEnd, .sequenceEnd: open.removeLast()
      case .mappingStart, .sequenceStart, .scalar, .alias:
        let lines = Self.linesInside(event, text)
        insideText.formUnion(lines)
        if let root, open.count == 1, entry == nil {
          guard event.kind == .scalar else { throw NoMapping() }
          if entries.isEmpty { isBlock = event.column == 1 && event.range.lowerBound == root }
          entry = Entry(key: event, value: event.range, isCompound: false)
          continue
        }
        if open.count == 1 { entry?.value = event.range }
        if !lines.isEmpty || event.kind == .scalar && open.dropFirst().contains(.mappingStart) {
          entry?.isCompound = true
        }
        if event.kind == .mappingStart || event.kind == .sequenceStart {
          guard root != nil || event.kind == .mappingStart else { throw NoMapping() }
          root = root ?? event.range.lowerBound
          open.append(event.kind)
          continue
        }
      }
      guard open.count == 1, var done = entry else { continue }
      done.value = done.value.lowerBound..<max(done.value.lowerBound, event.range.upperBound)
      entries.append(done)
      entry = nil
    }
  }

  /// The lines that begin inside a text whose line breaks and number signs are its own.
  private static func linesInside(_ event: YAMLEvent, _ text: [Unicode.Scalar]) -> Range<Int> {
    guard event.kind == .scalar, event.style != .plain else { return 0..<0 }
    var written = text[event.range]
    if event.style == .literal || event.style == .folded {
      // Its end is where the next line begins, or what stands there.
      while written.last == " " { written.removeLast() }
      if written.last == "\n" { written.removeLast() }
      if written.last == "\r" { written.removeLast() }
    }
    let breaks = String(String.UnicodeScalarView(written)).count { $0.isNewline }
    return event.line + 1..<event.line + 1 + breaks
  }
}

extension GenconfOutline.Entry {
  /// The parameter whose key stands on this line; its further lines are to be added.
  func parameter(startingAt line: Substring) -> WrittenParameter {
    var name = line.prefix { $0 != ":" }
    var rest = line.dropFirst(name.count)
    if key.style != .plain || key.column > 1 || key.text.contains(":") {
      rest = line.dropFirst(key.column - 1 + key.range.count).drop { $0 != ":" }
      name = plainName[...]
    }
    return WrittenParameter(
      name: String(name), lines: rest.count > 1 ? [String(rest.dropFirst())] : [],
      isCompound: isCompound)
  }

  /// The parameter as a part of the text, which need not begin or end with a line.
  func parameter(
    in text: String.UnicodeScalarView, insideText: Set<Int>
  ) -> WrittenParameter {
    let start = text.index(text.startIndex, offsetBy: value.lowerBound)
    let written = String(text[start..<text.index(text.startIndex, offsetBy: value.upperBound)])
    let first = 1 + String(text[..<start]).count { $0.isNewline }
    let lines = zip(
      first..., written.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    )
    .filter { number, line in insideText.contains(number) || !WrittenParameter.isComment(line) }
    return WrittenParameter(
      name: plainName, lines: lines.map { String($0.1) }, isCompound: isCompound)
  }

  /// The key as one word.
  private var plainName: String {
    key.text.split(whereSeparator: \.isWhitespace).joined(separator: "_")
  }
}
