@testable import ForgePorts
@testable import ForgeKeys
@testable import ForgeSSH
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

extension SSHServerTests {
  /// Commands that do not end by themselves: deadlines, cancellation, lost nodes.
  @Suite(.serialized) struct SSHEndingTests: PatientTests {
    @Test func aDeadlineEndsTheCommandOnTheNodeToo() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let start = ContinuousClock.now
      let error = await #expect(throws: ForgeError.self) {
        try await connection.execute(
          "echo last words; sleep 300 & echo $! >\(scratch.file("pid")); wait",
          timeout: .seconds(6))
      }
      let took = ContinuousClock.now - start
      #expect(took >= .seconds(6) && took < .seconds(30))
      #expect(error?.category == .timeout)
      #expect(error?.disposition == .retry)
      #expect(error?.observed.contains("last words") == true)
      let pid = try #require(number(in: scratch.file("pid")))
      #expect(try await eventually(within: .seconds(30)) { !isAlive(pid) })
      #expect(try await connection.execute("echo on", timeout: .seconds(60)).succeeded)
    }

    @Test func aQueuedCommandHasItsDeadlineToo() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask { _ = try? await connection.execute("sleep 20", timeout: .seconds(15)) }
        }
        try await Task.sleep(for: .milliseconds(500))
        let error = await #expect(throws: ForgeError.self) {
          try await connection.execute("true", timeout: .milliseconds(300))
        }
        #expect(error?.category == .timeout)
        group.cancelAll()
      }
      #expect(
        try await connection.execute("echo on", timeout: .seconds(60)).standardOutput == "on\n")
    }

    /// How long a cancelled call takes to end, after it has been given time to block, and once a
    /// file is there that says it has.
    private func cancelled<Value: Sendable>(
      after delay: Duration = .milliseconds(700), once file: String? = nil,
      _ call: @escaping @Sendable () async throws -> Value
    ) async throws -> (Duration, (any Error)?) {
      let task = Task { try await call() }
      try await Task.sleep(for: delay)
      if let file {
        #expect(try await eventually(within: .seconds(30)) { number(in: file) != nil })
      }
      let start = ContinuousClock.now
      task.cancel()
      let result = await task.result
      let took = ContinuousClock.now - start
      if case .failure(let error) = result { return (took, error) }
      return (took, nil)
    }

    private func expectInterrupted(_ ended: (Duration, (any Error)?)) {
      // 100 ms on a quiet machine; the tests of the whole package run beside this one.
      #expect(ended.0 < .seconds(10), "took \(ended.0)")
      #expect((ended.1 as? ForgeError)?.category == .interrupted, "\(String(describing: ended.1))")
    }

    @Test func cancellationReachesABlockedRead() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let ended = try await cancelled(once: scratch.file("pid")) {
        try await connection.execute(
          "sleep 300 & echo $! >\(scratch.file("pid")); wait", timeout: .seconds(60))
      }
      expectInterrupted(ended)
      let pid = try #require(number(in: scratch.file("pid")))
      #expect(try await eventually(within: .seconds(30)) { !isAlive(pid) })
    }

    @Test func cancellationReachesABlockedWrite() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let ended = try await cancelled {
        try await connection.execute(
          "sleep 60", input: .bytes([UInt8](repeating: 1, count: 64 << 20)), timeout: .seconds(60))
      }
      expectInterrupted(ended)
      #expect(try await connection.execute("echo on", timeout: .seconds(60)).succeeded)
    }

    @Test func cancellationReachesABlockedHandshake() async throws {
      let listener = try Listener()
      defer { listener.close() }
      let shell = try SSHShell(identity: .generate(comment: ""))
      var endpoint = try endpoint
      endpoint.port = listener.port
      let ended = try await cancelled { [endpoint] in
        try await shell.open(endpoint, timeout: .seconds(60))
      }
      expectInterrupted(ended)
    }

    @Test func aTaskCancelledBeforeTheCallDoesNothing() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let task = Task {
        try? await Task.sleep(for: .seconds(60))
        return try await connection.execute("touch \(scratch.file("x"))", timeout: .seconds(60))
      }
      task.cancel()
      let error = await #expect(throws: ForgeError.self) { try await task.value }
      #expect(error?.category == .interrupted)
      #expect(!FileManager.default.fileExists(atPath: scratch.file("x")))
    }

    private var endpoint: NodeEndpoint {
      get throws {
        NodeEndpoint(
          node: try #require(NodeName("lxzk01")), address: try #require(IPv4Address("127.0.0.1")),
          port: 1, user: "root", hostKey: [UInt8](repeating: 1, count: 32))
      }
    }

    @Test func aServerThatDiesMidCommandIsALostConnection() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let running = Task { try await connection.execute("echo x; sleep 60", timeout: .seconds(60)) }
      try await Task.sleep(for: .milliseconds(500))
      for pid in server.sessionProcesses { kill(pid, SIGKILL) }
      let error = await #expect(throws: ForgeError.self) { try await running.value }
      expectLost(error)
      for _ in 0..<2 {
        let again = await #expect(throws: ForgeError.self) {
          try await connection.execute("true", timeout: .seconds(60))
        }
        #expect(again == error)
        let download = await #expect(throws: ForgeError.self) {
          try await connection.download("/etc/passwd", limit: 1 << 20, timeout: .seconds(60))
        }
        #expect(download == error)
      }
    }

    /// What a shutdown does: the shell gets TERM, then the connection breaks.
    @Test func aNodeThatShutsDownIsNotACommandThatWasKilled() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let running = Task { try await connection.execute("sleep 60", timeout: .seconds(60)) }
      try await Task.sleep(for: .milliseconds(500))
      let processes = server.sessionProcesses
      for pid in processes.reversed() {
        kill(pid, SIGTERM)
        try await Task.sleep(for: .milliseconds(50))
      }
      let error = await #expect(throws: ForgeError.self) { try await running.value }
      expectLost(error)
    }

    @Test func aClosedConnectionSaysSo() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let running = Task { try await connection.execute("sleep 60", timeout: .seconds(60)) }
      try await Task.sleep(for: .milliseconds(300))
      await connection.close()
      let error = await #expect(throws: ForgeError.self) { try await running.value }
      expectLost(error)
      #expect(error?.summary.contains("closed") == true)
      let again = await #expect(throws: ForgeError.self) {
        try await connection.execute("true", timeout: .seconds(60))
      }
      #expect(again == error)
      #expect(try await eventually { server.log.contains("Received disconnect from") })
    }

    @Test func aDroppedConnectionClosesItsSocket() async throws {
      let server = try await SSHServer()
      do {
        let connection = try await server.open()
        #expect(try await connection.execute("true", timeout: .seconds(60)).succeeded)
      }
      #expect(try await eventually { server.sessionProcesses.isEmpty })
    }
  }
}
