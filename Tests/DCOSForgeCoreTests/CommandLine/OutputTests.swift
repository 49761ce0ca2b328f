import Foundation
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

  @Test func aReaderThatHasEnoughIsNoFault() async throws {
    try await Executable.inFolder { program in
      let result = try await program.runInShell("config schema | head -n 1")
      #expect(result.succeeded)
      #expect(result.standardError.isEmpty)
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
