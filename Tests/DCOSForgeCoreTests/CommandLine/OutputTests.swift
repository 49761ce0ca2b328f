import Foundation
@testable import ForgeConfiguration
@testable import ForgeModel
@testable import ForgeSupport
import Glibc
import Testing

@testable import DCOSForge
@testable import DCOSForgeCore

/// Where results go, and readers that are slow, stopped or full.
@Suite struct OutputTests {
  /// Commands without a cluster, each with a result.
  static let commands = [
    "--help", "--version", "config schema", "config show", "explain machine-gone",
    "rehearse --seeds 1..1",
  ]

  @Test(arguments: commands)
  func aResultThatWasNotWrittenIsNoSuccess(_ command: String) async throws {
    try await Executable.inFolder { program in
      #expect(try await program.run("init").succeeded)
      let whole = try await program.run(command.split(separator: " ").map(String.init))
      #expect(whole.succeeded)
      let result = try await program.runInShell(command + " >/dev/full")
      #expect(result.status == .exited(1))
      #expect(result.standardError.contains("No space left on device"))
    }
  }

  /// Also of a command whose exit code is not 0.
  @Test func aResultThatWasNotWrittenIsSaidWhateverItIs() async throws {
    try await Executable.inFolder { program in
      try program.write("version: 1\nclustr: x\n", to: "bad.yaml")
      let result = try await program.runInShell("validate -c bad.yaml -o json >/dev/full")
      #expect(result.status == .exited(1))
      #expect(result.standardError.contains("No space left on device"))
    }
  }

  @Test func aReaderThatHasEnoughIsNoFault() async throws {
    try await Executable.inFolder { program in
      let result = try await program.runInShell("config schema | head -n 1")
      #expect(result.succeeded)
      #expect(result.standardError.isEmpty)
      // A pipe whose reader is gone before the first byte, as output and for messages.
      try #require(
        unsafe mkfifo(program.folder.appending(path: "p").path(percentEncoded: false), 0o600) == 0)
      let unread = try await program.runInShell("config schema 3<>p 4>p 3<&- >&4")
      #expect(unread == CommandResult(status: .exited(0)))
      let unseen = try await program.runInShell("init 3<>p 4>p 3<&- 2>&4")
      #expect(unseen.succeeded)
      #expect(try program.read("dcosforge.yaml") == ClusterFileText.starter)
      try program.write("version: 1\nclustr: x\n", to: "bad.yaml")
      let bad = try await program.runInShell("validate -c bad.yaml -o json 3<>p 4>p 3<&- >&4")
      #expect(bad.status == .exited(3))
    }
  }

  /// A descriptor of the runtime would take the place of one that is closed.
  @Test(arguments: ["endpoints --no-check", "config schema", "ssh --config --state-dir s"])
  func aClosedOutputTakesNoResult(_ command: String) async throws {
    try await Executable.inFolder { program in
      let closed = try await program.runInShell(command + " >&-")
      #expect(closed.status == .exited(1))
      #expect(closed.standardError.contains("Bad file descriptor"), "\(closed.standardError)")
      let silent = try await program.runInShell(command + " <&- 2>&-")
      #expect(silent.succeeded && !silent.standardOutput.isEmpty)
      let dark = try await program.runInShell("init --force -c new.yaml <&- >&- 2>&-")
      #expect(dark.succeeded)
      #expect(try program.read("new.yaml") == ClusterFileText.starter)
    }
  }

  @Test func withoutArgumentsOfTheProcessNothingRuns() async throws {
    try await Executable.inFolder { program in
      let result = try await program.runWithoutProc("status")
      #expect(result.status == .exited(1))
      #expect(result.standardError.contains("mount /proc"))
    }
  }

  @Test func aReaderThatStopsHoldsUpNobody() async throws {
    let pipe = try Pipe()
    let queue = OutputQueue()
    for number in 0..<40 {
      queue.write([UInt8](repeating: UInt8(number), count: 100_000), to: pipe.input)
    }
    #expect(!queue.isEmpty)
    let waiter = Task { await queue.room() }
    waiter.cancel()
    await waiter.value
    let reader = Task { pipe.read(count: 4_000_000) }
    await queue.room()
    let bytes = await reader.value
    #expect(bytes.count == 4_000_000)
    #expect((0..<40).allSatisfy { bytes[$0 * 100_000 + 99_999] == UInt8($0) })
    #expect(queue.finish() == 0)
  }

  @Test func aDescriptorThatDoesNotBlockGetsAll() async throws {
    let pipe = try Pipe()
    #expect(fcntl(pipe.input, F_SETFL, O_NONBLOCK) == 0)
    let queue = OutputQueue()
    queue.write([UInt8](repeating: 7, count: 1_000_000), to: pipe.input)
    #expect(pipe.read(count: 1_000_000).count == 1_000_000)
    #expect(queue.finish() == 0)
  }

  @Test func theEndWaitsOnlySoLong() throws {
    let pipe = try Pipe()
    let queue = OutputQueue()
    queue.write([UInt8](repeating: 7, count: 1_000_000), to: pipe.input)
    #expect(queue.finish(within: 1) == ETIMEDOUT)
    #expect(pipe.read(count: 1_000_000).count == 1_000_000)
  }
}

/// What the operator ends.
@Suite struct InterruptsTests {
  /// A copy to a node that never answers; the last one is started as by `nohup`.
  private static let line = """
    ip link add dcf0 type veth peer name dcf1
    ip address add 10.1.1.1/24 dev dcf0
    ip link set dcf0 up && ip link set dcf1 up
    ip neighbor add 10.1.1.13 lladdr 02:00:00:00:00:01 dev dcf0 || exit 99
    # SIGTERM is caught from the moment that the process waits for signals.
    begun() {
      for i in {1..300}; do
        mask=$(awk '/^SigCgt/ { print $2 }' /proc/$pid/status)
        if [ $((0x$mask & 0x4000)) -ne 0 ]; then return; fi
        sleep 0.1
      done
    }
    for name in INT TERM HUP; do
      "$0" cp --state-dir s file lxb001:/x & pid=$!
      begun; kill -$name $pid; wait $pid; echo $?
    done
    trap '' HUP
    "$0" cp --state-dir s file lxb001:/x & pid=$!
    begun; kill -HUP $pid; sleep 1; kill -0 $pid && echo on
    kill -TERM $pid; wait $pid; echo $?
    """

  @Test(.enabled { await NetworkNamespace.isPossible() }) func signalsEndWhatRuns() async throws {
    try await Executable.inFolder { tool in
      try tool.write("x", to: "file")
      let run = try await LocalProgram.run(
        ["/usr/bin/unshare", "--net", "/bin/bash", "-c", Self.line, Executable.path],
        folder: tool.folder.path)
      #expect(run.standardOutput == "130\n130\n130\non\n130\n", "\(run)")
    }
  }
}

/// A pipe that is closed with its value.
private final class Pipe: Sendable {
  let input, output: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    try #require(unsafe pipe(&ends) == 0)
    (output, input) = (ends[0], ends[1])
  }

  deinit {
    close(input)
    close(output)
  }

  func read(count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < count {
      let taken = unsafe Glibc.read(output, &piece, min(piece.count, count - bytes.count))
      guard taken > 0 else { break }
      bytes += piece.prefix(taken)
    }
    return bytes
  }
}
