import Testing

/// The rules of the house that the compiler does not hold, read from the sources themselves.
@Suite struct TidyTests {
  @Test(arguments: TidyRule.all)
  func theRepositoryKeeps(_ rule: TidyRule) throws {
    let findings = rule.findings(try Repository.here.get())
    guard !findings.isEmpty else { return }
    Issue.record("\(findings.map(\.description).joined(separator: "\n"))")
  }

  @Test func theFilesAreFound() throws {
    let repository = try Repository.here.get()
    #expect(repository.swift(under: "Sources").count > 200)
    #expect(repository.swift(under: "Tests").contains { $0.path.hasSuffix("TidyTests.swift") })
    #expect(repository.file("docs/decisions/README.md") != nil)
    #expect(repository.file("lab/lab") != nil)
  }
}
