@testable import ForgeNodeProtocol
@testable import ForgeSupport
@testable import ForgeSimulation
@testable import ForgeModel
@testable import ForgePorts
import Foundation
import Testing

@testable import DCOSForgeCore

/// A node and the way onto it, for one test.
struct RemoteShellWorld: Sendable {
  var shell: any RemoteShell
  /// A node that answers.
  var endpoint: NodeEndpoint
  /// A place where nobody listens.
  var nowhere: NodeEndpoint
  /// Waits on the world's own clock.
  var sleep: @Sendable (Duration) async throws -> Void
  /// Breaks all connections to the node.
  var cutOff: @Sendable () async throws -> Void

  func connect() async throws -> any NodeConnection {
    try await shell.connect(to: endpoint, timeout: .seconds(60))
  }
}

/// Something that implements ``RemoteShell``.
struct RemoteShellBackEnd: Sendable, CustomTestStringConvertible {
  typealias Body = @Sendable (RemoteShellWorld) async throws -> Void

  let testDescription: String
  let inWorld: @Sendable (@escaping Body) async throws -> Void

  static let all = [simulated, real]
  /// Those on which files can be written as root.
  static func withRoot() async -> [RemoteShellBackEnd] {
    await Programs.canBeRoot() ? all : [simulated]
  }

  /// A real sshd on the loopback.
  static let real = RemoteShellBackEnd(testDescription: "sshd") { body in
    let server = try await SSHServer()
    let endpoint = try server.endpoint()
    var nowhere = endpoint
    nowhere.port = try SSHServer.freePort()
    try await body(
      RemoteShellWorld(
        shell: try server.shell(), endpoint: endpoint, nowhere: nowhere,
        sleep: { try await Task.sleep(for: $0) },
        cutOff: { for pid in server.sessionProcesses { kill(pid, SIGKILL) } }))
  }

  /// The simulated world.
  static let simulated = RemoteShellBackEnd(testDescription: "simulation") { body in
    _ = try Simulation.run(seed: 1) { cluster in
      try await SmallWorld.up(cluster, count: 1)
      try await body(
        RemoteShellWorld(
          shell: cluster.shell, endpoint: SmallWorld.endpoint(SmallWorld.node(1)),
          nowhere: SmallWorld.endpoint(SmallWorld.node(9)),
          sleep: { try await cluster.clock.sleep(for: $0) },
          cutOff: {
            try await cluster.hypervisor.destroyDomain(
              uuid: SmallWorld.domain(SmallWorld.node(1)).uuid)
          }))
    }
  }
}

/// Commands in the order of their ends.
private final class Ends: Sendable {
  let commands = Locked<[String]>([])
}

extension SSHServerTests {
  /// What every implementation of ``RemoteShell`` promises.
  @Suite(.serialized) struct RemoteShellContractTests {
    private func expectLost(
      _ error: ForgeError?, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(error?.category == .unreachable, sourceLocation: sourceLocation)
      #expect(error?.disposition == .retry, sourceLocation: sourceLocation)
    }

    @Test(arguments: RemoteShellBackEnd.all)
    func statusAndOutputComeBack(_ backEnd: RemoteShellBackEnd) async throws {
      try await backEnd.inWorld { world in
        let connection = try await world.connect()
        let chunks = Locked<[UInt8]>([])
        let echoed = try await connection.run(
          .shell("echo hello there"), timeout: .seconds(60)
        ) { chunk in
          if case .standardOutput(let bytes) = chunk { chunks.withLock { $0 += bytes } }
        }
        #expect(
          echoed == CommandResult(status: .exited(0), standardOutput: "hello there\n"))
        #expect(chunks.withLock { $0 } == Array("hello there\n".utf8))
        let streamed = Locked<[UInt8]>([])
        let status = try await connection.stream(
          .shell("echo hello there"), timeout: .seconds(60)
        ) { chunk in
          if case .standardOutput(let bytes) = chunk { streamed.withLock { $0 += bytes } }
        }
        #expect(status == .exited(0))
        #expect(streamed.withLock { $0 } == Array("hello there\n".utf8))
        let failed = try await connection.run(.shell("exit 7"), timeout: .seconds(60))
        #expect(failed.status == .exited(7))
        #expect(!failed.succeeded)
        let unknown = try await connection.run(.shell("no-such-program"), timeout: .seconds(60))
        #expect(unknown.status == .exited(127))
        await connection.close()
      }
    }

