@testable import ForgeSimulation
@testable import ForgeConfiguration
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

@Suite struct YAMLWriterTests {
  private static let here = SourcePosition(file: "", line: 1, column: 1)

  private static func scalar(_ text: String, _ style: YAMLNode.Style = .plain) -> YAMLNode {
    YAMLNode(.scalar(text, style), position: here)
  }

  /// What a reader sees in a node: positions and the style of a string aside.
  private indirect enum Meaning: Hashable {
    case plain(String)
    case string(String)
    case sequence([Meaning])
    case mapping([[Meaning]])

    init(_ node: YAMLNode) {
      switch node.content {
      case .scalar(let text, .plain): self = .plain(text)
      case .scalar(let text, _): self = .string(text)
      case .sequence(let items): self = .sequence(items.map(Meaning.init))
      case .mapping(let pairs):
        self = .mapping(pairs.map { [Meaning($0.key), Meaning($0.value)] })
      }
    }
  }

  private static func readBack(_ text: String) throws -> Meaning {
    let reading = YAMLReader().read(Array(text.utf8), file: "written")
    #expect(reading.fault == nil, "\(text)")
    return Meaning(try #require(reading.documents.first))
  }

  @Test func whatIsWrittenReadsBack() throws {
    let source = """
      bootstrap_url: http://10.1.1.8:8080
      oauth_enabled: 'false'
      n: 0o17
      empty: ''
      list: [1, "1", ~, 2001-01-01, "a: b # c"]
      nested: {a: {b: [[], {}]}}
      block: |
        two
         lines
      """
    let node = try #require(
      YAMLReader().read(Array(source.utf8), file: "source").documents.first)
    let text = try #require(YAMLWriter.text(of: node))
    #expect(try Self.readBack(text) == Meaning(node))
    #expect(text.hasPrefix("bootstrap_url: http://10.1.1.8:8080\noauth_enabled: 'false'\n"))
  }

  /// Strings that YAML could take for something else, each in each quoted style.
  @Test func hostileStringsStayStrings() throws {
    let pieces = [
      "", " ", "\n", "\t", "'", "\"", "#", ": ", "- ", "%", "@", "`", "|", ">", "!", "&a", "*a",
      "~",
      "null", "yes", "1_000", "0x1f", "1:30", "---", "...", "\\", "é", "\u{7}", "\u{2028}", "🐳",
    ]
    var generator = SeededGenerator(seed: 11, stream: "yaml")
    for _ in 0..<400 {
      let text = (0..<(1 + generator.index(below: 4)))
        .map { _ in pieces[generator.index(below: pieces.count)] }.joined()
      for style in [YAMLNode.Style.singleQuoted, .doubleQuoted, .literal, .folded] {
        let node = YAMLNode(
          .mapping([YAMLPair(key: Self.scalar("key"), value: Self.scalar(text, style))]),
          position: Self.here)
        let written = try #require(YAMLWriter.text(of: node))
        #expect(try Self.readBack(written) == Meaning(node), "\(text.debugDescription) \(written)")
      }
    }
  }

  @Test func whatYAMLCannotHoldIsNotWritten() {
    let tagged = YAMLNode(.scalar("x", .plain), tag: "", position: Self.here)
    #expect(YAMLWriter.text(of: tagged) == nil)
  }
}
