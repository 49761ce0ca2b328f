@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// Gives each test case a memory of its own for what simulated nodes print, as a rehearsal of many lives has.
struct RemembersReports: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    try await ReportMemory.$current.withValue(ReportMemory(), operation: function)
  }
}

extension Trait where Self == RemembersReports {
  static var remembersReports: Self { Self() }
}
