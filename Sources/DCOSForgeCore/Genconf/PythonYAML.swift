import ForgeSupport
import ForgeModel
import ForgeConfiguration

/// A YAML file as the installer's PyYAML reads it: YAML 1.1, safe loader, one document, ASCII.
///
/// The installer image sets no locale, so that Python 3.6 decodes files as ASCII and stops at the
/// first other byte. Source: PyYAML 3.12 (DC/OS up to 2.1) and 5.3.1 (2.2),
/// `dcos_installer/config.py`.
package struct PythonYAML {
  /// Why a file gave no value.
  struct Failure: Error {
    /// Whether the installer ends in a traceback; otherwise it says that the YAML is invalid.
    var isCrash: Bool
    var message: String
    var position: SourcePosition?
  }

  /// What stands in the file at the top.
  struct Document {
    var value: PythonValue
    /// Where each key of the top mapping stands; the last one of a repeated key.
    var keys: [String: SourcePosition]
    /// Where each value of the top mapping stands.
    var values: [String: SourcePosition]
    /// The keys that stand more than once, with the place of the later one.
    var repeated: [(name: String, position: SourcePosition)]
    /// Each entry's node, for findings that point into a value.
    var nodes: [String: YAMLNode]
  }

  /// Reads a file.
  static func load(_ bytes: [UInt8], file: String, version: DCOSVersion) throws(Failure)
    -> Document
  {
    let start = SourcePosition(file: file, line: 1, column: 1)
    if let index = bytes.firstIndex(where: { $0 >= 0x80 }) {
      let before = SourceText(Array(bytes[..<index]))
      let position = SourcePosition(
        file: file, line: before.lines.count, column: (before.lines.last?.count ?? 0) + 1)
      throw Failure(
        isCrash: true, message: "a character outside ASCII; the installer reads ASCII only",
        position: position)
    }
    let dialect = PyYAMLDialect(version: version)
    let (reading, bytes) = dialect.read(bytes, file: file)
    if let fault = reading.fault {
      throw Failure(
        isCrash: fault.id == "recursive-alias", message: fault.message, position: fault.position)
    }
    if let fault = dialect.fault(in: bytes, file: file) { throw fault }
    guard reading.documents.count <= 1 else {
      throw Failure(
        isCrash: false, message: "a second document begins",
        position: reading.documents[1].position)
    }
    guard let root = reading.documents.first else {
      throw Failure(isCrash: true, message: "the file is empty", position: start)
    }
    return try document(root)
  }

  private static func document(_ root: YAMLNode) throws(Failure) -> Document {
    let value = try construct(root)
    var document = Document(value: value, keys: [:], values: [:], repeated: [], nodes: [:])
    guard case .dictionary = value, case .mapping(let written) = root.content else {
      return document
    }
    let own = Set(written.map(\.key.position))
    for pair in try flattened(written, of: root) {
      guard case .string(let name) = try construct(key: pair.key) else { continue }
      if let earlier = document.keys[name], own.contains(earlier) {
        document.repeated.append((name, pair.key.position))
      }
      document.keys[name] = pair.key.position
      document.values[name] = pair.value.position
      document.nodes[name] = pair.value
    }
    return document
  }

  // MARK: Construction

  static func construct(_ node: YAMLNode) throws(Failure) -> PythonValue {
    let tag = try tag(of: node)
    switch tag {
    case "str", "null", "bool", "int", "float", "timestamp", "binary":
      return try scalar(tag, of: node)
    case "seq":
      guard case .sequence(let items) = node.content else { throw unexpected(node, "a sequence") }
      var values: [PythonValue] = []
      for item in items { values.append(try construct(item)) }
      return .list(values)
    case "map": return .dictionary(try mapping(node))
    case "set":
      _ = try mapping(node)
      return .opaque("set")
    case "omap", "pairs": return .list(try tuples(node))
    default:
      throw Failure(
        isCrash: false, message: "no meaning for the tag \(tag.excerpt)", position: node.position)
    }
  }

  private static func unexpected(_ node: YAMLNode, _ wanted: String) -> Failure {
    Failure(isCrash: false, message: "expected \(wanted)", position: node.position)
  }

  /// The short name of PyYAML's own tags, the whole tag of others.
  private static func tag(of node: YAMLNode) throws(Failure) -> String {
    let prefix = "tag:yaml.org,2002:"
    if let tag = node.tag, tag != "!" {
      return tag.hasPrefix(prefix) ? String(tag.dropFirst(prefix.count)) : tag
    }
    switch node.content {
    case .sequence: return "seq"
    case .mapping: return "map"
    case .scalar(let text, let style):
      return style == .plain || node.tag == "!" ? YAML11.implicitTag(of: text) : "str"
    }
  }

  private static func construct(key node: YAMLNode) throws(Failure) -> PythonValue {
    guard try tag(of: node) == "value" else { return try construct(node) }
    return .string(try text(of: node))
  }

  private static func mapping(_ node: YAMLNode) throws(Failure) -> [PythonPair] {
    guard case .mapping(let written) = node.content else { throw unexpected(node, "a mapping") }
    var pairs = PythonDictionary()
    for pair in try flattened(written, of: node) {
      let key = try construct(key: pair.key)
      guard key.isHashable else {
        throw Failure(
          isCrash: false, message: "a key that is a list or a mapping", position: pair.key.position)
      }
      pairs.set(key, try construct(pair.value))
    }
    return pairs.pairs
  }

  /// The pairs with those of merge keys before them.
  private static func flattened(_ pairs: [YAMLPair], of node: YAMLNode) throws(Failure)
    -> [YAMLPair]
  {
    var merged: [YAMLPair] = []
    var own: [YAMLPair] = []
    for pair in pairs {
      guard try tag(of: pair.key) == "merge" else {
        own.append(pair)
        continue
      }
      switch pair.value.content {
      case .mapping(let inner): merged += try flattened(inner, of: pair.value)
      case .sequence(let items):
        var parts: [[YAMLPair]] = []
        for item in items {
          guard case .mapping(let inner) = item.content else {
            throw unexpected(item, "a mapping to merge")
          }
          parts.append(try flattened(inner, of: item))
        }
        merged += parts.reversed().joined()
      case .scalar: throw unexpected(pair.value, "a mapping to merge")
      }
    }
    return merged + own
  }

  private static func tuples(_ node: YAMLNode) throws(Failure) -> [PythonValue] {
    guard case .sequence(let items) = node.content else { throw unexpected(node, "a sequence") }
    var values: [PythonValue] = []
    for item in items {
      guard case .mapping(let pairs) = item.content, pairs.count == 1 else {
        throw unexpected(item, "a mapping of one pair")
      }
      values.append(.list([try construct(pairs[0].key), try construct(pairs[0].value)]))
    }
    return values
  }

  /// A scalar's text; of a mapping, the text under its default key `=`.
  private static func text(of node: YAMLNode) throws(Failure) -> String {
    switch node.content {
    case .scalar(let text, _): return text
    case .mapping(let pairs):
      for pair in pairs where try tag(of: pair.key) == "value" { return try text(of: pair.value) }
      throw unexpected(node, "a scalar")
    case .sequence: throw unexpected(node, "a scalar")
    }
  }

  private static func scalar(_ tag: String, of node: YAMLNode) throws(Failure) -> PythonValue {
    let text = try text(of: node)
    if let value = YAML11.construct(tag, text) { return value }
    throw Failure(
      isCrash: tag != "binary", message: "\(text.excerpt) is no \(tag)", position: node.position)
  }
}
