import Foundation
@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

/// Preflight and installation of a node.
@Suite(.enabled { await NodeSandbox.isPossible() }) struct InstallScriptTests {
  private static let installer = """
    #!/bin/bash
    echo "run $*" >>/var/stub/runs
    echo 'Starting DC/OS Install Process'
    . /var/stub/behaviour
    """
  private static let good = """
    mkdir -p /opt/mesosphere/active
    : >/etc/mesosphere/roles/master
    """
  /// As far as dcos-setup being enabled, then the download fails.
  private static let failing = """
    : >/etc/mesosphere/roles/master
    : >/etc/systemd/system/multi-user.target.wants/dcos-setup.service
    echo 'A dependency job for dcos-setup.service failed.' >&2
    exit 1
    """

  private let sandbox: InstallSandbox
  private let installation = Installation(
    role: .master, version: DCOSVersion(1, 11, 2), bootstrapURL: InstallSandbox.url,
    installer: SHA256Sum(hashing: Array(installer.utf8)), inputs: "version 1\nx 'y' $z")

  init() throws {
    sandbox = try InstallSandbox()
    try sandbox.node.write("var/stub/served/dcos_install.sh", Self.installer)
    try sandbox.behave(Self.good)
  }

  private func install(
    _ installation: Installation? = nil, before: String = ""
  ) async throws -> (state: String, result: CommandResult) {
    let wanted = installation ?? self.installation
    let result = try await sandbox.node.run(
      NodeTask.install(wanted).script,
      before: InstallSandbox.serve("/var/stub/served") + "\n" + before)
    let record: InstallReport.Record = try NodeReport(result, of: "installing")
      .record("installation", of: "installing")
    return (record.state, result)
  }

  private func read(_ result: CommandResult) throws -> InstallReport {
    try InstallReport(result, for: installation, on: Samples.name("lxzk01"))
  }

  @Test func installsOnce() async throws {
    let first = try await install()
    #expect(first.state == "installed")
    #expect(try read(first.result).changed)
    #expect(first.result.standardError.contains("Starting DC/OS Install Process"))
    #expect(sandbox.node.read("var/lib/dcosforge/installed") == installation.inputs + "\n")
    var other = installation
    other.inputs = "version 2"
    let second = try await install(other)
    #expect(sandbox.node.read("var/lib/dcosforge/installed") == installation.inputs + "\n")
    #expect(second.state == "unchanged")
    #expect(try !read(second.result).changed)
    #expect(sandbox.runs == ["run master"])
  }

  @Test func aFailedInstallationGoesOnWhereItStopped() async throws {
    try sandbox.behave(Self.failing)
    let (state, result) = try await install()
    #expect(state == "failed")
    let error = try #require(throws: ForgeError.self) { try read(result) }
    #expect(error.observed.contains("dependency job"))
    #expect(error.observed.contains("the last words of the journal"))
    #expect(error.disposition == .retry)
    // The preflight would refuse what the first run left; DC/OS's own set-up can go on with it.
    try sandbox.behave(Self.good)
    #expect(try await install().state == "installed")
    #expect(sandbox.runs == ["run master", "run --disable-preflight master"])
  }

  @Test func exitStatusZeroIsNotTheEndOfSetUp() async throws {
    try sandbox.behave(Self.good + "\n: >/opt/mesosphere/bootstrap")
    let (state, result) = try await install()
    #expect(state == "failed")
    let error = try #require(throws: ForgeError.self) { try read(result) }
    #expect(error.summary.contains("ended well but set-up has not finished"))
  }

  @Test func aLostConnectionDoesNotTearIt() async throws {
    try sandbox.behave(InstallSandbox.untilFollowed + Self.good)
    let lost = try sandbox.lostConnection(
      NodeTask.install(installation).script, unit: "dcosforge-install")
    let (state, result) = try await install(before: lost)
    #expect(state == "joined")
    #expect(try read(result).changed)
    #expect(sandbox.runs.count == 1)
  }

  @Test func afterARebootSetUpGoesOnByItself() async throws {
    try sandbox.node.write("etc/systemd/system/multi-user.target.wants/dcos-setup.service", "")
    try sandbox.node.write("etc/mesosphere/roles/master", "")
    try sandbox.node.write("var/stub/units/dcos-setup.state", "activating\n")
    try sandbox.node.write(
      "var/stub/start", "mkdir -p /opt/mesosphere/active; rm /var/stub/units/dcos-setup.state\n")
    #expect(try await install().state == "joined")
    #expect(sandbox.runs.isEmpty)
    #expect(try sandbox.node.takeCalls().contains("systemctl start dcos-setup.service"))
  }

  @Test func theOtherRoleAndOtherTracesAreRefused() async throws {
    try sandbox.node.makeFolder("opt/mesosphere/packages")
    let broken = try await install()
    #expect(broken.state == "broken")
    let error = try #require(throws: ForgeError.self) { try read(broken.result) }
    #expect(error.disposition == .final && error.observed.contains("/opt/mesosphere"))
    try sandbox.node.write("etc/mesosphere/roles/slave", "")
    try sandbox.node.makeFolder("opt/mesosphere/active")
    #expect(try await install().state == "other-role")
    #expect(sandbox.runs.isEmpty)
  }

  @Test func aUnitThatIsKilledIsTorn() async throws {
    try sandbox.behave("kill -9 $PPID; sleep 0.5")
    let (state, result) = try await install()
    #expect(state == "torn")
    #expect(throws: ForgeError.self) { try read(result) }
  }

  @Test func withoutAServerNothingRuns() async throws {
    let result = try await sandbox.node.run(NodeTask.install(installation).script)
    let error = try #require(throws: ForgeError.self) { try read(result) }
    #expect(error.observed.contains("connection refused") && error.disposition == .retry)
    #expect(error.advice.contains("dcosforge-serve"))
    #expect(sandbox.node.read("var/lib/dcosforge/installed") == nil)
  }

  // MARK: another installer

  /// Whoever answers for the bootstrap node: what it sends does not run, and does not stay.
  private func expectRefusal(_ error: ForgeError?) throws {
    let error = try #require(error)
    #expect(error.category == .step && error.disposition == .afterFix)
    #expect(error.observed.contains("10.1.1.49:8000/dcos_install.sh"))
    #expect(error.observed.contains(installation.installer.description))
    #expect(sandbox.runs.isEmpty)
    #expect(sandbox.node.read("var/lib/dcosforge/installer/dcos_install.sh") == nil)
  }

  @Test(arguments: [installer + "\n", "echo other >>/var/stub/runs\n", ""])
  func anotherInstallerIsNotInstalled(_ text: String) async throws {
    try sandbox.node.write("var/stub/served/dcos_install.sh", text)
    let result = try await sandbox.node.run(
      NodeTask.install(installation).script, before: InstallSandbox.serve("/var/stub/served"))
    try expectRefusal(#expect(throws: ForgeError.self) { try read(result) })
    #expect(sandbox.node.read("var/lib/dcosforge/installed") == nil)
    #expect(try !sandbox.node.takeCalls().contains { $0.hasPrefix("systemd-run") })
  }

  @Test func anotherInstallerDoesNotGoOn() async throws {
    try sandbox.node.write("etc/systemd/system/multi-user.target.wants/dcos-setup.service", "")
    try sandbox.node.write("var/stub/served/dcos_install.sh", "echo other >>/var/stub/runs\n")
    let result = try await sandbox.node.run(
      NodeTask.install(installation).script, before: InstallSandbox.serve("/var/stub/served"))
    try expectRefusal(#expect(throws: ForgeError.self) { try read(result) })
  }

  @Test func anotherInstallerMakesNoPreflight() async throws {
    try sandbox.node.write("var/stub/served/dcos_install.sh", Self.installer + "\n")
    let result = try await sandbox.node.run(
      NodeTask.preflight(installation).script, before: InstallSandbox.serve("/var/stub/served"))
    try expectRefusal(
      #expect(throws: ForgeError.self) {
        try PreflightReport(result, for: installation, on: Samples.name("lxzk01"))
      })
  }

  /// The folder that anybody can make beforehand is not used; ours is root's alone.
  @Test func theInstallerLiesInAFolderOfRoot() async throws {
    try sandbox.node.write("tmp/dcos/dcos_install.sh", "echo other >>/var/stub/runs\n")
    try sandbox.node.makeFolder("var/lib/dcosforge/installer")
    #expect(try await install().state == "installed")
    let folder = sandbox.node.root.appendingPathComponent("var/lib/dcosforge/installer").path
    let attributes = try FileManager.default.attributesOfItem(atPath: folder)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
    #expect(sandbox.node.read("var/lib/dcosforge/installer/dcos_install.sh") == Self.installer)
    #expect(sandbox.node.read("tmp/dcos/dcos_install.sh") == "echo other >>/var/stub/runs\n")
  }

  // MARK: preflight

  private func preflight(
    _ installation: Installation? = nil, before: String = ""
  ) async throws -> PreflightReport {
    let wanted = installation ?? self.installation
    let result = try await sandbox.node.run(
      NodeTask.preflight(wanted).script,
      before: InstallSandbox.serve("/var/stub/served") + "\n" + before)
    return try PreflightReport(result, for: wanted, on: Samples.name("lxzk01"))
  }

  private func check(_ text: String, status: Int = 0) throws {
    try sandbox.node.write("var/stub/text", text)
    try sandbox.behave("[ ! -t 1 ] || exit 3; cat /var/stub/text; exit \(status)")
  }

  @Test func aBareNodePasses() async throws {
    try check(PreflightReportTests.good)
    let report = try await preflight()
    #expect(report.failures.isEmpty && !report.isInstalled)
    #expect(report.findings.count == 11)
    #expect(sandbox.runs == ["run --preflight-only master"])
    // Nothing was changed.
    #expect(sandbox.node.read("var/lib/dcosforge/dcosforge-install.log") == nil)
  }

  @Test func busyPortsAreSeenWhetherOrNotTheInstallerSeesThem() async throws {
    try check(PreflightReportTests.good)
    let listen = [3888, 5050].map { InstallSandbox.serve("/tmp", port: $0) }
    let report = try await preflight(before: listen.joined(separator: "\n"))
    #expect(
      report.failures.map(\.check) == [
        "port 5050 (mesos-master)", "port 3888 (zookeeper (election))",
      ])
    #expect(report.failures[0].detail.contains("python3"))
  }

  @Test func failedChecksLeftoversAndSilenceAreFindings() async throws {
    try check(
      PreflightReportTests.good + "Checking if xz is installed and in PATH: FAIL \n", status: 1)
    try sandbox.node.write("var/lib/dcos/exhibitor/myid", "2\n")
    let report = try await preflight()
    #expect(report.failures.map(\.check) == ["xz is installed and in PATH", "/var/lib/dcos"])
    try sandbox.node.remove("var/lib/dcos")
    try check("", status: 0)
    #expect(try await preflight().failures.map(\.check) == ["preflight"])
  }

  @Test func anInstalledNodeIsNotAsked() async throws {
    _ = try await install()
    #expect(try await preflight().isInstalled)
    #expect(sandbox.runs.count == 1)
    var agent = installation
    agent.role = .agent
    #expect(try await !preflight(agent).isInstalled)
  }

  @Test func withoutAnInstallerThereIsNoVerdict() async throws {
    try sandbox.node.remove("var/stub/served/dcos_install.sh")
    await #expect(throws: ForgeError.self) { try await preflight() }
  }
}
