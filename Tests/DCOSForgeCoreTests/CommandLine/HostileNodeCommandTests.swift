@testable import ForgeModel
import ForgeSupport
import Foundation
import Testing

@testable import DCOSForgeCore

/// The executable among nodes of which one is hostile: that one costs its own line, the others are
/// shown, and memory stays within a limit whatever comes.
///
/// `DCOSFORGE_TEST_LARGE` tries every answer with every command.
@Suite(.enabled(if: geteuid() == 0)) struct HostileNodeCommandTests {
  private static let isLarge = ProcessInfo.processInfo.environment["DCOSFORGE_TEST_LARGE"] != nil
  /// The limit of the executable's memory, in KiB; 30 MiB of it are its libraries.
  private static let memoryLimit = 100 << 10

  private static let file = """
    version: 1
    cluster: north
    hypervisor: {uri: "test:///default"}

    """

  /// Begins sshd for two of the seven nodes, then runs the rest of its arguments.
  private static let script = """
    exe=$1 hostile=$2 address=$3 measure=$4
    shift 4
    export DCOSFORGE_STATE_DIR=s
    mkdir -p /run/sshd
    ip link set lo up
    ip route add local 10.1.1.0/24 dev lo
    "$exe" ssh --config >/dev/null
    ssh-keygen -y -f s/north/id_ed25519 >authorized
    begin() {
      printf '%s\\n' "ListenAddress $2" "HostKey $PWD/s/north/hosts/$1-1" 'StrictModes no' \\
        "AuthorizedKeysFile $PWD/authorized" 'UsePAM no' 'PidFile none' 'PermitRootLogin yes' \\
        "ForceCommand /bin/sh $PWD/$3" >"$1.conf"
      /usr/sbin/sshd -D -e -f "$PWD/$1.conf" 2>"$1.log" &
      until grep -q 'Server listening' "$1.log"; do sleep 0.02; done
    }
    begin "$hostile" "$address" hostile
    begin lxb002 10.1.1.14 well
    exec python3 -c "$measure" "$exe" "$@"
    """

  /// Writes the peak of a program's memory, in KiB, and ends with its exit status.
  private static let measure = """
    import resource, subprocess, sys
    status = subprocess.call(sys.argv[1:])
    with open("peak", "w") as file:
      file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
    sys.exit(status)
    """

  /// What the other node says: as the output of a command, and as a journal.
  private static let well = """
    echo '{"record":"journal","now":1704067200}'
    echo '{"__CURSOR":"a","__REALTIME_TIMESTAMP":"1704067200123457","MESSAGE":"all is well"}'
    echo '{"record":"source","name":"journal","status":0}'
    echo '{"record":"end"}'
    mark 0
    """

  private struct Run {
    var result: CommandResult
    var peak: Int
    var files: [String]
  }

  private func run(
    _ words: [String], _ answer: String, hostile: (String, String) = ("lxb001", "10.1.1.13")
  ) async throws -> Run {
    let run = Locked<Run?>(nil)
    try await Executable.inFolder { tool in
      try tool.write(Self.file, to: "dcosforge.yaml")
      try tool.write(HostileNode.text(answer), to: "hostile")
      try tool.write(HostileNode.text(Self.well), to: "well")
      let result = try await tool.runScriptAlone(
        Self.script, [hostile.0, hostile.1, Self.measure] + words)
      let peak = try #require(Int(try tool.read("peak")), "\(result)")
      let files = try FileManager.default.contentsOfDirectory(atPath: tool.folder.path)
      run.withLock { $0 = Run(result: result, peak: peak, files: files.sorted()) }
    }
    let done = try #require(run.withLock { $0 })
    #expect(done.peak < Self.memoryLimit, "\(words), \(answer): \(done.peak >> 10) MiB")
    return done
  }

  @Test func execKeepsTheFirstMiBOfEachNode() async throws {
    let words = ["exec", "--node", "lxb00[1-2]", "-o", "json", "--timeout", "60s"]
    let run = try await run(words + ["--", "x"], "head -c 67108864 /dev/zero; mark 0")
    #expect(run.result.succeeded, "\(run.result.standardError)")
    let record = run.result.standardOutput
    #expect(record.contains("\"omittedBytes\" : \(63 << 20)"), "\(record.suffix(1000))")
    #expect(record.contains("all is well"))
  }

  @Test(arguments: isLarge ? HostileAnswer.allCases : [.endless])
  func logsShowsTheOthers(_ answer: HostileAnswer) async throws {
    let run = try await run(["logs", "lxb00[1-2]"], answer.script)
    #expect(run.result.standardOutput.contains("all is well"), "\(run.result.standardError)")
    #expect(run.result.standardError.contains("lxb001"), "\(run.result.standardError)")
    #expect([.exited(5), .exited(6), .exited(7)].contains(run.result.status))
  }

  @Test(
    arguments: ["echo '100000 644'; yes"] + (isLarge ? ["echo '0 644'; yes", "yes '100 x'"] : []))
  func copyLeavesNothing(_ answer: String) async throws {
    let run = try await run(["cp", "lxb001:/x", "here"], answer)
    #expect(run.result.status == .exited(6), "\(run.result)")
    #expect(run.result.standardError.contains("lxb001"), "\(run.result.standardError)")
    #expect(!run.files.contains { $0.contains("here") }, "\(run.files)")
  }

  @Test(arguments: isLarge ? HostileAnswer.allCases : [.manyRecords])
  func statusCountsItUnknown(_ answer: HostileAnswer) async throws {
    let run = try await run(["status", "-o", "json"], answer.script)
    #expect(run.result.standardOutput.contains("lxb001"), "\(run.result)")
    #expect([.exited(11), .exited(12)].contains(run.result.status), "\(run.result.status)")
  }

  @Test(arguments: isLarge ? HostileAnswer.allCases : [.manyRecords])
  func theArchiveIsMade(_ answer: HostileAnswer) async throws {
    let run = try await run(["logs", "--bundle", "e.tar.gz"], answer.script)
    #expect(run.result.succeeded, "\(run.result.standardError)")
    #expect(run.files.contains("e.tar.gz"))
  }

  /// The values of a long text take many times its length.
  @Test func aListingOfMillionsIsRefused() async throws {
    let answer = """
      for name in summary hosts master; do
        printf '{"record":"%s","status":0,"http":200,"url":"u","error":"","text":"' $name
        yes '[],' | head -n 800000 | tr -d '\\n'
        echo '"}'
      done
      echo '{"record":"end"}'
      mark 0
      """
    let run = try await run(["nodes"], answer, hostile: ("lxzk01", "10.1.1.49"))
    #expect(run.result.status == .exited(6), "\(run.result)")
    #expect(run.result.standardError.contains("lxzk01"))
  }
}
