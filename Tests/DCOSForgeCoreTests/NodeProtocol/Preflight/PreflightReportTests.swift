@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

@Suite struct PreflightReportTests {
  /// What a bare node with all prerequisites prints on 1.11.2.
  static let good = """
    Running preflight checks
    Checking if DC/OS is already installed: PASS (Not installed)
    PASS Is SELinux disabled?
    Checking if docker is installed and in PATH: PASS\(" ")
    Checking docker version requirement (>= 1.6): PASS (18.09.9)
    Checking if curl is installed and in PATH: PASS\(" ")
    Checking if systemd is installed and in PATH: PASS\(" ")
    Checking systemd version requirement (>= 200): PASS (219)
    Checking if group 'nogroup' exists: PASS\(" ")
    Checking if port 53 (required by dcos-net) is in use: PASS\(" ")
    Checking if port 5050 (required by mesos-master) is in use: PASS\(" ")
    Checking Docker is configured with a production storage driver: PASS (overlay2)

    """

  static func installation(
    _ version: DCOSVersion = DCOSVersion(1, 11, 2), _ role: NodeRole = .master
  ) -> Installation {
    Installation(
      role: role, version: version, bootstrapURL: "http://10.1.1.8:8080",
      installer: Samples.sum, inputs: "version 1\nx 'y' $z")
  }

  private static let url = "http://10.1.1.8:8080/dcos_install.sh"

  private func output(
    text: String = good, status: Int = 0, error: String = "", sockets: String = "",
    traces: InstallationRecord = InstallationRecord(state: "absent"),
    installer: InstallerRecord = InstallerRecord(url: url, sum: Samples.sum.description),
    paths: [PreflightReport.PathRecord] = []
  ) -> CommandResult {
    var lines = NodeReport.line("installation", traces) + NodeReport.line("installer", installer)
    lines += NodeReport.line(
      "preflight", PreflightReport.RunRecord(status: status, text: text, error: error))
    lines += NodeReport.line("sockets", PreflightReport.SocketsRecord(text: sockets))
    for path in paths { lines += NodeReport.line("path", path) }
    return CommandResult(status: .exited(0), standardOutput: lines + NodeReport.end)
  }

  private func read(
    _ result: CommandResult, _ installation: Installation = installation()
  ) throws -> PreflightReport {
    try PreflightReport(result, for: installation, on: Samples.name("lxzk01"))
  }

  private func failures(
    of text: String, status: Int, error: String = "", version: DCOSVersion = DCOSVersion(1, 11, 2)
  ) throws -> [PreflightFinding] {
    try read(output(text: text, status: status, error: error), Self.installation(version)).failures
  }

