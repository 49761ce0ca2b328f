import CYAML

/// Writes nodes as YAML text by libyaml's emitter, in block style and without line breaks of its
/// own.
///
/// Plain scalars stay plain where YAML allows it, so that what is a number stays one; positions do
/// not matter.
package enum YAMLWriter {
  /// The text of one document; nil when a tag or a text is none that YAML can hold.
  package static func text(of node: YAMLNode) -> String? {
    guard let writer = unsafe cyaml_writer_open() else { return nil }
    defer { unsafe cyaml_writer_close(writer) }
    guard unsafe write(node, writer) else { return nil }
    var start: UnsafePointer<UInt8>?
    var count = 0
    guard unsafe cyaml_writer_finish(writer, &start, &count) else { return nil }
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  private static func write(_ node: YAMLNode, _ writer: OpaquePointer) -> Bool {
    switch node.content {
    case .scalar(let text, let style):
      let bytes = Array(text.utf8)
      return unsafe cyaml_write_scalar(writer, bytes, bytes.count, style.emitted, node.tag)
    case .sequence(let items):
      return unsafe cyaml_write_bound(writer, .sequenceStart, node.tag)
        && items.allSatisfy { unsafe write($0, writer) }
        && cyaml_write_bound(writer, .sequenceEnd, nil)
    case .mapping(let pairs):
      return unsafe cyaml_write_bound(writer, .mappingStart, node.tag)
        && pairs.allSatisfy { unsafe write($0.key, writer) && write($0.value, writer) }
        && cyaml_write_bound(writer, .mappingEnd, nil)
    }
  }
}

extension YAMLNode.Style {
  fileprivate var emitted: CYAMLStyle {
    switch self {
    case .plain: .plain
    case .singleQuoted: .singleQuoted
    case .doubleQuoted: .doubleQuoted
    case .literal: .literal
    case .folded: .folded
    }
  }
}
