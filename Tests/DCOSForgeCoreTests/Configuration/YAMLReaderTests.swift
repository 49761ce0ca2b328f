@testable import ForgeModel
@testable import ForgeConfiguration
import DCOSForgeCore
import Testing

@Suite struct YAMLReaderTests {
  private func read(_ text: String) -> YAMLReader.Reading {
    YAMLReader().read(Array(text.utf8), file: "f.yaml")
  }

  private func document(_ text: String) throws -> YAMLNode {
    let reading = read(text)
    #expect(reading.fault == nil, "\(String(describing: reading.fault))")
    return try #require(reading.documents.first)
  }

  private func pairs(_ node: YAMLNode) -> [YAMLPair] {
    if case .mapping(let pairs) = node.content { pairs } else { [] }
  }

  @Test func keepsStyleTagTextAndPosition() throws {
    let text = "a: yes\n'b': \"1\\t\"\nc: !!int 010\nd: !x [~, '']\n# é\né: |\n  x\n"
    let all = pairs(try document(text))
    #expect(all.map(\.key.content).first == .scalar("a", .plain))
    #expect(all[0].value.content == .scalar("yes", .plain))
    #expect(all[1].key.content == .scalar("b", .singleQuoted))
    #expect(all[1].value.content == .scalar("1\t", .doubleQuoted))
    #expect(all[2].value.content == .scalar("010", .plain))
    #expect(all[2].value.tag == "tag:yaml.org,2002:int")
    #expect(all[3].value.tag == "!x")
    #expect(all[4].value.content == .scalar("x\n", .literal))
    #expect(all[1].value.position == SourcePosition(file: "f.yaml", line: 2, column: 6))
    #expect(all[4].value.position == SourcePosition(file: "f.yaml", line: 6, column: 4))
  }

  @Test func keepsRepeatedAndMergeKeys() throws {
    let all = pairs(try document("a: &x {k: 1}\na: 2\n<<: *x\n"))
    #expect(all.map(\.key.content) == ["a", "a", "<<"].map { .scalar($0, .plain) })
    #expect(pairs(all[2].value).count == 1)
    #expect(all[2].value.position.line == 3)
    #expect(pairs(all[2].value).first?.key.position.line == 1)
  }

  @Test func readsSeveralDocumentsAndTheByteOrderMark() {
    let reading = read("\u{FEFF}a: 1\n---\nb\n--- \n")
    #expect(reading.documents.count == 3)
    #expect(reading.documents.first?.position.column == 1)
    #expect(reading.documents.last?.content == .scalar("", .plain))
    #expect(read("").documents.isEmpty)
  }

  @Test(arguments: [
    ("a: [1\nb: 2", "yaml-syntax", 2, 2),
    ("a: *b", "undefined-alias", 1, 4),
    ("a: &b [1, *b]", "recursive-alias", 1, 11),
    ("a:\n\tb: 1", "yaml-syntax", 2, 1),
  ])
  func refuses(_ text: String, _ id: String, _ line: Int, _ column: Int) {
    let fault = read(text).fault
    #expect(fault?.id == id)
    #expect(fault?.position == SourcePosition(file: "f.yaml", line: line, column: column))
  }

  @Test(arguments: [
    ("[", 100_000, 1, 65), ("- ", 100_000, 1, 129), ("{a: ", 100_000, 1, 254),
    ("%TAG !a! b\n", 101, 1, 1), ("- 1\n", 100_001, 100_000, 3), (" ", 1 << 20 + 1, 1, 1),
  ])
  func refusesMoreThanItsLimits(_ unit: String, _ count: Int, _ line: Int, _ column: Int) {
    let fault = read(String(repeating: unit, count: count)).fault
    #expect(fault?.id == "yaml-limit")
    #expect(fault?.position == SourcePosition(file: "f.yaml", line: line, column: column))
  }

  @Test(arguments: [
    ([0x61, 0x0A, 0xC3, 0xA9, 0xFF], 2, 2), ([0x61, 0x07], 1, 2), ([0xFF, 0xFE, 0x61, 0], 1, 1),
    ([0xED, 0xA0, 0x80], 1, 1),
  ])
  func refusesBytesThatAreNoText(_ bytes: [UInt8], _ line: Int, _ column: Int) {
    let fault = YAMLReader().read(bytes, file: "f").fault
    #expect(fault?.id == "yaml-encoding")
    #expect(fault?.position == SourcePosition(file: "f", line: line, column: column))
  }

  @Test func refusesBombsOfAliases() {
    let wide = (1...20).map { level in
      "a\(level): &a\(level) [" + String(repeating: "*a\(level - 1),", count: 9) + "]\n"
    }
    let start = "a0: &a0 x\n"
    #expect(read(start + wide.joined()).fault?.id == "yaml-limit")
    let deep = (1...70).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }
    let fault = read(start + deep.joined()).fault
    #expect(fault?.id == "yaml-limit")
    #expect(fault?.position?.line == 64)
  }

  @Test func givesTheLinesOfTheSource() {
    let source = SourceText(Array("\u{FEFF}a\r\nb\rc\u{2028}d".utf8))
    #expect(source.lines == ["a", "b", "c", "d"])
    #expect(source.line(at: SourcePosition(file: "", line: 5, column: 1)) == nil)
    #expect(source.line(at: SourcePosition(file: "", line: 0, column: 1)) == nil)
  }
}