    @Test(arguments: RemoteShellBackEnd.all)
    func nobodyAnswers(_ backEnd: RemoteShellBackEnd) async throws {
      try await backEnd.inWorld { world in
        let error = await #expect(throws: ForgeError.self) {
          _ = try await world.shell.connect(to: world.nowhere, timeout: .seconds(2))
        }
        expectLost(error)
        #expect(error?.subject == world.nowhere.node.description)
      }
    }

    @Test(arguments: RemoteShellBackEnd.all)
    func anotherHostKeyIsFinal(_ backEnd: RemoteShellBackEnd) async throws {
      try await backEnd.inWorld { world in
        var endpoint = world.endpoint
        endpoint.hostKey[7] ^= 1
        let (shell, other) = (world.shell, endpoint)
        let error = await #expect(throws: ForgeError.self) {
          _ = try await shell.connect(to: other, timeout: .seconds(60))
        }
        #expect(error?.category == .unreachable)
        #expect(error?.disposition == .final)
      }
    }

    @Test(arguments: await RemoteShellBackEnd.withRoot())
    func filesGoAndComeBack(_ backEnd: RemoteShellBackEnd) async throws {
      try await backEnd.inWorld { world in
        let connection = try await world.connect()
        let path = "/tmp/dcosforge-contract-\(UUID().uuidString)/file"
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let sent = Locked<[Int64]>([])
        for _ in 1...2 {
          try await connection.upload(
            .bytes(bytes), to: path, mode: 0o600, timeout: .seconds(60)
          ) { count in sent.withLock { $0.append(count) } }
        }
        let pieces = Locked<[UInt8]>([])
        let file = try await connection.download(path, timeout: .seconds(60)) { file, piece in
          #expect(file == RemoteFile(size: 100_000, mode: 0o600))
          pieces.withLock { $0 += piece }
        }
        #expect(file == RemoteFile(size: 100_000, mode: 0o600))
        #expect(pieces.withLock { $0 } == bytes)
        let full = await #expect(throws: ForgeError.self) {
          try await connection.download(path, timeout: .seconds(60)) {
            (_, _) throws(ForgeError) in throw ForgeError(.configuration, "the disk is full")
          }
        }
        #expect(full?.summary == "the disk is full")
        #expect(sent.withLock { $0.last } == 100_000)
        #expect(
          try await connection.download(path, limit: 100_000, timeout: .seconds(60)) == bytes)
        let sum = try await connection.run(.checksum(path: path), timeout: .seconds(60))
        #expect(sum.standardOutput.count == 65)
        for (target, limit) in [(path, 99_999), (path + ".no", 100_000)] {
          let error = await #expect(throws: ForgeError.self) {
            try await connection.download(target, limit: limit, timeout: .seconds(60))
          }
          #expect(error?.category == .step)
        }
        await connection.close()
        try? FileManager.default.removeItem(
          atPath: String(path.dropLast("/file".count)))
      }
    }

    @Test(arguments: RemoteShellBackEnd.all)
    func commandsRunSideBySide(_ backEnd: RemoteShellBackEnd) async throws {
      try await backEnd.inWorld { world in
        let connection = try await world.connect()
        let ends = Ends()
        try await withThrowingTaskGroup(of: Void.self) { group in
          for command in ["sleep 3", "true"] {
            group.addTask {
              _ = try await connection.run(.shell(command), timeout: .seconds(60))
              ends.commands.withLock { $0.append(command) }
            }
          }
          try await group.waitForAll()
        }
        #expect(ends.commands.withLock { $0 } == ["true", "sleep 3"])
      }
    }

    @Test(arguments: RemoteShellBackEnd.all)
    func aDeadlineIsATimeout(_ backEnd: RemoteShellBackEnd) async throws {
      try await backEnd.inWorld { world in
        let connection = try await world.connect()
        let error = await #expect(throws: ForgeError.self) {
          try await connection.run(.shell("sleep 300"), timeout: .seconds(1))
        }
        #expect(error?.category == .timeout)
        #expect(error?.disposition == .retry)
        #expect(try await connection.run(.shell("true"), timeout: .seconds(60)).succeeded)
      }
    }

    @Test(arguments: RemoteShellBackEnd.all)
    func aCancelledCallEndsAtOnce(_ backEnd: RemoteShellBackEnd) async throws {
      try await backEnd.inWorld { world in
        let connection = try await world.connect()
        let error = await withTaskGroup(of: ForgeError?.self) { group in
          group.addTask {
            do throws(ForgeError) {
              _ = try await connection.run(.shell("sleep 300"), timeout: .seconds(600))
              return nil
            } catch {
              return error
            }
          }
          try? await world.sleep(.seconds(1))
          group.cancelAll()
          return await group.next() ?? nil
        }
        #expect(error?.category == .interrupted)
      }
    }

    @Test(arguments: RemoteShellBackEnd.all)
    func aBrokenConnectionStaysBroken(_ backEnd: RemoteShellBackEnd) async throws {
      try await backEnd.inWorld { world in
        let connection = try await world.connect()
        let error = await withTaskGroup(of: ForgeError?.self) { group in
          group.addTask {
            do throws(ForgeError) {
              _ = try await connection.run(.shell("sleep 300"), timeout: .seconds(600))
              return nil
            } catch {
              return error
            }
          }
          try? await world.sleep(.seconds(1))
          try? await world.cutOff()
          return await group.next() ?? nil
        }
        expectLost(error)
        for _ in 1...2 {
          let again = await #expect(throws: ForgeError.self) {
            try await connection.run(.shell("true"), timeout: .seconds(60))
          }
          #expect(again == error)
        }
      }
    }

    @Test(arguments: RemoteShellBackEnd.all)
    func aClosedConnectionIsBroken(_ backEnd: RemoteShellBackEnd) async throws {
      try await backEnd.inWorld { world in
        let connection = try await world.connect()
        await connection.close()
        await connection.close()
        let error = await #expect(throws: ForgeError.self) {
          try await connection.run(.shell("true"), timeout: .seconds(60))
        }
        expectLost(error)
        let second = try await world.connect()
        #expect(try await second.run(.shell("true"), timeout: .seconds(60)).succeeded)
      }
    }
  }
}
