import ForgeSupport
package import ForgeModel

/// Reads any bytes as YAML: documents with positions, or one diagnostic that says why not.
///
/// The reader is neutral: it delivers what is written, repeated keys, tags and quoting included,
/// and leaves the meaning of scalars and merge keys to its callers. Memory and time are bounded by
/// ``Limits`` whatever the input.
package struct YAMLReader: Sendable {
  /// What an input may cost.
  package struct Limits: Sendable {
    /// The size of the input.
    package var bytes = 1 << 20
    /// Levels of nesting, those inside aliases included; libyaml's time grows with its square.
    package var depth = 64
    /// Nodes as written.
    package var nodes = 100_000
    /// Nodes when every alias is written out.
    package var expandedNodes = 200_000
    /// `%TAG` lines, which libyaml compares with each other.
    package var directives = 100

    /// Makes the usual limits.
    package init() {}
  }

  /// What was read.
  package struct Reading: Sendable {
    /// The documents before the first fault; an empty document is an empty plain scalar.
    package var documents: [YAMLNode]
    /// The fault that ended the reading, without its source line; nil when all was read.
    package var fault: Diagnostic?
  }

  /// What an input may cost.
  package var limits: Limits

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// Reads every document of the input; `file` is the name in positions.
  package func read(_ bytes: [UInt8], file: String) -> Reading {
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    var reading = Reading(documents: [], fault: nil)
    do throws(Diagnostic) {
      try refuseUnreadable(bytes, file: file)
      let content = hasMark ? Array(bytes.dropFirst(3)) : bytes
      var composer = try YAMLComposer(content, file: file, limits: limits)
      while let document = try composer.nextDocument() { reading.documents.append(document) }
    } catch { reading.fault = error }
    return reading
  }

  private func refuseUnreadable(_ bytes: [UInt8], file: String) throws(Diagnostic) {
    let start = SourcePosition(file: file, line: 1, column: 1)
    guard bytes.count <= limits.bytes else {
      throw Diagnostic(
        id: "yaml-limit", "the file is larger than \(ByteCount(bytes: Int64(limits.bytes)))",
        hint: "a cluster file has a few hundred lines; is this the right file?", at: start)
    }
    guard !bytes.starts(with: [0xFE, 0xFF]), !bytes.starts(with: [0xFF, 0xFE]) else {
      throw Diagnostic(
        id: "yaml-encoding", "the file is UTF-16", hint: "save it as UTF-8", at: start)
    }
    let directives = bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
      .count { $0.starts(with: "%TAG".utf8) }
    guard directives <= limits.directives else {
      throw Diagnostic(
        id: "yaml-limit", "the file has more than \(limits.directives) %TAG lines", at: start)
    }
  }
}

/// Builds trees from events.
private struct YAMLComposer: ~Copyable {
  private var events: YAMLEvents
  private let bytes: [UInt8]
  private let file: String
  private let limits: YAMLReader.Limits
  private var anchors: [String: YAMLNode] = [:]
  /// Anchors whose node is not complete yet.
  private var open: Set<String> = []
  private var nodes = 0
  private var expandedNodes = 0

  init(_ bytes: [UInt8], file: String, limits: YAMLReader.Limits) throws(Diagnostic) {
    self.bytes = bytes
    self.file = file
    self.limits = limits
    do throws(YAMLFault) { self.events = try YAMLEvents(bytes) } catch {
      throw Diagnostic(id: "yaml-limit", error.problem)
    }
  }

  /// The next document, or nil at the end.
  mutating func nextDocument() throws(Diagnostic) -> YAMLNode? {
    while true {
      let event = try next()
      switch event.kind {
      case .streamEnd: return nil
      case .documentStart:
        anchors = [:]
        return try compose(try next(), depth: 1)
      default: continue
      }
    }
  }

  private mutating func next() throws(Diagnostic) -> YAMLEvent {
    do throws(YAMLFault) { return try events.next() } catch { throw diagnostic(for: error) }
  }

  private mutating func compose(_ event: YAMLEvent, depth: Int) throws(Diagnostic) -> YAMLNode {
    let position = SourcePosition(file: file, line: event.line, column: event.column)
    guard depth <= limits.depth else {
      throw Diagnostic(
        id: "yaml-limit", "nested more than \(limits.depth) levels deep", at: position)
    }
    if event.kind == .alias { return try resolve(event.anchor ?? "", at: position, depth: depth) }
    nodes += 1
    expandedNodes += 1
    guard nodes <= limits.nodes else {
      throw Diagnostic(id: "yaml-limit", "more than \(limits.nodes) values", at: position)
    }
    if let anchor = event.anchor { open.insert(anchor) }
    let content = try compose(contentOf: event, depth: depth)
    let node = YAMLNode(content, tag: event.tag, position: position)
    if let anchor = event.anchor {
      open.remove(anchor)
      anchors[anchor] = node
    }
    return node
  }

  private mutating func compose(contentOf event: YAMLEvent, depth: Int) throws(Diagnostic)
    -> YAMLNode.Content
  {
    switch event.kind {
    case .sequenceStart:
      var items: [YAMLNode] = []
      var item = try next()
      while item.kind != .sequenceEnd {
        items.append(try compose(item, depth: depth + 1))
        item = try next()
      }
      return .sequence(items)
    case .mappingStart:
      var pairs: [YAMLPair] = []
      var key = try next()
      while key.kind != .mappingEnd {
        let node = try compose(key, depth: depth + 1)
        pairs.append(YAMLPair(key: node, value: try compose(try next(), depth: depth + 1)))
        key = try next()
      }
      return .mapping(pairs)
    default: return .scalar(event.text, event.style)
    }
  }

  private mutating func resolve(_ name: String, at position: SourcePosition, depth: Int)
    throws(Diagnostic) -> YAMLNode
  {
    guard !open.contains(name) else {
      throw Diagnostic(
        id: "recursive-alias", "the alias *\(name.excerpt) stands inside the value it names",
        at: position)
    }
    guard var node = anchors[name] else {
      throw Diagnostic(
        id: "undefined-alias", "no anchor &\(name.excerpt) stands before this alias",
        hint: "quote the value if the asterisk belongs to it", at: position)
    }
    expandedNodes += node.weight
    guard expandedNodes <= limits.expandedNodes else {
      throw Diagnostic(
        id: "yaml-limit", "aliases expand the file to more than \(limits.expandedNodes) values",
        at: position)
    }
    guard depth + node.height - 1 <= limits.depth else {
      throw Diagnostic(
        id: "yaml-limit", "aliases nest the file more than \(limits.depth) levels deep",
        at: position)
    }
    node.position = position
    return node
  }

  private func diagnostic(for fault: YAMLFault) -> Diagnostic {
    switch fault.place {
    case .line(let line, let column):
      let position = SourcePosition(file: file, line: line, column: column)
      let isFlow = SourceText(bytes).line(at: position)?.contains(where: "{[".contains) ?? false
      return Diagnostic(
        id: "yaml-syntax", fault.problem,
        hint: isFlow ? "inside { } and [ ], quote values that contain any of [ ] { } , : #" : "",
        at: position)
    case .byte(let offset):
      let before = SourceText(Array(bytes.prefix(offset)))
      let position = SourcePosition(
        file: file, line: before.lines.count,
        column: (before.lines.last?.unicodeScalars.count ?? 0) + 1)
      return Diagnostic(
        id: "yaml-encoding", fault.problem, hint: "the file must be UTF-8 text", at: position)
    }
  }
}
