import ForgeNodeProtocol
import ForgeModel

/// Everything that DC/OS is generated from, one named value each: kept on the bootstrap node beside what was
/// generated, so that a later run can tell what changed.
package struct GenerationInputs: Hashable, Sendable {
  /// One input.
  struct Input: Hashable, Sendable {
    /// The parameter's name, `version`, `installer`, or the file's name in `genconf/`.
    var name: String
    /// The value; of secrets, mappings, files and long values the first sixteen digits of the SHA-256.
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
    let config = String(decoding: wanted.genconf.config, as: UTF8.self)
    self.inputs = inputs + ReportMemory.value(of: config) { Self.parameters(config) }
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

  /// The top-level parameters of a configuration in block style, without its comments.
  private static func parameters(_ config: String) -> [Input] {
    var blocks: [(name: String, lines: [Substring])] = []
    for line in config.split(whereSeparator: \.isNewline) {
      let text = line.drop { $0 == " " || $0 == "\t" }
      guard let first = text.first, first != "#" else { continue }
      if text.startIndex > line.startIndex || first == "-", !blocks.isEmpty {
        blocks[blocks.count - 1].lines.append(line)
      } else {
        let parts = line.split(separator: ":", maxSplits: 1)
        blocks.append((String(parts[0]), Array(parts.dropFirst())))
      }
    }
    return blocks.map { Input(name: $0.name, value: value(of: $0.name, $0.lines)) }
  }

  private static func value(of name: String, _ lines: [Substring]) -> String {
    let words = ["key", "password", "secret", "token", "credential", "auth", "proxy", "license"]
    let isNested = lines.dropFirst().contains { $0.contains(":") }
    let isSecret = isNested || words.contains { name.contains($0) }
    let text = lines.flatMap { $0.split(whereSeparator: \.isWhitespace) }.joined(separator: " ")
    return isSecret || text.contains("@") || text.count > longest || text.isEmpty
      ? digest(lines.joined(separator: "\n")) : text
  }

  private static func digest(_ text: String) -> String {
    Blueprint.short(Blueprint.digest([text]))
  }
}
