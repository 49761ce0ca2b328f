import ForgeSupport

/// One key of the cluster file: everything that is known about it.
///
/// The table of these (``ClusterFile/keys``) is the only place that knows the file's form.
/// Decoding, suggestions for misspelt keys, `config show`, the starter file, the JSON Schema and
/// the reference page all come from it.
struct Key<Root>: Sendable {
  let name: String
  /// Whether a mapping without it is refused.
  let isRequired: Bool
  /// Reads the value into its place.
  let decode: @Sendable (YAMLNode, String, inout ClusterFileDecoder, inout Root) -> Void
  /// Describes the key with the value it has in a root.
  let describe: @Sendable (Root) -> KeyDescription
}

/// What is reported about a key.
package struct KeyDescription: Sendable {
  var name: String
  /// What it is for, one sentence without its final stop.
  var summary: String
  /// What its value may be.
  var kind: String
  var schema: JSONValue
  /// Whether a mapping without it is refused.
  var isRequired = false
  /// Whether the starter file only shows it in a comment.
  var isMinor = false
  /// Its value; nil when it has none.
  var value: JSONValue?
  /// A value for keys that have none by default.
  var example: JSONValue?
  /// The keys of a section, or of each item of a list of sections.
  var children: [KeyDescription] = []
  /// Whether it is a list of sections.
  var isList = false
}

extension Key {
  /// What the reader's table says about one value.
  typealias Target<Value> = any WritableKeyPath<Root, Value> & Sendable

  /// A key with a default.
  static func value<Value>(
    _ name: String, _ target: Target<Value>, _ type: ScalarType<Value>, _ summary: String,
    minor isMinor: Bool = false, required isRequired: Bool = false, example: JSONValue? = nil
  ) -> Key {
    Key(name: name, isRequired: isRequired) { node, path, decoder, root in
      if let value = decoder.scalar(node, as: type, at: path) { root[keyPath: target] = value }
    } describe: { root in
      KeyDescription(
        name: name, summary: summary, kind: type.name, schema: type.fileSchema,
        isRequired: isRequired, isMinor: isMinor, value: type.write(root[keyPath: target]),
        example: example)
    }
  }

  /// A key without a default that must be given.
  static func required<Value>(
    _ name: String, _ target: Target<Value>, _ type: ScalarType<Value>, _ summary: String,
    example: JSONValue
  ) -> Key {
    .value(name, target, type, summary, required: true, example: example)
  }

  /// A key without a default.
  static func optional<Value>(
    _ name: String, _ target: Target<Value?>, _ type: ScalarType<Value>, _ summary: String,
    required isRequired: Bool = false, example: JSONValue
  ) -> Key {
    Key(name: name, isRequired: isRequired) { node, path, decoder, root in
      if let value = decoder.scalar(node, as: type, at: path) { root[keyPath: target] = value }
    } describe: { root in
      KeyDescription(
        name: name, summary: summary, kind: type.name, schema: type.fileSchema,
        isRequired: isRequired, isMinor: true, value: root[keyPath: target].map(type.write),
        example: example)
    }
  }

  /// A list of scalars; with `orOne` a single scalar stands for a list of one.
  static func list<Value>(
    _ name: String, _ target: Target<[Value]>, _ type: ScalarType<Value>, _ summary: String,
    orOne: Bool = false, minor isMinor: Bool = true, required isRequired: Bool = false,
    example: JSONValue
  ) -> Key {
    let list = JSONValue.object(["type": "array", "items": type.fileSchema])
    return Key(name: name, isRequired: isRequired) { node, path, decoder, root in
      if let values = decoder.list(node, of: type, orOne: orOne, at: path) {
        root[keyPath: target] = values
      }
    } describe: { root in
      let values = root[keyPath: target].map(type.write)
      return KeyDescription(
        name: name, summary: summary,
        kind: orOne ? "\(type.name), or a list of such" : "a list, each \(type.name)",
        schema: orOne ? .object(["anyOf": .array([type.fileSchema, list])]) : list,
        isRequired: isRequired, isMinor: isMinor,
        value: orOne && values.count == 1 ? values[0] : .array(values), example: example)
    }
  }

  /// A mapping with keys of its own.
  static func section<Part>(
    _ name: String, _ target: Target<Part>, _ keys: [Key<Part>], _ summary: String
  ) -> Key {
    Key(name: name, isRequired: false) { node, path, decoder, root in
      decoder.section(node, keys, at: path, into: &root[keyPath: target])
    } describe: { root in
      let children = keys.map { $0.describe(root[keyPath: target]) }
      return KeyDescription(
        name: name, summary: summary, kind: "a section", schema: .section(children),
        isMinor: children.allSatisfy(\.isMinor), value: .values(of: children), children: children)
    }
  }

  /// A list of mappings, each read into a copy of `blank`.
  static func sections<Part: Sendable>(
    _ name: String, _ target: Target<[Part]>, of blank: Part, _ keys: [Key<Part>],
    _ summary: String, minor isMinor: Bool = false, example: JSONValue? = nil
  ) -> Key {
    Key(name: name, isRequired: false) { node, path, decoder, root in
      if let parts = decoder.sections(node, of: blank, keys, at: path) {
        root[keyPath: target] = parts
      }
    } describe: { root in
      let children = keys.map { $0.describe(blank) }
      let parts = root[keyPath: target].map { part in
        JSONValue.values(of: keys.map { $0.describe(part) })
      }
      return KeyDescription(
        name: name, summary: summary, kind: "a list of sections",
        schema: .object(["type": "array", "items": .section(children)]),
        isMinor: isMinor, value: .array(parts), example: example, children: children, isList: true)
    }
  }
}

extension ScalarType {
  /// The JSON Schema of a scalar in the file, which may hold references to the environment.
  var fileSchema: JSONValue {
    .object(["anyOf": .array([schema, .object(["$ref": "#/$defs/reference"])])])
  }
}

extension JSONValue {
  /// An object of the values that keys have, keys without a value left out.
  static func values(of keys: [KeyDescription]) -> JSONValue {
    .object(
      keys.compactMap { key in
        // A section of which nothing is set is not shown.
        key.value.flatMap { value in
          !key.children.isEmpty && value == .object([:])
            ? nil : Member(name: key.name, value: value)
        }
      })
  }

  /// The JSON Schema of a mapping.
  static func section(_ keys: [KeyDescription]) -> JSONValue {
    let properties = keys.map { key in
      let isDefault = !key.isRequired && key.children.isEmpty
      var schema = key.schema.members
      schema.append(Member(name: "description", value: .string(key.summary)))
      if isDefault, let value = key.value { schema.append(Member(name: "default", value: value)) }
      return Member(name: key.name, value: .object(schema))
    }
    return .object([
      "type": "object", "additionalProperties": .boolean(false), "properties": .object(properties),
      "required": .array(keys.filter(\.isRequired).map { .string($0.name) }),
    ])
  }
}
