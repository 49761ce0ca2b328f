import Testing

/// A small repository with a violation, what the rule says of it, and one without.
struct TidySample: Sendable, CustomTestStringConvertible {
  let rule: String
  let planted: [String: String]
  let found: [String]
  let clean: [String: String]

  var testDescription: String { rule }
}

/// Each rule finds the violation that is planted for it, and nothing in a clean sample.
@Suite struct TidyRuleTests {
  /// What the rule finds in the files of the sample.
  private func findings(_ rule: String, _ texts: [String: String]) throws -> [String] {
    let rule = try #require(TidyRule.all.first { $0.name == rule })
    return rule.findings(Repository(texts)).filter { texts[$0.path] != nil }.map(\.description)
  }

  @Test(arguments: TidySample.all) func aRuleFindsItsViolation(_ sample: TidySample) throws {
    #expect(try findings(sample.rule, sample.planted).sorted() == sample.found.sorted())
    #expect(try findings(sample.rule, sample.clean).isEmpty)
  }

  @Test func everyRuleHasASample() {
    #expect(Set(TidyRule.all.map(\.name)) == Set(TidySample.all.map(\.rule)))
    #expect(TidySample.all.allSatisfy { !$0.found.isEmpty })
  }

  @Test func anExceptionThatExcusesNothingIsFound() {
    let rule = ForbiddenCode(
      code: ["usleep", "Date()"], covers: { _ in true },
      exceptions: [.init("A.swift", "usleep", "Date()", because: "reason")])
    #expect(
      rule.findings(in: Repository(["A.swift": "usleep(1)"])).map(\.description)
        == ["A.swift:1: no Date() to excuse: reason"])
    let words = WordRule(words: ["law"], exceptions: [("A.swift", "law", "reason")])
    let page = "| instead of | use |\n|---|---|\n| law | invariant |\n"
    #expect(
      words.findings(in: Repository(["A.swift": "// law", WordRule.page: page])).isEmpty)
    #expect(
      words.findings(in: Repository(["A.swift": "// none", WordRule.page: page]))
        .map(\.description) == ["A.swift:1: no law to excuse: reason"])
    #expect(
      words.findings(in: Repository(["A.swift": "// law"])).map(\.description)
        == ["docs/glossary.md:1: the table has no law"])
  }

  @Test func anExceptionForWhatIsUsedIsFound() {
    let repository = Repository([
      "Sources/A.swift": "func suspend() {}\nlet validate = 1\nsuspend()\n_ = validate",
      "Tests/A.swift": "suspend()",
    ])
    let found = UnusedRule.findings(repository).map(\.message)
    for name in ["suspend", "validate"] {
      #expect(found.contains { $0.hasPrefix("\(name) needs no exception") })
    }
  }

  @Test func helpersOfTestsMustAssert() {
    let found = AssertionRule.findings(Repository([:])).map(\.message)
    #expect(found.contains("tryAll( is no needed helper"))
  }
}
