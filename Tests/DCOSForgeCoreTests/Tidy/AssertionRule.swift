/// Every test asserts something, by itself or through a helper that is named here.
enum AssertionRule {
  /// Calls of functions of the tests that assert.
  static let helpers = ["Goldens.expect(", "expectRefusal {", "expectInterrupted(", "tryAll("]

  /// A helper that does not assert, or is not needed, is a finding, too.
  static func findings(_ repository: Repository) -> [Finding] {
    let files = repository.swift(under: "Tests")
    var idle = Set(helpers)
    var findings: [Finding] = []
    for file in files {
      for test in tests(in: file) where !asserts(test, in: file) {
        let used = helpers.filter { file.matches(of: $0).contains(where: test.body.contains) }
        idle.subtract(used)
        guard used.isEmpty else { continue }
        findings.append(
          Finding(path: file.path, line: test.line, message: "\(test.name) asserts nothing"))
      }
    }
    let asserting = Set(
      files.flatMap { file in
        file.declarations.filter { $0.keyword == .func && asserts($0, in: file) }.map(\.name)
      })
    idle.formUnion(helpers.filter { !asserting.contains(name(of: $0)) })
    return findings
      + idle.sorted().map { Finding(path: "Tests", line: 1, message: "\($0) is no needed helper") }
  }

  private static func name(of helper: String) -> String {
    SwiftLexer.tokens(of: helper).last { $0.kind == .word }?.text ?? ""
  }

  private static func tests(in file: SourceFile) -> [Declaration] {
    let functions = file.declarations.filter { $0.keyword == .func }
    return file.matches(of: "@Test").compactMap { attribute in
      functions.first { $0.token > attribute }
    }
  }

  private static func asserts(_ function: Declaration, in file: SourceFile) -> Bool {
    ["#expect", "#require", "Issue.record(", "confirmation"].contains { code in
      file.matches(of: code).contains(where: function.body.contains)
    }
  }
}
