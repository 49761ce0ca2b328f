package import ForgeModel

/// A node of a YAML document as it was written: nothing is resolved, merged or converted.
///
/// Plain scalars keep their text, so that each reader applies the schema it needs (the cluster file
/// is read by the type that a key wants, DC/OS's own file by YAML 1.1 as PyYAML does).
package struct YAMLNode: Hashable, Sendable {
  /// How a scalar is written.
  package enum Style: Sendable {
    /// Without quotes; only such a scalar can be a number, a truth value or null.
    case plain
    case singleQuoted
    case doubleQuoted
    /// A `|` block.
    case literal
    /// A `>` block.
    case folded
  }

  /// What the node is.
  package enum Content: Hashable, Sendable {
    /// A scalar: its text after unescaping and folding.
    case scalar(String, Style)
    case sequence([YAMLNode])
    /// A mapping in file order; keys may be anything and may repeat.
    case mapping([YAMLPair])
  }

  /// What the node is.
  package var content: Content
  /// The explicit tag, resolved (`tag:yaml.org,2002:str`, `!mine`, `!`); nil when none is written.
  package var tag: String?
  /// Where the node begins; of an alias, where the alias stands.
  package var position: SourcePosition
  /// How many nodes it holds, itself included, with every alias counted in full.
  var weight: Int
  /// How many levels it has, itself included.
  var height: Int

  /// Makes a node of its parts.
  package init(_ content: Content, tag: String? = nil, position: SourcePosition) {
    self.content = content
    self.tag = tag
    self.position = position
    let children: [YAMLNode] =
      switch content {
      case .scalar: []
      case .sequence(let nodes): nodes
      case .mapping(let pairs): pairs.flatMap { [$0.key, $0.value] }
      }
    self.weight = children.reduce(1) { $0 + $1.weight }
    self.height = 1 + (children.map(\.height).max() ?? 0)
  }
}

/// A key and its value in a mapping.
package struct YAMLPair: Hashable, Sendable {
  /// The key, which need not be a scalar.
  package var key: YAMLNode
  package var value: YAMLNode

  package init(key: YAMLNode, value: YAMLNode) {
    self.key = key
    self.value = value
  }
}

/// The text of an input and its lines, for carets.
package struct SourceText: Hashable, Sendable {
  /// The longest line that a diagnostic quotes, in characters.
  static let maximumQuotedLine = 500

  /// The lines, split where YAML splits them; bytes that are no UTF-8 are replaced.
  package let lines: [Substring]

  /// Splits an input.
  package init(_ bytes: [UInt8]) {
    var text = String(decoding: bytes, as: UTF8.self)[...]
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    self.lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  }

  /// The line at a position; nil past the end and for a line too long to show.
  package func line(at position: SourcePosition) -> String? {
    guard lines.indices.contains(position.line - 1) else { return nil }
    let line = lines[position.line - 1]
    return line.utf8.count <= Self.maximumQuotedLine ? String(line) : nil
  }

  /// Gives each diagnostic the line it points to.
  package func quote(in diagnostics: [Diagnostic]) -> [Diagnostic] {
    diagnostics.map { diagnostic in
      var quoted = diagnostic
      quoted.sourceLine = diagnostic.position.flatMap(line(at:))
      return quoted
    }
  }
}
