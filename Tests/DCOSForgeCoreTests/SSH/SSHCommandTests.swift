@testable import ForgePorts
@testable import ForgeSSH
@testable import ForgeSupport
@testable import ForgeNodeProtocol
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

extension SSHServerTests {
  /// Commands over a real sshd.
  @Suite(.serialized) struct SSHCommandTests {
    @Test func statusOutputAndErrors() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let result = try await connection.execute(
        "echo out; echo err >&2; exit 7", timeout: .seconds(60))
      let expected = CommandResult(
        status: .exited(7), standardOutput: "out\n", standardError: "err\n")
      #expect(result == expected)
      let task = NodeTask.shell("echo out; echo err >&2; exit 7")
      #expect(try await connection.run(task, timeout: .seconds(60)) == expected)
      await connection.close()
    }

    @Test(arguments: [
      ("true", CommandResult.Status.exited(0)), ("exec false", .exited(1)),
      ("exit 255", .exited(255)),
      ("no-such-command-here", .exited(127)), ("if then", .exited(1)),
      ("(exit 3) # comment", .exited(3)),
      ("kill -9 $BASHPID", .signalled("KILL")), ("sh -c 'kill -TERM $$'", .signalled("TERM")),
      ("kill -9 $$", .signalled("KILL")), ("trap 'exit 4' TERM; kill -TERM $BASHPID", .exited(4)),
      ("set -e; false; true", .exited(1)), ("exec >/dev/null 2>&1; exit 6", .exited(6)),
    ])
    func everyEndIsReported(_ command: String, _ status: CommandResult.Status) async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let result = try await connection.execute(command, timeout: .seconds(60))
      // A syntax error has another number in another shell.
      if command == "if then" {
        #expect(!result.succeeded)
      } else {
        #expect(result.status == status)
      }
      #expect(
        try await connection.execute("echo on", timeout: .seconds(60)).standardOutput == "on\n")
    }

    @Test func startUpFilesDoNotSpeakForTheCommand() async throws {
      let server = try await SSHServer([
        "ForceCommand echo noise; echo more >&2; eval \"$SSH_ORIGINAL_COMMAND\""
      ])
      let connection = try await server.open()
      let result = try await connection.execute("echo real", timeout: .seconds(60))
      #expect(result == CommandResult(status: .exited(0), standardOutput: "real\n"))
    }

    @Test func anAccountWithoutAShellIsExplained() async throws {
      let server = try await SSHServer(["ForceCommand echo This account is not available; exit 1"])
      let connection = try await server.open()
      let error = await #expect(throws: ForgeError.self) {
        try await connection.execute("true", timeout: .seconds(60))
      }
      #expect(error?.category == .unreachable)
      #expect(error?.observed.contains("This account is not available") == true)
      #expect(error?.observed.contains("exit status 1") == true)
    }

    @Test(.timeLimit(.minutes(2)))
    func muchOutputOnBothStreamsAtOnce() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let megabytes = 100
      let command =
        "head -c \(megabytes)M /dev/zero & head -c \(megabytes)M /dev/zero >&2; wait; exit 3"
      let result = try await connection.execute(command, timeout: .seconds(110))
      #expect(result.status == .exited(3))
      #expect(result.standardOutput.utf8.count == megabytes << 20)
      #expect(result.standardError.utf8.count == megabytes << 20)
    }

    /// What is not fetched stays on the node: memory here is bounded whatever a command prints.
    @Test(.timeLimit(.minutes(2)))
    func aSlowReaderHoldsTheNodeBack() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let file = scratch.file("written")
      let seen = Locked((output: 0, errors: 0, ahead: ""))
      let result = try await connection.execute(
        "i=0; while [ $i -lt 64 ]; do head -c 1M /dev/zero; i=$((i + 1)); echo $i >\(file); done; "
          + "head -c 20M /dev/zero >&2",
        timeout: .seconds(110), collects: false
      ) { chunk in
        seen.withLock {
          if $0.output == 0 {
            usleep(1_000_000)
            $0.ahead = (try? String(contentsOfFile: file, encoding: .utf8)) ?? "0"
          }
          switch chunk {
          case .standardOutput(let bytes): $0.output += bytes.count
          case .standardError(let bytes): $0.errors += bytes.count
          }
        }
      }
      #expect(result == CommandResult(status: .exited(0)))
      let (output, errors, ahead) = seen.withLock { $0 }
      #expect(output == 64 << 20)
      #expect(errors == 20 << 20)
      // The channel's window is 2 MiB; the kernel's buffers hold a few more.
      let megabytes = try #require(Int(ahead.split(separator: "\n").first ?? "0"))
      #expect(megabytes < 16)
    }

    @Test func inputOfAnySize() async throws {
      let server = try await SSHServer(["RekeyLimit 1M"])
      let connection = try await server.open()
      for count in [0, 1, 32_700, 32_701, 5 << 20] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let result = try await connection.execute(
          "tee >(sha256sum >&2) | wc -c", input: .bytes(bytes), timeout: .seconds(60))
        #expect(result.status == .exited(0))
        #expect(result.standardOutput == "\(count)\n")
      }
      let ignored = try await connection.execute(
        "head -c 10; exit 2", input: .bytes([UInt8](repeating: 65, count: 8 << 20)),
        timeout: .seconds(60))
      #expect(ignored == CommandResult(status: .exited(2), standardOutput: "AAAAAAAAAA"))
    }

    @Test(.timeLimit(.minutes(1)))
    func keysAreRenewedInBothDirections() async throws {
      let server = try await SSHServer(["RekeyLimit 1M"])
      let connection = try await server.open()
      let bytes = [UInt8](repeating: 90, count: 20 << 20)
      let echoed = try await connection.perform(
        "cat", input: InputReader(.bytes(bytes)), timeout: .seconds(60))
      #expect(echoed.standardOutput == bytes)
    }

    @Test func withoutInputACommandSeesTheEnd() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      #expect(try await connection.execute("cat", timeout: .seconds(60)).succeeded)
      #expect(try await connection.run(.shell("cat"), timeout: .seconds(60)).succeeded)
    }

    @Test func aChildThatKeepsTheStreamsOpenDelaysNothing() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let start = ContinuousClock.now
      for _ in 0..<12 {
        let result = try await connection.execute(
          "sleep 300 & echo started; exit 5", timeout: .seconds(60))
        #expect(result == CommandResult(status: .exited(5), standardOutput: "started\n"))
      }
      #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test(arguments: [10, 3, 1])
    func manyCommandsShareAConnection(_ maxSessions: Int) async throws {
      let server = try await SSHServer(["MaxSessions \(maxSessions)"])
      let connection = try await server.open()
      let results = try await withThrowingTaskGroup(of: (Int, CommandResult).self) { group in
        for index in 0..<30 {
          group.addTask {
            let command = "sleep 0.0\(index % 7); echo \(index); exit \(index)"
            return (index, try await connection.execute(command, timeout: .seconds(60)))
          }
        }
        return try await group.reduce(into: [Int: CommandResult]()) { $0[$1.0] = $1.1 }
      }
      for index in 0..<30 {
        let expected = CommandResult(
          status: .exited(Int32(index)), standardOutput: "\(index)\n")
        #expect(results[index] == expected)
      }
    }

    @Test func noSessionAtAllIsExplained() async throws {
      let server = try await SSHServer(["MaxSessions 0"])
      let connection = try await server.open()
      for _ in 0..<2 {
        let error = await #expect(throws: ForgeError.self) {
          try await connection.execute("true", timeout: .seconds(60))
        }
        #expect(error?.category == .unreachable)
        #expect(error?.advice.contains("MaxSessions") == true)
      }
    }

    @Test func nothingOfAScriptStandsInAProcessList() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let secret = "s3cr3t" + "-word"
      let seen = try await connection.run(
        .shell("x='\(secret)'; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"),
        timeout: .seconds(60))
      #expect(seen.status == .exited(0) || seen.status == .exited(1))
      #expect(seen.standardOutput.contains("sshd"))
      #expect(!seen.standardOutput.contains(secret))
    }

    /// A connection that breaks while the script is on its way must not run half of it.
    @Test func halfAScriptDoesNotRun() async throws {
      let (runner, whole) = try RemoteCommand.scriptRunner(
        "touch FILE", .loginShell, nonce: "abc")
      let scratch = try Scratch()
      for count in [0, 5, whole.count - 4, whole.count - 2, whole.count] {
        let script = String(decoding: whole.prefix(count), as: UTF8.self)
        let line = "cd \(scratch.path) && printf %s \(NodeScript.quote(script)) | { \(runner); }"
        let result = try await LocalProgram.run(["/bin/sh", "-c", line])
        #expect(result.succeeded == (count == whole.count))
        let made = FileManager.default.fileExists(atPath: scratch.file("FILE"))
        #expect(made == (count == whole.count))
      }
    }

    @Test(.enabled { await Programs.canBeRoot() })
    func tasksRunInBashAsRoot() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      try Data("hello\n".utf8).write(to: URL(fileURLWithPath: scratch.file("x")))
      let result = try await connection.run(
        .checksum(path: scratch.file("x")), timeout: .seconds(60))
      #expect(
        result.standardOutput
          == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\n")
    }
  }
}
