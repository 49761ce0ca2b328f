import ForgeSupport
import ForgeModel

/// Reads a tree into values by a table of keys and collects every finding.
struct ClusterFileDecoder {
  /// The most findings that are kept; one more says that there were others.
  static let maximumFindings = 200
  /// The most bytes that all references of a file may come to, as many as a file may have.
  private static let referenceLimit = YAMLReader.Limits().bytes

  /// The variables that `${env:NAME}` stands for.
  let environment: [String: String]
  /// What was found, in the order it was met.
  private(set) var findings: [Diagnostic] = []
  /// Where each key that was given has its value, by path: `network.cidr`, `nodes[2].address`.
  private(set) var places: [String: SourcePosition] = [:]
  /// The paths whose value could not be used.
  private var broken: Set<String> = []
  /// The paths that hold one of these.
  private var tainted: Set<String> = []
  /// How many bytes references came to.
  private var referenceBytes = 0

  init(environment: [String: String]) { self.environment = environment }

  /// Records a finding.
  mutating func report(_ diagnostic: Diagnostic) {
    if !isFull {
      findings.append(diagnostic)
    } else if findings.count == Self.maximumFindings {
      findings.append(
        Diagnostic(
          id: "too-many-findings", "more findings follow", hint: "put these right first"))
    }
  }

  /// Whether no more findings are kept, so that none need be worded.
  private var isFull: Bool { findings.count >= Self.maximumFindings }

  /// Records that the value at a path is of no use.
  private mutating func refuse(
    _ path: String, _ id: String, _ message: String, hint: String = "", at position: SourcePosition
  ) {
    markBroken(path)
    report(Diagnostic(id: id, message, hint: hint, at: position))
  }

  private mutating func markBroken(_ path: String) {
    broken.insert(path)
    tainted.formUnion(Self.ancestors(of: path))
  }

  /// Whether a path, all above it and all below it could be used, so that rules over it make sense.
  func isSound(_ path: String) -> Bool {
    !broken.contains(path) && !tainted.contains(path)
      && broken.isDisjoint(with: Self.ancestors(of: path))
  }

  /// The paths above one: `nodes[2]`, `nodes` and the root for `nodes[2].address`.
  private static func ancestors(of path: String) -> [String] {
    guard !path.isEmpty else { return [] }
    return [""]
      + path.indices.filter { path[$0] == "." || path[$0] == "[" }.map { String(path[..<$0]) }
  }

  // MARK: mappings

  /// Reads a mapping; an empty value counts as a mapping without keys.
  mutating func section<Root>(
    _ node: YAMLNode, _ keys: [Key<Root>], at path: String, into root: inout Root
  ) {
    guard acceptsTag(of: node, at: path) else { return }
    var pairs: [YAMLPair] = []
    switch node.content {
    case .mapping(let written): pairs = written
    case .scalar where node.isNull: break
    default:
      refuse(
        path, "wrong-type", "\(label(path)) must be a section with keys, not \(node.kindName)",
        at: node.position)
      return
    }
    let (values, guessed) = index(pairs, known: keys.map(\.name), at: path)
    for key in keys {
      let keyPath = path.isEmpty ? key.name : "\(path).\(key.name)"
      if let value = values[key.name] {
        places[keyPath] = value.position
        key.decode(value, keyPath, &self, &root)
      } else if guessed.contains(key.name) {
        markBroken(keyPath)
      } else if key.isRequired {
        refuse(
          keyPath, "missing-key", "\(label(path)) needs the key \"\(key.name)\"", at: node.position)
      }
    }
  }

