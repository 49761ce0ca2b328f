import ForgeModel

/// Everything that DC/OS is generated from, one named value each: kept on the bootstrap node beside
/// what was generated, so that a later run can report what changed.
package struct GenerationInputs: Hashable, Sendable {
  struct Input: Hashable, Sendable {
    /// The parameter's name, `version`, `installer`, or the file's name in `genconf/`.
    var name: String
    /// The value; of secrets, mappings, files and long values the first sixteen digits of the
    /// SHA-256.
    var value: String
  }

  /// The inputs in the order of the configuration.
  let inputs: [Input]

  /// The longest value that is kept as it is.
  private static let longest = 200

  init(_ wanted: WantedCluster) {
    var inputs = [
      Input(name: "version", value: wanted.spec.dcos.version.description),
      Input(name: "installer", value: Blueprint.short(wanted.installer.sum.description)),
      Input(name: "genconf/ip-detect", value: Self.digest(wanted.genconf.ipDetect)),
    ]
    for (name, content) in wanted.genconf.others.sorted(by: { $0.key < $1.key }) {
      inputs.append(
        Input(
          name: "genconf/\(name)",
          value: Blueprint.short(SHA256Sum(hashing: content).description)))
    }
    self.inputs =
      inputs + wanted.genconf.parameters.map { Input(name: $0.name, value: Self.value(of: $0)) }
  }

  /// Reads ``text``; lines that have no value are left out.
  init(text: String) {
    inputs = text.split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.split(separator: " ", maxSplits: 1)
      return words.count == 2 ? Input(name: String(words[0]), value: String(words[1])) : nil
    }
  }

  /// A line for each input: its name, a blank, its value.
  var text: String { inputs.map { "\($0.name) \($0.value)" }.joined(separator: "\n") }

  /// What became another value from these inputs to others, such as `dns_search: a.de → b.de`.
  func changes(to others: GenerationInputs) -> [String] {
    let names = inputs.map(\.name) + others.inputs.map(\.name).filter { self[$0] == nil }
    return names.compactMap { name in
      let (old, new) = (self[name], others[name])
      return old == new ? nil : "\(name): \(old ?? "nothing") → \(new ?? "nothing")"
    }
  }

  private subscript(_ name: String) -> String? { inputs.first { $0.name == name }?.value }

  /// What is kept of a value: in block style the file's own words, as of every version so far.
  ///
  /// Earlier builds misread a file in braces, quoted keys, mappings of one line and text of several
  /// lines. Such a file looks changed to nodes that they installed.
  private static func value(of parameter: WrittenParameter) -> String {
    let words = ["key", "password", "secret", "token", "credential", "auth", "proxy", "license"]
    let lines = parameter.lines
    let isSecret =
      parameter.isCompound || lines.dropFirst().contains { $0.contains(":") }
      || words.contains { parameter.name.contains($0) }
    let text = lines.flatMap { $0.split(whereSeparator: \.isWhitespace) }.joined(separator: " ")
    return isSecret || text.contains("@") || text.count > longest || text.isEmpty
      ? digest(lines.joined(separator: "\n")) : text
  }

  private static func digest(_ text: String) -> String {
    Blueprint.short(Blueprint.digest([text]))
  }
}
