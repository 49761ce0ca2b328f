import Testing

/// A rule of the source that the compiler does not hold.
struct TidyRule: Sendable, CustomTestStringConvertible {
  let name: String
  let findings: @Sendable (Repository) -> [Finding]

  var testDescription: String { name }

  static let all: [TidyRule] = [
    TidyRule(name: "lines have at most 100 columns", findings: LengthRules.columns),
    TidyRule(name: "functions have at most 70 lines", findings: LengthRules.functions),
    TidyRule(name: "files have at most 400 lines, of tests 500", findings: LengthRules.files),
    TidyRule(name: "a floor knows only those below it", findings: FloorRules.dependencies),
    TidyRule(name: "docs/architecture.md shows the floors", findings: FloorRules.page),
    TidyRule(name: "a folder of DCOSForgeCore knows only those below it") {
      FolderRule.core.findings(in: $0)
    },
    TidyRule(name: "a C library has one importer", findings: FloorRules.cLibraries),
    TidyRule(name: "clocks and tasks come from the context") {
      ForbiddenCode.clocksAndTasks.findings(in: $0)
    },
    TidyRule(name: "the floors below the ports are pure") { ForbiddenCode.impure.findings(in: $0) },
    TidyRule(name: "all output leaves through the console") {
      ForbiddenCode.output.findings(in: $0)
    },
    TidyRule(name: "nothing is forced") { ForbiddenCode.forced.findings(in: $0) },
    TidyRule(name: "nothing is left open", findings: ForbiddenText.leftOpen),
    TidyRule(name: "every declaration is used", findings: UnusedRule.findings),
    TidyRule(name: "words are those of the glossary") { WordRule.house.findings(in: $0) },
    TidyRule(name: "every page is linked", findings: PageRules.reachable),
    TidyRule(name: "every link leads somewhere", findings: PageRules.links),
    TidyRule(name: "the product does not know the lab", findings: ForbiddenText.lab),
    TidyRule(name: "the project stands by itself", findings: ForbiddenText.workplace),
    TidyRule(name: "every test asserts", findings: AssertionRule.findings),
  ]
}
