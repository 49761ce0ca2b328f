@testable import ForgeNodeProtocol
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// The scripts that read journals and collect evidence, with stand-ins for the programs that they
/// ask.
@Suite(.enabled { await NodeSandbox.isPossible() }) struct LogScriptTests {
  private let sandbox: NodeSandbox
  private let node = Samples.name("lxzk01")

  init() throws {
    sandbox = try NodeSandbox()
    try sandbox.link(["dd", "ps", "yes", "sha256sum"])
  }

  /// Prints its arguments to `/var/stub/calls`, then what `/var/stub/journal` does.
  private func journal(_ body: String) throws {
    try sandbox.program(
      "usr/local/sbin/journalctl",
      "printf '<%s>' \"$@\" >>/var/stub/calls\necho >>/var/stub/calls\n" + body)
  }

  private func read(_ request: LogRequest, before: String = "") async throws -> (
    entries: [LogEntry], reading: LogReport
  ) {
    let result = try await sandbox.run(NodeTask.readLogs(request).script, before: before)
    #expect(result.succeeded, "\(result.standardError)")
    return LogReport.entries(
      in: result.standardOutput, of: node, container: request.container)
  }

  @Test func theJournalIsAskedForWhatWasWanted() async throws {
    try journal(
      "cat <<'X'\n\(LogReportTests.line(2, #""two""#))\(LogReportTests.line(1, #""one""#))X\n")
    var request = LogRequest(units: ["a.service", "b.service"], lines: 7, start: .secondsAgo(600))
    request.isThisBootOnly = true
    let (entries, reading) = try await read(request)
    #expect(entries.map(\.message) == ["one", "two"] && reading.isWhole && reading.faults.isEmpty)
    #expect(reading.now.map { $0 > 1_600_000_000 } == true)
    #expect(
      try sandbox.takeCalls() == [
        "<-q><--no-pager><-o><json><-u><a.service><-u><b.service><--since=-600s><-b><-n><7><-r>"
      ])
  }

  /// Whatever a value holds, it stays one argument.
  @Test func nothingIsInjected() async throws {
    try journal("")
    let evil = "a'$(touch /evil)`touch /evil`\";touch /evil;\n& \u{7}é.service"
    var request = LogRequest(units: [evil])
    request.cursor = evil
    _ = try await read(request)
    #expect(sandbox.read("evil") == nil)
    #expect(try sandbox.takeCalls().joined(separator: "\n").contains("<-u><\(evil)>"))
  }

  @Test func anEndlessJournalIsCutOff() async throws {
    let line = LogReportTests.line(9, #""again""#).dropLast()
    try journal("yes \(NodeScript.quote(String(line)))\n")
    let (entries, reading) = try await read(LogRequest(units: ["a.service"]))
    #expect(reading.isCut && reading.isWhole && reading.faults.isEmpty)
    let size = entries.count * (line.utf8.count + 1)
    #expect((LogRequest.byteLimit - 1000...LogRequest.byteLimit).contains(size))
  }

  @Test func whatCannotBeReadIsReported() async throws {
    try journal("echo 'Failed to open journal' >&2; exit 1\n")
    let failed = try await read(LogRequest(units: ["a.service"], container: "web"))
    #expect(
      failed.reading.faults == [
        "journalctl ended with status 1: Failed to open journal",
        "docker logs is not there: timeout: failed to run command 'docker': "
          + "No such file or directory",
      ])
    #expect(failed.reading.isWhole)
  }

  @Test func aContainersLogIsRead() async throws {
    try sandbox.program(
      "usr/local/sbin/docker",
      "echo \"docker $*\" >>/var/stub/calls\necho '2024-01-01T00:00:00.5Z out'\n"
        + "echo '2024-01-01T00:00:00.6Z err' >&2\n")
    let (entries, reading) = try await read(
      LogRequest(units: [], container: "web", lines: 3, start: .epoch(17)))
    #expect(entries.map(\.message) == ["out", "err"] && reading.faults.isEmpty)
    #expect(
      try sandbox.takeCalls() == ["docker logs --timestamps --since 17 --tail 3 -- web"])
  }

  /// Following goes on from the cursor, shows what comes at once, and ends when the limit is
  /// reached.
  @Test func followingIsBounded() async throws {
    let line = LogReportTests.line(9, #""again""#).dropLast()
    try journal("yes \(NodeScript.quote(String(line)))\n")
    var request = LogRequest(units: ["a.service"])
    request.follows = true
    request.cursor = "s=1;i=2"
    let (entries, reading) = try await read(request)
    #expect(reading.isWhole && !entries.isEmpty)
    #expect(entries.count * line.utf8.count <= LogRequest.byteLimit)
    #expect(
      try sandbox.takeCalls() == [
        "<-q><--no-pager><-o><json><-u><a.service><--after-cursor=s=1;i=2><-f><--no-tail>"
      ])
  }

  /// The lines of a journal that is quiet otherwise do not wait for a buffer to fill.
  @Test func aSingleLineComesAtOnce() async throws {
    try journal(
      "echo '\(LogReportTests.line(1, #""one""#).dropLast())'; touch /said; exec sleep 60\n")
    var request = LogRequest(units: ["a.service"])
    request.follows = true
    // The script runs in the background; its output is looked at while journalctl still sleeps.
    try sandbox.write("var/stub/script", NodeTask.readLogs(request).script)
    let result = try await sandbox.run(
      """
      bash /var/stub/script >/out 2>&1 &
      for i in {1..300}; do grep -q one /out && break; sleep 0.1; done
      cat /out
      kill -HUP $!; sleep 0.3
      """)
    #expect(result.standardOutput.contains("\"MESSAGE\":\"one\""))
    #expect(!result.standardOutput.contains("\"end\""))
  }

  // MARK: evidence

  private func evidence(_ role: NodeRole, before: String = "") async throws -> (
    parts: [String: EvidenceReport.Part], isWhole: Bool
  ) {
    let request = EvidenceRequest(
      role: role, version: DCOSVersion(1, 11, 2), address: Samples.address("10.1.1.49"))
    let result = try await sandbox.run(NodeTask.collectEvidence(request).script, before: before)
    #expect(result.succeeded, "\(result.standardError)")
    let reading = EvidenceReport(result.standardOutput)
    let parts = Dictionary(reading.parts.map { ($0.name, $0) }) { first, _ in first }
    #expect(parts.count == reading.parts.count)
    return (parts, reading.isWhole)
  }

  @Test func everythingThatIsThereIsRead() async throws {
    try sandbox.program(
      "usr/local/sbin/iptables-save", "printf '*nat\\n\\t\"quo\\\\ted\"\\r\\n é \\xff\\n'\n")
    try sandbox.write("var/lib/dcosforge/dcosforge-install.log", "Checking if disks: PASS\n")
    try sandbox.program("opt/mesosphere/bin/detect_ip", "echo 10.1.1.49; env | wc -l >&2")
    try sandbox.write("opt/mesosphere/etc/user.config.yaml", "password: x\n")
    let (parts, isWhole) = try await evidence(.master)
    #expect(isWhole)
    #expect(parts["firewall"]?.text == "*nat\n\t\"quo\\ted\"\r\n é \u{FFFD}\n")
    #expect(parts["firewall"]?.fault == nil)
    #expect(parts["installation"]?.text.contains("Checking if disks: PASS") == true)
    #expect(parts["ip-detect"]?.text.contains("10.1.1.49") == true)
    #expect(parts["dcos"]?.text.contains("etc/user.config.yaml") == true)
    #expect(parts["dcos"]?.text.contains("password") == false)
    #expect(parts["addresses"]?.text.contains("10.1.1.49/32") == true)
    #expect(parts["units"]?.text.contains("LoadState") == true)
    // What is not there is said, and stops nothing.
    #expect(parts["docker-info"]?.fault == "is not there")
    #expect(parts["zookeeper-srvr"]?.fault?.hasPrefix("exit status 1: zookeeper srvr: ") == true)
    #expect(parts["zookeeper-srvr"]?.text.contains("Connection refused") == true)
    #expect(parts.keys.count { $0.hasPrefix("zookeeper-") } == 4)
  }

  @Test(arguments: [NodeRole.bootstrap, .agent]) func otherRolesHaveOtherParts(
    _ role: NodeRole
  ) async throws {
    let (parts, isWhole) = try await evidence(role)
    #expect(isWhole)
    #expect(!parts.keys.contains("zookeeper-srvr"))
    #expect(parts.keys.contains("container") == (role == .bootstrap))
    #expect(parts.keys.contains("dcos") == (role == .agent))
  }

  /// A command that hangs costs its own time, whatever signals it minds.
  @Test func whatHangsIsLeftBehind() async throws {
    try sandbox.program(
      "usr/local/sbin/docker", "trap '' TERM HUP; sleep 1000 & wait; sleep 1000\n")
    try sandbox.program("usr/local/sbin/iptables-save", "echo begun; exec sleep 1000\n")
    let clock = ContinuousClock()
    let start = clock.now
    let (parts, isWhole) = try await evidence(.agent)
    #expect(isWhole)
    // Without limits it would be 3000 s and more; a busy machine takes a multiple of the limits.
    #expect(clock.now - start < .seconds(900))
    #expect(parts["docker-info"]?.fault != nil && parts["docker-ps"]?.fault != nil)
    #expect(
      parts["firewall"] == .init(name: "firewall", text: "begun\n", fault: "did not end in time"))
  }

  /// No part is longer than its limit, and its end is kept.
  @Test func aFloodIsCutOff() async throws {
    try sandbox.program(
      "usr/local/sbin/iptables-save", "yes flood | head -c 3000000; echo the end\n")
    let (parts, _) = try await evidence(.agent)
    let text = parts["firewall"]?.text ?? ""
    #expect(text.hasSuffix("flood\nthe end\n") && parts["firewall"]?.fault == nil)
    #expect((EvidenceRequest.byteLimit - 20...EvidenceRequest.byteLimit).contains(text.utf8.count))
  }

  /// With all disks full nothing is missing: no temporary file is needed.
  @Test func aFullDiskIsNoHindrance() async throws {
    try journal("cat <<<'\(LogReportTests.line(1, #""one""#).dropLast())'\n")
    let before = "mount -t tmpfs -o size=4k tmpfs /tmp; cat /dev/zero >/tmp/full 2>/dev/null"
    try journal("echo '\(LogReportTests.line(1, #""one""#).dropLast())'\n")
    let (entries, reading) = try await read(LogRequest(units: ["a.service"]), before: before)
    #expect(entries.count == 1 && reading.isWhole)
    #expect(try await evidence(.master, before: before).isWhole)
  }
}
