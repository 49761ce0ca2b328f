@testable import ForgeModel
import ForgeSupport
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

@Suite struct DiagnosticTextTests {
  private let finding = Diagnostic(
    id: "unknown-key", "no key \"b\"", hint: "did you mean \"c\"?",
    at: SourcePosition(file: "f.yaml", line: 12, column: 4), sourceLine: "\ta: b")

  @Test func aFindingHasPlaceLineCaretAndHint() {
    #expect(
      DiagnosticText(usesColor: false).render([finding]) == """
        f.yaml:12:4: error: no key "b" [unknown-key]
          12 |  a: b
             |    ^
          hint: did you mean "c"?
        1 error

        """)
  }

  @Test func coloursCanBeOn() {
    let text = DiagnosticText(usesColor: true).render([finding]).content
    #expect(text.contains("\u{1B}[1;31merror:\u{1B}[0m"))
    #expect(text.contains("\u{1B}[1;31m^\u{1B}[0m"))
  }

  @Test func errorsAndWarningsAreCounted() {
    var warning = finding
    warning.severity = .warning
    let text = DiagnosticText(usesColor: false)
    #expect(text.render([finding, warning, warning]).content.hasSuffix("1 error, 2 warnings\n"))
    #expect(text.render([]).content.isEmpty)
  }

  @Test func whatCouldSteerATerminalIsReplaced() {
    let hostile = Diagnostic(
      id: "x", "a\u{1B}[2Jb\u{9B}", at: SourcePosition(file: "f\n", line: 1, column: 3),
      sourceLine: "\u{202E}\u{7}c")
    let text = DiagnosticText(usesColor: false).render([hostile]).content
    let scalars = text.unicodeScalars.filter { $0 != "\n" }
    #expect(!scalars.contains { [.control, .format].contains($0.properties.generalCategory) })
  }

  @Test(arguments: [("ab", 2, 1), ("漢字x", 3, 4), ("e\u{301}x", 3, 1), ("🙂x", 2, 2)])
  func theCaretStandsBelowTheCharacter(_ line: String, _ column: Int, _ cells: Int) {
    let finding = Diagnostic(
      id: "x", "m", at: SourcePosition(file: "f", line: 1, column: column), sourceLine: line)
    let lines = DiagnosticText(usesColor: false).lines(finding)
    #expect(lines[2].content == "    | " + String(repeating: " ", count: cells) + "^")
  }

  @Test func diagnosticsAreCodable() throws {
    let data = try JSONEncoder().encode([finding])
    #expect(try JSONDecoder().decode([Diagnostic].self, from: data) == [finding])
  }
}
