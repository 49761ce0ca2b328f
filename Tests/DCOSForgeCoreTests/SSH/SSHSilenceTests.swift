@testable import ForgeSSH
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// What shows only after seconds; beside the tests that measure time.
@Suite struct SSHSilenceTests: PatientTests {
  @Test func aCommandThatIgnoresHangUpIsKilled() async throws {
    let server = try await SSHServer()
    let connection = try await server.open()
    let scratch = try Scratch()
    _ = await #expect(throws: ForgeError.self) {
      try await connection.execute(
        "trap '' HUP TERM; echo $BASHPID >\(scratch.file("pid")); while :; do sleep 1; done",
        timeout: .seconds(1))
    }
    let pid = try #require(number(in: scratch.file("pid")))
    #expect(try await eventually(within: .seconds(20)) { !isAlive(pid) })
  }

  @Test func aStoppedServerIsNoticed() async throws {
    let server = try await SSHServer()
    var settings = SSHSettings()
    settings.keepaliveInterval = .seconds(2)
    settings.silenceLimit = .seconds(5)
    let connection = try await server.open(settings)
    let idle = try await server.open(settings)
    let running = Task { try await connection.execute("sleep 60", timeout: .seconds(60)) }
    // Longer than the limit: answered keepalives keep a quiet connection.
    try await Task.sleep(for: .seconds(7))
    #expect(try await idle.execute("true", timeout: .seconds(60)).succeeded)
    let stopped = server.sessionProcesses
    for pid in stopped { kill(pid, SIGSTOP) }
    let start = ContinuousClock.now
    let error = await #expect(throws: ForgeError.self) { try await running.value }
    expectLost(error)
    #expect(error?.observed.contains("no sign of life") == true)
    #expect(ContinuousClock.now - start < .seconds(30))
    for pid in stopped { kill(pid, SIGCONT) }
  }

  @Test(.enabled { await NetworkNamespace.isPossible() })
  func aNodeThatVanishesIsNoticed() async throws {
    let network = try await NetworkNamespace()
    let server = try await SSHServer(
      prefix: network.prefix, address: network.address.description, port: 22_022)
    var settings = SSHSettings()
    settings.keepaliveInterval = .seconds(2)
    settings.silenceLimit = .seconds(5)
    var endpoint = try server.endpoint()
    endpoint.address = network.address
    let connection = try await server.shell(settings).open(endpoint, timeout: .seconds(60))
    #expect(try await connection.execute("true", timeout: .seconds(60)).succeeded)
    let running = Task { try await connection.execute("sleep 60", timeout: .seconds(60)) }
    try await Task.sleep(for: .milliseconds(500))
    try await network.dropEverything()
    let start = ContinuousClock.now
    let error = await #expect(throws: ForgeError.self) { try await running.value }
    expectLost(error)
    #expect(ContinuousClock.now - start < .seconds(30))
    let (shell, target) = (try server.shell(), endpoint)
    let late = await #expect(throws: ForgeError.self) {
      _ = try await shell.open(target, timeout: .seconds(1))
    }
    expectLost(late)
    #expect(late?.observed.contains("TCP connection") == true)
    try await network.remove()
  }
}
