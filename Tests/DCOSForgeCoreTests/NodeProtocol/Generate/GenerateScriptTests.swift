@testable import ForgeNodeProtocol
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// `dcos_generate_config.sh` as a detached unit.
@Suite(.enabled { await NodeSandbox.isPossible() }) struct GenerateScriptTests {
  /// Stands for DC/OS's script: notes the run, then does what the test says.
  private static let installer = """
    #!/bin/bash
    echo "run $*" >>/var/stub/runs
    echo "Generating configuration files..."
    . /var/stub/behaviour
    """
  private static let good = """
    mkdir -p genconf/serve
    echo 'echo install' >genconf/serve/dcos_install.sh
    echo 7120a >genconf/serve/bootstrap.latest
    """

  private let sandbox: InstallSandbox
  private let sum: SHA256Sum

  init() throws {
    sandbox = try InstallSandbox()
    try sandbox.node.write("root/dcos/dcos_generate_config.sh", Self.installer)
    try sandbox.behave(Self.good)
    sum = SHA256Sum(hashing: Array(Self.installer.utf8))
  }

  private func script(_ inputs: String = "one", sum other: SHA256Sum? = nil) -> String {
    let generation = Generation(
      folder: "/root/dcos", installer: other ?? sum, inputs: inputs)
    return NodeTask.generate(generation).script
  }

  private func run(
    _ inputs: String = "one", before: String = ""
  ) async throws -> (record: GenerateReport.Record, result: CommandResult) {
    let result = try await sandbox.node.run(script(inputs), before: before)
    let report = try NodeReport(result, of: "generating")
    return (try report.record("generation", of: "generating"), result)
  }

  private var recorded: String? { sandbox.node.read("var/lib/dcosforge/generated") }

  @Test func generatesOnceForTheSameInputs() async throws {
    let first = try await run()
    #expect(first.record.state == "generated" && first.record.status == 0)
    #expect(first.result.standardError.contains("Generating configuration files..."))
    #expect(recorded == "one\n")
    #expect(try await run().record.state == "current")
    #expect(sandbox.runs.count == 1)
  }

  @Test func otherInputsBeginFromScratch() async throws {
    _ = try await run()
    try sandbox.node.write("root/dcos/genconf/serve/stale", "of the first run")
    #expect(try await run("two").record.state == "generated")
    #expect(sandbox.node.read("root/dcos/genconf/serve/stale") == nil)
    #expect(recorded == "two\n" && sandbox.runs.count == 2)
  }

  /// The record alone is not believed: what it speaks of must be there.
  @Test func aServeFolderThatIsGoneIsMadeAgain() async throws {
    _ = try await run()
    try sandbox.node.remove("root/dcos/genconf/serve/dcos_install.sh")
    #expect(try await run().record.state == "generated")
    #expect(sandbox.runs.count == 2)
  }

  @Test func aRefusalLeavesNoRecord() async throws {
    _ = try await run()
    try sandbox.behave("printf '\\033[31mmaster_list: Must be IPv4\\033[0m\\n' >&2; exit 1")
    let (record, result) = try await run("two")
    #expect(record.state == "failed" && record.status == 1 && !record.installer)
    #expect(recorded == nil)
    let report = try GenerateReport(result, on: Samples.name("lxcm02"))
    #expect(report.findings == [GenerationFinding(parameter: "master_list", "Must be IPv4")])
    // And nothing is taken for current afterwards.
    try sandbox.behave(Self.good)
    #expect(try await run("two").record.state == "generated")
  }

  @Test func aGoodStatusWithoutFilesIsAFailure() async throws {
    try sandbox.behave("exit 0")
    let (record, result) = try await run()
    #expect(record.state == "failed" && record.status == 0)
    #expect(recorded == nil)
    #expect(try !GenerateReport(result, on: Samples.name("lxcm02")).findings.isEmpty)
  }

  @Test func anInstallerThatIsNotThePlannedOneIsNotRun() async throws {
    let result = try await sandbox.node.run(script(sum: Samples.sum))
    let error = try #require(throws: ForgeError.self) {
      try GenerateReport(result, on: Samples.name("lxcm02"))
    }
    #expect(error.summary.contains("not the planned one") && sandbox.runs.isEmpty)
  }

  @Test func aLostConnectionDoesNotTearIt() async throws {
    try sandbox.behave(InstallSandbox.untilFollowed + Self.good)
    let before = try sandbox.lostConnection(script(), unit: "dcosforge-generate")
    let (record, result) = try await run(before: before)
    #expect(record.state == "joined" && record.status == 0)
    #expect(result.standardError.contains("Generating configuration files..."))
    #expect(sandbox.runs.count == 1 && recorded == "one\n")
  }

  @Test func aRunForOtherInputsIsAwaitedNotJoined() async throws {
    try sandbox.behave(InstallSandbox.untilFollowed + Self.good)
    let before = try sandbox.lostConnection(script("old"), unit: "dcosforge-generate")
    #expect(try await run(before: before).record.state == "generated")
    #expect(sandbox.runs.count == 2 && recorded == "one\n")
  }

  @Test func aUnitThatIsKilledIsTorn() async throws {
    try sandbox.behave("kill -9 $PPID; sleep 0.5; exit 0")
    let (record, result) = try await run()
    #expect(record.state == "torn" && record.status == nil)
    #expect(throws: ForgeError.self) { try GenerateReport(result, on: Samples.name("lxcm02")) }
    #expect(recorded == nil)
  }

  @Test func withoutItsFolderItSaysSo() async throws {
    try sandbox.node.remove("root/dcos")
    let result = try await sandbox.node.run(script())
    #expect(result.status == .exited(1))
    #expect(result.standardError.contains("there is no folder /root/dcos"))
  }
}