  /// The values by key; unknown and repeated keys are reported, and the known keys that unknown
  /// ones probably stand for are returned.
  private mutating func index(_ pairs: [YAMLPair], known: [String], at path: String) -> (
    values: [String: YAMLNode], guessed: Set<String>
  ) {
    var values: [String: YAMLNode] = [:]
    var first: [String: SourcePosition] = [:]
    var guessed: Set<String> = []
    for pair in pairs {
      guard case .scalar(let name, _) = pair.key.content else {
        report(
          Diagnostic(
            id: "bad-key", "a key must be a word, not \(pair.key.kindName)", at: pair.key.position))
        continue
      }
      if let earlier = first[name] {
        report(
          Diagnostic(
            id: "duplicate-key",
            "the key \"\(name.excerpt)\" was given before, in line \(earlier.line), "
              + "column \(earlier.column)", hint: "remove one of the two", at: pair.key.position))
        continue
      }
      first[name] = pair.key.position
      if known.contains(name) {
        values[name] = pair.value
        continue
      }
      let guess = isFull ? nil : nearest(to: name, among: known.filter { values[$0] == nil })
      guess.map { _ = guessed.insert($0) }
      report(unknown(pair.key, name, guess: guess, known: known, at: path))
    }
    return (values, guessed)
  }

  private func unknown(
    _ key: YAMLNode, _ name: String, guess: String?, known: [String], at path: String
  ) -> Diagnostic {
    let hint =
      if name == "<<" {
        "merge keys are not supported here; put the alias in place of the whole section"
      } else if let guess {
        "did you mean \"\(guess)\"?"
      } else {
        "known here: \(known.joined(separator: ", "))"
      }
    return Diagnostic(
      id: "unknown-key", "\(label(path)) has no key \"\(name.excerpt)\"", hint: hint,
      at: key.position)
  }

  // MARK: sequences

  /// Reads a sequence of mappings; nil when the value is no sequence.
  mutating func sections<Part>(
    _ node: YAMLNode, of blank: Part, _ keys: [Key<Part>], at path: String
  ) -> [Part]? {
    guard let items = items(of: node, at: path) else { return nil }
    return items.enumerated().map { index, item in
      var part = blank
      let itemPath = "\(path)[\(index)]"
      places[itemPath] = item.position
      section(item, keys, at: itemPath, into: &part)
      return part
    }
  }

  /// Reads a sequence of scalars; nil when the value is of no use.
  mutating func list<Value>(
    _ node: YAMLNode, of type: ScalarType<Value>, orOne: Bool, at path: String
  ) -> [Value]? {
    if orOne, case .scalar = node.content {
      return scalar(node, as: type, at: path).map { [$0] }
    }
    guard let items = items(of: node, at: path) else { return nil }
    var values: [Value] = []
    for (index, item) in items.enumerated() {
      let itemPath = "\(path)[\(index)]"
      places[itemPath] = item.position
      if let value = scalar(item, as: type, at: itemPath) { values.append(value) }
    }
    return values
  }

  private mutating func items(of node: YAMLNode, at path: String) -> [YAMLNode]? {
    guard acceptsTag(of: node, at: path) else { return nil }
    guard case .sequence(let items) = node.content else {
      refuse(
        path, "wrong-type", "\(label(path)) must be a list, not \(node.kindName)",
        hint: node.isNull ? "write [] for an empty list, or remove the key" : "",
        at: node.position)
      return nil
    }
    return items
  }

  // MARK: scalars

  /// Reads a scalar; nil after a finding.
  mutating func scalar<Value>(
    _ node: YAMLNode, as type: ScalarType<Value>, at path: String
  ) -> Value? {
    guard acceptsTag(of: node, at: path) else { return nil }
    guard case .scalar(let written, let style) = node.content else {
      refuse(
        path, "wrong-type", "\(label(path)) must be \(type.name), not \(node.kindName)",
        at: node.position)
      return nil
    }
    guard !node.isNull else {
      refuse(
        path, "missing-value", "\(label(path)) has no value; it must be \(type.name)",
        hint: "give it a value, or remove the key to get its default", at: node.position)
      return nil
    }
    let text: String
    do throws(Diagnostic) { text = try replaceReferences(in: written, of: node) } catch {
      markBroken(path)
      report(error)
      return nil
    }
    guard style == .plain || !type.isPlainOnly || text != written else {
      refuse(
        path, "wrong-type", "\(label(path)) must be \(type.name), not a quoted text",
        hint: "remove the quotes", at: node.position)
      return nil
    }
    return convert(text, style, as: type, at: path, position: node.position)
  }

