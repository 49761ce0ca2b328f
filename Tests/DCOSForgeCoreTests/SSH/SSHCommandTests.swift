import Foundation
import Testing

@testable import DCOSForgeCore

/// Commands over a real sshd.
@Suite struct SSHCommandTests {
  @Test func statusOutputAndErrors() async throws {
    let server = try SSHServer()
    let connection = try await server.open()
    let result = try await connection.execute(
      "echo out; echo err >&2; exit 7", timeout: .seconds(10))
    #expect(
      result
        == CommandResult(
          status: .exited(7), standardOutput: "out\n", standardError: "err\n"))
    await connection.close()
  }
}
