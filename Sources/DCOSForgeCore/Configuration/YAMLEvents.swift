import CYAML

/// What libyaml reports, one thing after the other.
package struct YAMLEvent {
  /// libyaml's kinds of event.
  package enum Kind {
    case streamStart, streamEnd, documentStart, documentEnd, alias, scalar
    case sequenceStart, sequenceEnd, mappingStart, mappingEnd
  }

  /// What was met.
  package var kind: Kind
  /// Where it begins, both from 1.
  package var line: Int
  package var column: Int
  /// Where it stands, in Unicode scalars from the start.
  package var range: Range<Int>
  /// The anchor of a node, or the target of an alias.
  package var anchor: String?
  /// The explicit tag.
  var tag: String?
  /// A scalar's content.
  package var text: String
  /// A scalar's style.
  package var style: YAMLNode.Style
}

/// Why the events ended early.
package struct YAMLFault: Error {
  /// libyaml's own words.
  package var problem: String
  /// Where; line and column from 1, or only bytes from the start when the encoding is at fault.
  var place: Place

  enum Place {
    case byte(Int)
    case line(Int, column: Int)
  }
}

/// libyaml's parser over one input.
@safe package struct YAMLEvents: ~Copyable {
  private let parser: OpaquePointer

  /// Starts at the first byte; the bytes are copied.
  package init(_ bytes: [UInt8]) throws(YAMLFault) {
    let opened = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe cyaml_open(buffer.baseAddress, buffer.count)
    }
    guard let opened = unsafe opened else {
      throw YAMLFault(problem: "out of memory", place: .byte(0))
    }
    unsafe parser = opened
  }

  deinit { unsafe cyaml_close(parser) }

  /// The next event; the last one is of kind `streamEnd`, and nothing may be asked after it.
  package mutating func next() throws(YAMLFault) -> YAMLEvent {
    var raw = unsafe cyaml_event()
    var fault = unsafe cyaml_fault()
    guard unsafe cyaml_next(parser, &raw, &fault) else { throw unsafe YAMLFault(fault) }
    return unsafe YAMLEvent(raw)
  }
}

extension YAMLEvent {
  fileprivate init(_ raw: cyaml_event) {
    kind =
      switch unsafe raw.kind {
      case .streamStart: .streamStart
      case .streamEnd: .streamEnd
      case .documentStart: .documentStart
      case .documentEnd: .documentEnd
      case .alias: .alias
      case .scalar: .scalar
      case .sequenceStart: .sequenceStart
      case .sequenceEnd: .sequenceEnd
      case .mappingStart: .mappingStart
      case .mappingEnd: .mappingEnd
      }
    unsafe line = Int(raw.line) + 1
    unsafe column = Int(raw.column) + 1
    unsafe range = Int(raw.start)..<Int(max(raw.start, raw.end))
    unsafe anchor = raw.anchor.map { unsafe String(cString: $0) }
    unsafe tag = raw.tag.map { unsafe String(cString: $0) }
    unsafe text = String(
      decoding: UnsafeBufferPointer(start: raw.text, count: raw.length), as: UTF8.self)
    style =
      switch unsafe raw.style {
      case .plain: .plain
      case .singleQuoted: .singleQuoted
      case .doubleQuoted: .doubleQuoted
      case .literal: .literal
      case .folded: .folded
      }
  }
}

extension YAMLFault {
  fileprivate init(_ raw: cyaml_fault) {
    let problem = unsafe raw.problem.map { unsafe String(cString: $0) } ?? "malformed YAML"
    let context = unsafe raw.context.map { unsafe " " + String(cString: $0) } ?? ""
    self.problem = problem + context
    self.place =
      unsafe raw.is_encoding
      ? unsafe .byte(Int(raw.offset))
      : unsafe .line(Int(raw.line) + 1, column: Int(raw.column) + 1)
  }
}
