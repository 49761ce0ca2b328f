@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// `dcosforge rehearse`, by its exit codes.
@Suite struct RehearseCommandTests {
  /// What should have been tried was not: that is no success.
  @Test func aKillBeyondTheEndOfTheRunIsAFault() async throws {
    try await Executable.inFolder { tool in
      let killed = try await tool.run("rehearse", "--kill-at", "20")
      #expect(killed.status == .exited(0), "\(killed.standardError)")
      let dropped = try await tool.run("rehearse", "--kill-at", "5000")
      #expect(dropped.status == .exited(3))
      #expect(dropped.standardError.contains("--kill-at 5000: nothing was killed"))
      #expect(dropped.standardError.contains("give a number from 1 to "))
    }
  }
}