  private mutating func convert<Value>(
    _ text: String, _ style: YAMLNode.Style, as type: ScalarType<Value>, at path: String,
    position: SourcePosition
  ) -> Value? {
    var text = text
    // A block ends with a line break that nobody means.
    if style == .literal || style == .folded, text.hasSuffix("\n") { text.removeLast() }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      refuse(
        path, "bad-value", "\(label(path)) must not contain line breaks or control characters",
        at: position)
      return nil
    }
    do throws(ScalarFault) { return try type.read(text) } catch {
      refuse(
        path, "bad-value", "\(label(path)) must be \(type.name), not \"\(text.excerpt)\"",
        hint: error.reason, at: position)
      return nil
    }
  }

  private mutating func acceptsTag(of node: YAMLNode, at path: String) -> Bool {
    guard let tag = node.tag else { return true }
    refuse(
      path, "unexpected-tag", "\(label(path)) has the tag \(tag.excerpt)",
      hint: "tags have no meaning in a cluster file; remove it", at: node.position)
    return false
  }

  private func label(_ path: String) -> String { path.isEmpty ? "the cluster file" : path }

  // MARK: references

  /// Replaces `${env:NAME}` and `${env:NAME:-default}`; `$${` stands for `${`.
  private mutating func replaceReferences(
    in text: String, of node: YAMLNode
  ) throws(Diagnostic) -> String {
    var result = ""
    var rest = text[...]
    while let start = rest.firstRange(of: "${") {
      let before = rest[..<start.lowerBound]
      rest = rest[start.upperBound...]
      if before.hasSuffix("$") {
        result += before.dropLast() + "${"
        continue
      }
      guard rest.hasPrefix("env:"), let end = rest.firstIndex(of: "}") else {
        throw Diagnostic(
          id: "bad-reference", "\"${\" must begin ${env:NAME} or ${env:NAME:-default}",
          hint: "write $${ for the two characters themselves", at: node.position)
      }
      let value = try value(of: rest[..<end].dropFirst(4), at: node.position)
      referenceBytes += value.utf8.count
      guard referenceBytes <= Self.referenceLimit else {
        throw Diagnostic(
          id: "yaml-limit",
          "variables expand the file by more than \(ByteCount(bytes: Int64(Self.referenceLimit)))",
          at: node.position)
      }
      result += before + value
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private func value(of reference: Substring, at position: SourcePosition) throws(Diagnostic)
    -> String
  {
    let separator = reference.firstRange(of: ":-")
    let name = reference[..<(separator?.lowerBound ?? reference.endIndex)]
    let isName =
      name.utf8.first.map { !(0x30...0x39).contains($0) } == true
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    guard isName else {
      throw Diagnostic(
        id: "bad-reference", "\"\(name.excerpt)\" is no name of an environment variable",
        at: position)
    }
    let value = environment[String(name)]
    if let separator, value?.isEmpty != false { return String(reference[separator.upperBound...]) }
    guard let value else {
      throw Diagnostic(
        id: "undefined-variable", "the environment variable \(name.excerpt) is not set",
        hint: "set it, or give a default: ${env:\(name.excerpt):-value}", at: position)
    }
    return value
  }
}

extension YAMLNode {
  /// Whether the node is YAML's null: empty, `~` or `null` without quotes.
  var isNull: Bool {
    guard case .scalar(let text, .plain) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// What it is called in messages.
  var kindName: String {
    switch content {
    case .scalar where isNull: "empty"
    case .scalar: "a single value"
    case .sequence: "a list"
    case .mapping: "a section"
    }
  }
}
