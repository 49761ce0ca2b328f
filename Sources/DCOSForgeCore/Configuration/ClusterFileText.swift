package import ForgeSupport
import FoundationEssentials

/// The cluster file as text: the starter that `init` writes, and settings as `config show` prints
/// them.
package enum ClusterFileText {
  /// The widest line of the starter, in characters.
  static let width = 100

  /// A commented file that stands for the defaults and shows every key.
  ///
  /// A line that begins with `#` directly before a key or two blanks is a key at its default (or,
  /// where there is none, an example); the `#` removed, it is in force.
  package static var starter: String {
    let head = """
      # A DC/OS cluster on libvirt. Every key may be left out, except version.
      # A line that begins with "#" and a key shows its default or an example: remove the "#" to \
      set it.
      # "dcosforge validate" checks this file, "dcosforge config show" prints it with all defaults.

      """
    return head + ClusterFile.description.map { section($0) }.joined()
  }

  private static func section(_ key: KeyDescription) -> String {
    let lines = entry(key, indent: "")
    return "\n" + (key.children.isEmpty ? "" : "# \(key.summary).\n")
      + lines.joined(separator: "\n") + "\n"
  }

  /// The lines of a key and all below it.
  private static func entry(_ key: KeyDescription, indent: String) -> [String] {
    let mark = key.isMinor ? "#" : ""
    if key.isList {
      var value = key.value
      if key.isMinor { value = key.example }
      guard case .array(let items) = value else { return [] }
      return ["\(mark)\(indent)\(key.name):"]
        + items.map { "\(mark)\(indent)  - \(flow($0))" }
    }
    if !key.children.isEmpty {
      return ["\(mark)\(indent)\(key.name):"]
        + key.children.flatMap { entry($0, indent: indent + "  ") }
    }
    // What has no default, or an empty list, is shown by an example.
    var value = key.value
    if value == nil || value == .array([]) { value = key.example }
    let line = "\(mark)\(indent)\(key.name): \(value.map(flow) ?? "")"
    let comment = "# \(key.summary)"
    let padded = line.padded(to: 40) + "  " + comment
    if padded.count <= width { return [padded] }
    let short = line + "  " + comment
    return short.count <= width ? [short] : ["\(mark)\(indent)\(comment)", line]
  }

  /// Settings as YAML that reads back to the same cluster.
  package static func yaml(_ settings: JSONValue) -> String {
    lines(settings, indent: "").joined(separator: "\n") + "\n"
  }

  private static func lines(_ object: JSONValue, indent: String) -> [String] {
    object.members.flatMap { member -> [String] in
      let head = "\(indent)\(member.name):"
      switch member.value {
      case .object: return [head] + lines(member.value, indent: indent + "  ")
      case .array(let items) where items.contains(where: { !$0.members.isEmpty }):
        return [head] + items.map { "\(indent)  - \(flow($0))" }
      default: return ["\(head) \(flow(member.value))"]
      }
    }
  }

  /// A value on one line.
  static func flow(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): scalar(text)
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .null: "null"
    case .boolean(let truth): String(truth)
    case .array(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\($0.name): \(flow($0.value))" }.joined(separator: ", ") + "}"
    }
  }

  /// A text as a plain scalar where every YAML reader takes it for a text, in double quotes
  /// otherwise.
  private static func scalar(_ text: String) -> String {
    let escaped = text.replacing("${", with: "$${")
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    let isPlain =
      text.utf8.first.map { isAlphanumeric($0) || $0 == UInt8(ascii: "/") } == true
      && text.utf8.allSatisfy { isAlphanumeric($0) || "._/+@:-".utf8.contains($0) }
      && !text.hasSuffix(":") && Double(text) == nil && !words.contains(text.lowercased())
      && (!text.contains(":") || text.contains(where: \.isLetter))
    return isPlain ? text : quoted(escaped)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  /// JSON's strings are YAML's double-quoted scalars.
  private static func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else { return "\"\"" }
    return String(decoding: data, as: UTF8.self)
  }
}