  @Test func aGoodNode() throws {
    let report = try read(output())
    #expect(report.failures.isEmpty && !report.isInstalled)
    #expect(report.findings.count == 11)
    #expect(
      report.findings[4] == PreflightFinding("curl is installed and in PATH", .passed))
    #expect(
      report.findings[3]
        == PreflightFinding("docker version requirement (>= 1.6)", .passed, detail: "18.09.9"))
    #expect(report.findings[1].check == "Is SELinux disabled?")
    #expect(report.findings[8].check == "port 53 (dcos-net)")
  }

  @Test func coloursAreNoPartOfALine() throws {
    let text = Self.good.replacing("PASS", with: "\u{1b}[1mPASS") + "\u{1b}[0m\r\n"
    #expect(try read(output(text: text)).findings.map(\.check).count == 11)
    #expect(try read(output(text: text)).failures.isEmpty)
  }

  @Test(arguments: [
    ("Checking if ipset is installed and in PATH: FAIL ", "install the package ipset"),
    ("Checking if ping is installed and in PATH: FAIL ", "install the package iputils"),
    ("Checking if ifconfig is installed and in PATH: FAIL ", "install the package net-tools"),
    ("Checking if group 'nogroup' exists: FAIL ", "`groupadd nogroup`"),
    ("FAIL Is SELinux disabled?", "setenforce 0"),
    ("Checking if Docker is running: FAIL ", "systemctl start docker"),
    ("Checking docker version requirement (>= 1.6): FAIL (0.18.0)", "pin Docker to 18.09"),
    ("Checking docker version requirement (>= 1.6): FAIL (0)", "systemctl start docker"),
    ("Checking systemd version requirement (>= 200): FAIL (197)", "CentOS 7.2"),
    ("Checking if port 9990 (required by cosmos) is in use: FAIL ", "ss -lntup"),
    (#"Checking if /var/lib is mounted with "ftype=1": FAIL (ftype=0)"#, "mkfs.xfs -n ftype=1"),
  ])
  func aFailedCheckComesWithItsFix(_ line: String, _ fix: String) throws {
    let found = try failures(of: Self.good + line + "\n", status: 1)
    #expect(found.count == 1)
    #expect(found.first?.fix.contains(fix) == true, "\(found)")
  }

  @Test func theStorageDriverEndsTheRun() throws {
    let line = "production storage driver: FAIL (devicemapper, /dev/loop0)"
    let text = Self.good.replacing("production storage driver: PASS (overlay2)", with: line)
    let found = try failures(of: text + "Docker is configured to use\n[0] http://x\n", status: 1)
    #expect(found.map(\.detail) == ["devicemapper, /dev/loop0"])
    #expect(found.first?.fix.contains("overlay2") == true)
  }

  @Test func dockersVersionIsRightlyRefusedElsewhere() throws {
    let line = "Checking docker version requirement (>= 1.6): FAIL (0.19.0)\n"
    let found = try failures(
      of: Self.good + line, status: 1, version: DCOSVersion(1, 11, 12))
    #expect(found.first?.fix == "install Docker 18.09")
  }

  @Test func enforcingIsAllowedFrom1_12On() throws {
    let line =
      "FAIL Is SELinux in disabled mode, permissive mode or "
      + "in enforcing mode with the targeted policy loaded?\n"
    let found = try failures(of: Self.good + line, status: 1, version: DCOSVersion(1, 12, 0))
    #expect(found.first?.fix.contains("targeted") == true)
  }

  @Test func warningsDoNotStandInTheWay() throws {
    let line =
      "Checking if kernel module raid1 is loaded: "
      + "WARNING Kernel module raid1 is not loaded. DSS needs it.\n"
    let report = try read(output(text: Self.good + line))
    #expect(report.failures.isEmpty)
    #expect(report.findings.last?.state == .warning)
    #expect(report.findings.last?.check == "kernel module raid1 is loaded")
  }

  @Test func anInvalidRoleIsAFailure() throws {
    let found = try failures(
      of: Self.good + "FAIL Invalid role slave master. Role must\n", status: 1)
    #expect(found.map(\.check) == ["Invalid role slave master. Role must"])
  }

  /// The releases that ask `docker version --format` die on an unset variable without a daemon.
  @Test func aScriptThatDiesOnTheWayIsNotGreen() throws {
    let text = """
      Running preflight checks
      Checking if DC/OS is already installed: PASS (Not installed)
      Checking if docker is installed and in PATH: PASS
      Checking docker version requirement (>= 1.6):\(" ")
      """
    let error = "dcos_install.sh: line 127: docker_version: unbound variable"
    let found = try failures(of: text, status: 1, error: error)
    #expect(found.map(\.check) == ["docker version requirement (>= 1.6)", "preflight"])
    #expect(found.last?.detail.contains("unbound variable") == true)
    #expect(found.last?.fix == PreflightFinding.startDocker)
    // Without any line that fails, and even with status 0.
    let short = "Running preflight checks\nPASS Is SELinux disabled?\n"
    #expect(try failures(of: short, status: 0).map(\.check) == ["preflight"])
    #expect(try failures(of: "", status: 0).map(\.check) == ["preflight"])
    #expect(try failures(of: Self.good, status: 3).map(\.check) == ["preflight"])
    #expect(try failures(of: Self.good, status: 124).first?.detail == "did not end in time")
  }

  @Test func ourOwnLookAtPortsSeesWhatTheInstallerMisses() throws {
    let sockets = """
      Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port
      tcp   LISTEN 0      128    *:5050             *:*    users:(("nc",pid=7,fd=3))
      udp   UNCONN 0      0      127.0.0.1:53       *:*    users:(("dnsmasq",pid=8,fd=4))
      tcp   LISTEN 0      128    *:3888             *:*
      tcp   LISTEN 0      128    *:22               *:*    users:(("sshd",pid=9,fd=3))
      tcp   LISTEN 0      128    *:5051             *:*
      """
    let found = try read(output(sockets: sockets)).failures
    #expect(
      found.map(\.check) == [
        "port 53 (dcos-net)", "port 5050 (mesos-master)", "port 3888 (zookeeper (election))",
      ])
    #expect(found[0].detail == "in use: udp 127.0.0.1:53 by dnsmasq")
    #expect(found[0].fix == "stop and disable dnsmasq; dcos-net answers DNS on every node")
    // The installer's own PASS line for the port has given way to ours.
    #expect(try read(output(sockets: sockets)).findings.count == 12)
    let agent = try read(output(sockets: sockets), Self.installation(DCOSVersion(1, 11, 2), .agent))
    #expect(agent.failures.map(\.check) == ["port 53 (dcos-net)", "port 5051 (mesos-agent)"])
  }

  @Test func anInstalledNodeIsRecognised() throws {
    for traces in [
      InstallationRecord(state: "installed", roles: "master"),
      InstallationRecord(state: "installing", roles: "master"),
      InstallationRecord(state: "installing"),
    ] {
      let lines = NodeReport.line("installation", traces) + NodeReport.end
      let report = try read(CommandResult(status: .exited(0), standardOutput: lines))
      #expect(report.isInstalled && report.failures.isEmpty)
    }
    let other = NodeReport.line(
      "installation", InstallationRecord(state: "installed", roles: "slave"))
    let report = try read(
      CommandResult(status: .exited(0), standardOutput: other + NodeReport.end))
    #expect(!report.isInstalled)
    #expect(report.failures.map(\.fix) == [PreflightFinding.wipe])
  }

  @Test func tracesAndLeftoversNeedAWipe() throws {
    let text =
      "Checking if DC/OS is already installed: FAIL (Currently installed)\n\nFound an existing\n"
    let traces = InstallationRecord(state: "broken", detail: "left over: /opt/mesosphere")
    let found = try read(output(text: text, status: 1, traces: traces)).failures
    #expect(found.map(\.check) == ["DC/OS"])
    #expect(found.first?.detail == "left over: /opt/mesosphere")
    let roles = try read(output(traces: InstallationRecord(state: "absent", roles: "slave")))
      .failures
    #expect(roles.map(\.detail) == ["holds slave, wanted master"])
    let paths = try read(
      output(paths: [
        .init(path: "/var/lib/dcos", fault: "leftover"), .init(path: "/tmp", fault: "noexec"),
      ])
    ).failures
    #expect(paths.map(\.check) == ["/var/lib/dcos", "mount of /tmp"])
  }

  /// Whatever a node reports after it: an installer that the bootstrap node does not have may not
  /// count, even where a script ran it.
  @Test func anotherInstallerIsAnError() throws {
    let other = SHA256Sum(hashing: [1])
    let installer = InstallerRecord(url: Self.url, sum: other.description)
    let error = try #require(throws: ForgeError.self) { try read(output(installer: installer)) }
    #expect(error.category == .step && error.disposition == .afterFix)
    for part in [Self.url, other.description, Samples.sum.description] {
      #expect(error.observed.contains(part))
    }
    #expect(error.advice.contains("the network"))
  }

  @Test func withoutAnInstallerThereIsNoVerdict() throws {
    let installer = InstallerRecord(url: Self.url, sum: "", status: 7, http: 0)
    let error = try #require(throws: ForgeError.self) { try read(output(installer: installer)) }
    #expect(error.disposition == .retry)
    #expect(error.description.contains("connection refused"))
    let torn = CommandResult(
      status: .exited(0),
      standardOutput: output().standardOutput.replacing(NodeReport.end, with: ""))
    #expect(throws: ForgeError.self) { try read(torn) }
  }
}
