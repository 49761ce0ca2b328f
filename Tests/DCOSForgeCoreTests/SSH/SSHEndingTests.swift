import Foundation
import Testing

@testable import DCOSForgeCore

extension SSHServerTests {
  /// Commands that do not end by themselves: deadlines, cancellation, lost nodes.
  @Suite struct SSHEndingTests {
    private func isAlive(_ pid: Int32) -> Bool {
      guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let end = stat.lastIndex(of: ")")
      else { return false }
      return !stat[end...].hasPrefix(") Z")
    }

    private func eventually(
      within limit: Duration = .seconds(10), _ condition: () async -> Bool
    ) async throws -> Bool {
      let deadline = ContinuousClock.now + limit
      while ContinuousClock.now < deadline {
        if await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
      }
      return await condition()
    }

    private func number(in path: String) -> Int32? {
      (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
        Int32($0.split(separator: "\n").first ?? "")
      }
    }

    @Test func aDeadlineEndsTheCommandOnTheNodeToo() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let start = ContinuousClock.now
      let error = await #expect(throws: ForgeError.self) {
        try await connection.execute(
          "echo last words; sleep 300 & echo $! >\(scratch.file("pid")); wait",
          timeout: .seconds(3))
      }
      let took = ContinuousClock.now - start
      #expect(took >= .seconds(3) && took < .seconds(8))
      #expect(error?.category == .timeout)
      #expect(error?.disposition == .retry)
      #expect(error?.observed.contains("last words") == true)
      let pid = try #require(number(in: scratch.file("pid")))
      #expect(try await eventually { !isAlive(pid) })
      #expect(try await connection.execute("echo on", timeout: .seconds(60)).succeeded)
    }

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

    /// How long a cancelled call takes to end, after it has been given time to block.
    private func cancelled<Value: Sendable>(
      after delay: Duration = .milliseconds(700),
      _ call: @escaping @Sendable () async throws -> Value
    ) async throws -> (Duration, (any Error)?) {
      let task = Task { try await call() }
      try await Task.sleep(for: delay)
      let start = ContinuousClock.now
      task.cancel()
      let result = await task.result
      let took = ContinuousClock.now - start
      if case .failure(let error) = result { return (took, error) }
      return (took, nil)
    }

    private func expectInterrupted(_ ended: (Duration, (any Error)?)) {
      // 100 ms on a quiet machine; the tests of the whole package run beside this one.
      #expect(ended.0 < .milliseconds(1000), "took \(ended.0)")
      #expect((ended.1 as? ForgeError)?.category == .interrupted, "\(String(describing: ended.1))")
    }

    @Test func cancellationReachesABlockedRead() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let ended = try await cancelled {
        try await connection.execute(
          "sleep 300 & echo $! >\(scratch.file("pid")); wait", timeout: .seconds(60))
      }
      expectInterrupted(ended)
      let pid = try #require(number(in: scratch.file("pid")))
      #expect(try await eventually { !isAlive(pid) })
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

    private func expectLost(_ error: ForgeError?, sourceLocation: SourceLocation = #_sourceLocation)
    {
      #expect(error?.category == .unreachable, sourceLocation: sourceLocation)
      #expect(error?.disposition == .retry, sourceLocation: sourceLocation)
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
      #expect(ContinuousClock.now - start < .seconds(8))
      for pid in stopped { kill(pid, SIGCONT) }
    }

    @Test(.enabled(if: NetworkNamespace.isPossible))
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
      #expect(ContinuousClock.now - start < .seconds(8))
      let (shell, target) = (try server.shell(), endpoint)
      let late = await #expect(throws: ForgeError.self) {
        _ = try await shell.open(target, timeout: .seconds(1))
      }
      expectLost(late)
      #expect(late?.observed.contains("TCP connection") == true)
      try await network.remove()
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
