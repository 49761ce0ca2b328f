@testable import ForgeKeys
@testable import ForgeModel
@testable import ForgeNodeProtocol
@testable import ForgePorts
@testable import ForgeSSH
@testable import ForgeSimulation
@testable import ForgeSupport
import Foundation
import Testing

@testable import DCOSForgeCore

/// A real sshd with the right host key that answers whatever it is asked with the same.
final class HostileNode: Sendable {
  let server: SSHServer
  private let script: String

  init(_ answer: String) async throws {
    let folder = NSTemporaryDirectory() + "dcosforge-hostile-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    script = folder + "/answer"
    try Self.text(answer).write(toFile: script, atomically: true, encoding: .utf8)
    server = try await SSHServer(["ForceCommand /bin/sh \(script)"], folder: folder)
  }

  /// What takes the nonce out of the framed command line and marks the beginning of both streams.
  static func text(_ answer: String) -> String {
    """
    nonce=${SSH_ORIGINAL_COMMAND#*036}
    nonce=${nonce%% *}
    mark() {
      printf '\\036%s %s\\n' "$nonce" "$1"
      printf '\\036%s %s\\n' "$nonce" "$1" >&2
    }
    mark $$
    \(answer)

    """
  }
}

extension SSHServerTests {
  @Suite(.serialized) struct HostileNodeTests: PatientTests {
    private func answer(
      _ node: HostileNode, to task: NodeTask
    ) async throws -> Result<CommandResult, ForgeError> {
      let connection = try await node.server.open()
      do throws(ForgeError) {
        return .success(try await connection.run(task, timeout: .seconds(20)))
      } catch {
        return .failure(error)
      }
    }

    @Test(arguments: HostileAnswer.allCases.filter(\.isFlood))
    func aFloodIsEndedAtTheLimit(_ answer: HostileAnswer) async throws {
      let node = try await HostileNode(answer.script)
      for task in [NodeTask.clock, .readLogs(LogRequest(units: ["u"]))] {
        let result = try await self.answer(node, to: task)
        guard case .failure(let error) = result else {
          Issue.record("\(answer) was taken by \(task.kind)")
          continue
        }
        #expect(error.category == .step && error.subject == "lxzk01", "\(error)")
        #expect(error.summary.contains("more than \(task.outputLimit >> 10) KiB"), "\(error)")
        #expect(error.observed.contains("the rest was not read"), "\(error)")
      }
    }

    @Test func whatIsNoFloodIsAResultOrAnError() async throws {
      for answer in HostileAnswer.allCases where !answer.isFlood && answer != .silence {
        let node = try await HostileNode(answer.script)
        switch try await self.answer(node, to: .clock) {
        case .success(let result):
          #expect(throws: ForgeError.self, "\(answer)") {
            try ClockRecord(result, on: Samples.name("lxzk01"))
          }
        case .failure(let error):
          #expect([.noEnd, .oddStatus].contains(answer), "\(answer): \(error)")
          expectLost(error)
        }
      }
    }

    @Test func aSilentNodeCostsItsTimeOnly() async throws {
      let node = try await HostileNode(HostileAnswer.silence.script)
      let connection = try await node.server.open()
      let error = await #expect(throws: ForgeError.self) {
        try await connection.run(.clock, timeout: .seconds(2))
      }
      #expect(error?.category == .timeout)
    }

    /// What libssh2 keeps of packets that nobody asks for; of a channel it is the open window.
    @Test func packetsThatNobodyReadsHaveALimit() async throws {
      let node = try await HostileNode(HostileAnswer.endless.script)
      var settings = SSHSettings()
      settings.memoryLimit = 1 << 20
      let connection = try await node.server.open(settings)
      let error = await #expect(throws: ForgeError.self) {
        try await connection.stream(.shell("x"), timeout: .seconds(20)) { _ in
          try? await Task.sleep(for: .milliseconds(300))
        }
      }
      expectLost(error)
      #expect(
        error?.observed.contains("nobody has asked for: limit 1 MiB") == true, "\(error as Any)")
    }

    private func download(_ answer: String) async throws -> (ForgeError?, Int) {
      let node = try await HostileNode(answer)
      let connection = try await node.server.open()
      let count = Locked(0)
      let error = await #expect(throws: ForgeError.self) {
        _ = try await connection.download("/x", timeout: .seconds(20)) { _, piece in
          count.withLock { $0 += piece.count }
        }
      }
      return (error, count.withLock { $0 })
    }

    @Test func aDownloadStopsAtItsSize() async throws {
      let (long, came) = try await download("echo '100000 644'; yes")
      #expect(came <= 100_000)
      #expect(long?.observed == "the node sends more than the 100000 bytes that it announced")
      let (unsized, some) = try await download("echo '0 644'; yes")
      #expect(some <= 16 << 20)
      #expect(unsized?.observed.contains("announces no size and is larger than 16 MiB") == true)
      for answer in ["yes 0123456789abcdef", "echo 'x 644'; yes", "yes | tr -d '\\n'"] {
        let (headless, none) = try await download(answer)
        #expect(none == 0)
        #expect(headless?.observed == "the node sends no size and mode first", "\(answer)")
      }
    }
  }
}
