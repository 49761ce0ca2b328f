@testable import ForgeSupport
@testable import ForgeSimulation
@testable import ForgeConfiguration
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// Whatever the bytes, reading ends soon, with a cluster or with an error that has a place.
@Suite struct HostileInputTests {
  private func survive(_ bytes: [UInt8], isShown: Bool = true) -> Bool {
    let reading = ClusterFileReader(environment: ["A": "x"])
      .read(bytes, file: "f", baseDirectory: "/")
    let shown =
      isShown ? DiagnosticText(usesColor: true).render(reading.diagnostics).content : "not"
    return reading.hasErrors
      ? reading.cluster == nil && !shown.isEmpty : reading.cluster != nil && reading.settings != nil
  }

  /// Words that mean something to YAML or to the cluster file.
  private static let words: [String] =
    [
      "\n", "\n  ", "\n    ", "\r\n", " ", "\t", ": ", "- ", "? ", ", ", "[", "]", "{", "}", "#",
      "&a ",
      "*a", "!!str ", "!x ", "'", "\"", "|\n", ">-\n", "---\n", "...\n", "%YAML 1.1\n", "<<: ", "~",
      "null", "true", "0", "-1", "1e99", "99999999999999999999", "10.1.1.0/24", "10.1.1.255",
      "8GiB",
      "9999999TiB", "1h", "${env:A}", "${", "$${", "a[1-9999]", "a[1-3]", "\u{0}", "\u{7F}",
      "\u{85}",
      "\u{2028}", "\u{FEFF}", "\u{202E}", "é", "👩‍👩‍👧", "\\x00", "version: 1\n",
    ] + keyNames(of: ClusterFile.description)

  private static func keyNames(of keys: [KeyDescription]) -> [String] {
    keys.flatMap { [$0.name, "\($0.name): "] + keyNames(of: $0.children) }
  }

  @Test func generatedInputs() {
    var generator = SeededGenerator(seed: 1)
    for number in 0..<20_000 {
      var text = ""
      for _ in 0..<generator.index(below: 12) {
        text += Self.words[generator.index(below: Self.words.count)]
      }
      if !survive(Array(text.utf8), isShown: number % 10 == 0) {
        Issue.record("\(number): \(text.debugDescription)")
      }
    }
  }

  @Test func mutatedStarters() {
    var generator = SeededGenerator(seed: 2)
    let starter = Array(ClusterFileText.yaml(Self.defaults).utf8)
    for number in 0..<500 {
      var bytes = starter
      for _ in 0...generator.index(below: 4) {
        let start = generator.index(below: bytes.count)
        let end = min(bytes.count, start + generator.index(below: 20))
        switch generator.index(below: 4) {
        case 0: bytes.removeSubrange(start..<end)
        case 1: bytes[start] = UInt8(truncatingIfNeeded: generator.next())
        case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
        default:
          let word = Self.words[generator.index(below: Self.words.count)]
          bytes.insert(contentsOf: Array(word.utf8), at: start)
        }
      }
      #expect(survive(bytes), "\(number): \(String(decoding: bytes, as: UTF8.self))")
    }
  }

  private static let defaults = readClusterFile("version: 1").settings ?? .object([])

  @Test func randomBytes() {
    var generator = SeededGenerator(seed: 3)
    for number in 0..<2000 {
      let bytes = (0..<generator.index(below: 60)).map { _ in
        UInt8(truncatingIfNeeded: generator.next())
      }
      #expect(survive(bytes), "\(number): \(bytes)")
    }
  }

  /// Repetitions that make naive readers slow, deep or large.
  @Test(arguments: [
    "a: &a [x,x,x,x,x,x,x,x,x]\n", "- {names: n, role: agent, address: 10.1.1.9}\n", "zzz: 1\n",
    "nodes[1]: ", "\"", "'\n", "- - - -\n", "? a\n", "{a: ", "[a, ", "# x\n", "\t", "\u{0}",
    "%TAG !a! b\n",
    "&a ", "*a ", "!a ", "|\n", "é", "\u{2028}", "---\n", "a", "${env:A}", "\u{FEFF}",
  ])
  func bombs(_ unit: String) {
    for head in ["", "version: 1\nnodes:\n", "cluster: "] {
      let count = (60_000 - head.utf8.count) / unit.utf8.count
      #expect(survive(Array((head + String(repeating: unit, count: count)).utf8)))
    }
  }

  /// What references come to is counted while they are replaced, in one value and in many.
  @Test(arguments: [("cluster: '", ""), ("nodes:\n", "- names: '")]) func manyReferences(
    _ head: String, _ item: String
  ) {
    let reader = ClusterFileReader(environment: ["A": String(repeating: "x", count: 1000)])
    func findings(_ count: Int) -> [Diagnostic] {
      let value = item + String(repeating: "${env:A}", count: 100) + (item.isEmpty ? "" : "'\n")
      let text =
        "version: 1\n" + head + String(repeating: value, count: count)
        + (item.isEmpty ? "'\n" : "")
      return reader.read(Array(text.utf8), file: "f", baseDirectory: "/").diagnostics
    }
    #expect(!findings(10).contains { $0.id == "yaml-limit" })
    #expect(findings(11).contains { $0.id == "yaml-limit" })
    #expect(findings(400).contains { $0.id == "yaml-limit" })
  }

  @Test func manyNodesAreCounted() {
    let entries = (0..<5000).map {
      "- {names: 'n\($0)x[1-4000]', role: agent, address: 10.1.1.9}\n"
    }
    #expect(survive(Array(("version: 1\nnodes:\n" + entries.joined()).utf8)))
    let long = "version: 1\nnodes:\n- {names: '" + String(repeating: "[1]", count: 90_000) + "'}"
    #expect(survive(Array(long.utf8)))
  }
}
