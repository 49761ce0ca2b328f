@testable import ForgeModel
@testable import ForgeNodeProtocol
import Foundation
import Testing

@testable import DCOSForgeCore

/// The scripts about the clock and about the end of cloud-init, run for real in a sandbox.
@Suite(.enabled { await NodeSandbox.isPossible() }) struct TimeScriptTests {
  private static let node = Samples.name("lxzk01")
  private static let image = """
    # Use public servers from the pool.ntp.org project.
    server 0.centos.pool.ntp.org iburst
    pool 2.debian.pool.ntp.org iburst
    driftfile /var/lib/chrony/drift
    makestep 1.0 3
    rtcsync

    """

  private func sandbox() throws -> NodeSandbox {
    let sandbox = try NodeSandbox()
    try sandbox.write("etc/chrony.conf", Self.image)
    try sandbox.unit("chronyd", active: "active", file: "enabled")
    return sandbox
  }

  private func configure(_ sandbox: NodeSandbox, _ settings: TimeSettings) async throws -> [String]
  {
    let result = try await sandbox.run(NodeTask.configureTime(settings).script)
    _ = try NodeReport(result, of: "configuring the time")
    return try sandbox.takeCalls()
  }

  @Test func serversReplaceTheImagesOwnAndComeBackWithoutThem() async throws {
    let sandbox = try sandbox()
    let settings = TimeSettings(servers: ["10.1.1.8", "time.example.org"])
    #expect(try await configure(sandbox, settings) == ["systemctl restart chronyd.service"])
    let text = try #require(sandbox.read("etc/chrony.conf"))
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.contains("server 10.1.1.8 iburst minpoll 3 maxpoll 6"))
    #expect(lines.contains("server time.example.org iburst"))
    #expect(
      lines.contains("rtcsync") && lines.contains("# dcosforge: pool 2.debian.pool.ntp.org iburst"))
    #expect(lines.filter { $0.hasPrefix("server ") || $0.hasPrefix("pool ") }.count == 2)
    #expect(try await configure(sandbox, settings) == [], "a second run does nothing")
    _ = try await configure(sandbox, TimeSettings(servers: []))
    #expect(sandbox.read("etc/chrony.conf")?.hasPrefix(Self.image) == true)
  }

  @Test func whetherTheClockIsSetAsWantedIsAFact() async throws {
    let sandbox = try Preparing.sandbox()
    try sandbox.unit("chronyd", active: "active", file: "enabled")
    let (old, new) = (TimeSettings(servers: ["10.1.1.8"]), TimeSettings(servers: ["10.1.1.9"]))
    #expect(try await !Preparing.facts(sandbox, time: old).isTimeSet, "there is no service")
    try sandbox.write("etc/chrony.conf", Self.image)
    #expect(try await !Preparing.facts(sandbox, time: old).isTimeSet)
    _ = try await configure(sandbox, old)
    #expect(try await Preparing.facts(sandbox, time: old).isTimeSet)
    #expect(try await !Preparing.facts(sandbox, time: new).isTimeSet)
  }

  @Test func theBootstrapNodeServesItsOwnClock() async throws {
    let sandbox = try sandbox()
    let network = try #require(IPv4Network("10.1.1.0/24"))
    _ = try await configure(sandbox, TimeSettings(servers: [], servesTo: network))
    let text = try #require(sandbox.read("etc/chrony.conf"))
    #expect(text.contains("\nlocal stratum 10\nallow 10.1.1.0/24\n"))
    #expect(text.contains("\nserver 0.centos.pool.ntp.org iburst\n"), "the image's own stay")
  }

  @Test func aStoppedServiceIsStartedAndEnabled() async throws {
    let sandbox = try sandbox()
    _ = try await configure(sandbox, TimeSettings(servers: ["10.1.1.8"]))
    try sandbox.unit("chronyd", active: "inactive")
    let calls = try await configure(sandbox, TimeSettings(servers: ["10.1.1.8"]))
    #expect(
      calls == ["systemctl enable chronyd.service", "systemctl restart chronyd.service"])
  }

  @Test func ntpIsConfiguredWhereThereIsNoChrony() async throws {
    let sandbox = try NodeSandbox()
    try sandbox.write(
      "etc/ntp.conf", "driftfile /var/lib/ntp/drift\nserver 0.centos.pool.ntp.org\n")
    try sandbox.unit("ntpd", active: "active", file: "enabled")
    let network = try #require(IPv4Network("10.1.1.0/24"))
    _ = try await configure(sandbox, TimeSettings(servers: ["10.1.1.9"], servesTo: network))
    let text = try #require(sandbox.read("etc/ntp.conf"))
    #expect(text.contains("\n# dcosforge: server 0.centos.pool.ntp.org\n"))
    #expect(text.contains("\nserver 10.1.1.9 iburst minpoll 4 maxpoll 6\n"))
    #expect(text.contains("\nrestrict 10.1.1.0 mask 255.255.255.0 nomodify notrap\n"))
  }

  @Test func chronyIsInstalledWhereThereIsNothingAndItsAbsenceReported() async throws {
    let sandbox = try NodeSandbox()
    #expect(
      try await configure(sandbox, TimeSettings(servers: ["10.1.1.8"])).contains(
        "yum -y install chrony"))
    let bare = try NodeSandbox()
    try bare.write("var/stub/yum-faults", "absent\n")
    let error = try await #require(throws: ForgeError.self) {
      try await configure(bare, TimeSettings(servers: ["10.1.1.8"]))
    }
    #expect(
      error.observed.contains("neither chrony nor ntp") && error.observed.contains("find a match"))
  }

  @Test func aServiceThatDoesNotStartSaysWhatTheJournalSays() async throws {
    let sandbox = try sandbox()
    try sandbox.write("var/stub/broken-chronyd.service", "")
    let error = try await #require(throws: ForgeError.self) {
      try await configure(sandbox, TimeSettings(servers: ["10.1.1.8"]))
    }
    #expect(error.observed.contains("last words of the journal"))
  }

  // MARK: reading

  /// State, status bits, estimated error in microseconds; what chronyc says; what must come out.
  static let readings: [(kernel: String, chronyc: String, reading: ClockRecord)] = [
    (
      "0 8193 1523", "0A010108,10.1.1.8,11,1,0,0,0,0,0,0,0,0,0,Normal",
      ClockRecord(
        isSynchronised: true, errorMilliseconds: 1.523, source: "chronyd, 10.1.1.8, stratum 11")
    ),
    (
      "5 64 16000000", "00000000,,0,0,0,0,0,0,0,0,0,0,0,Not synchronised",
      ClockRecord(
        isSynchronised: false, errorMilliseconds: 16000, source: "chronyd, no server yet")
    ),
    (
      "0 8193 359089", "0A010108,10.1.1.8,11,1,0,0,0,0,0,0,0,0,0,Normal",
      ClockRecord(
        isSynchronised: true, errorMilliseconds: 359.089, source: "chronyd, 10.1.1.8, stratum 11")
    ),
    (
      "5 64 16000000", "7F7F0101,,10,1,0,0,0,0,0,0,0,0,0,Normal",
      ClockRecord(isSynchronised: false, errorMilliseconds: 16000, source: ClockRecord.local)
    ),
    // Without rtcsync chronyd follows a server, and the kernel does not know it.
    (
      "5 8257 500", "0A010108,10.1.1.8,11,1,0,0,0,0,0,0,0,0,0,Normal",
      ClockRecord(
        isSynchronised: false, errorMilliseconds: 0.5, source: "chronyd, 10.1.1.8, stratum 11")
    ),
  ]

  @Test(arguments: 0..<readings.count)
  func theKernelsWordCounts(_ index: Int) async throws {
    let (kernel, tracking, reading) = Self.readings[index]
    let sandbox = try sandbox()
    try sandbox.program("usr/local/sbin/perl", "echo \(kernel)\n")
    try sandbox.write("var/stub/tracking", tracking + "\n")
    #expect(try ClockRecord(await sandbox.run(NodeTask.clock.script), on: Self.node) == reading)
    #expect(reading.isGood == (kernel == "0 8193 1523"))
  }

  @Test func perlAndPythonReadTheSameKernel() async throws {
    let sandbox = try sandbox()
    let first = try ClockRecord(await sandbox.run(NodeTask.clock.script), on: Self.node)
    #expect(first.errorMilliseconds != nil)
    try sandbox.program("usr/local/sbin/perl", "exit 1\n")
    let second = try ClockRecord(await sandbox.run(NodeTask.clock.script), on: Self.node)
    #expect(second.isSynchronised == first.isSynchronised && second.errorMilliseconds != nil)
  }

  @Test func withoutPerlAndPythonTimedatectlIsBelieved() async throws {
    let sandbox = try sandbox()
    try sandbox.program("usr/local/sbin/perl", "exit 1\n")
    try sandbox.program("usr/local/sbin/python3", "exit 1\n")
    for (line, expected) in [
      ("     NTP synchronized: yes", true), ("System clock synchronized: yes", true),
      ("     NTP synchronized: no", false),
    ] {
      try sandbox.program("usr/local/sbin/timedatectl", "echo '\(line)'\n")
      let reading = try ClockRecord(await sandbox.run(NodeTask.clock.script), on: Self.node)
      #expect(reading.isSynchronised == expected && reading.errorMilliseconds == nil)
    }
  }

  // MARK: cloud-init

  private func awaitCloudInit(_ sandbox: NodeSandbox, before: String = "") async throws
    -> NodeReport
  {
    let script = NodeTask.awaitCloudInit.script
      .replacing("cloud_init_limit='3600'", with: "cloud_init_limit=2")
    return try NodeReport(await sandbox.run(script, before: before), of: "waiting for cloud-init")
  }

  private struct State: Decodable, Equatable { var state: String }

  @Test func cloudInitThatEndsLaterIsWaitedFor() async throws {
    let sandbox = try sandbox()
    try sandbox.program("usr/local/sbin/cloud-init", "")
    try sandbox.makeFolder("run/cloud-init")
    let result = #"{"v1": {"datasource": "DataSourceNoCloud", "errors": []}}"#
    let report = try await awaitCloudInit(
      sandbox, before: "(sleep 1; echo '\(result)' >/run/cloud-init/result.json) &")
    #expect(report.records("cloudInit") == [State(state: "done")])
  }

  @Test func cloudInitsErrorsAreShown() async throws {
    let sandbox = try sandbox()
    try sandbox.write(
      "run/cloud-init/result.json",
      #"""
      {
       "v1": {
        "datasource": "DataSourceNoCloud",
        "errors": [
         "('runcmd', ProcessExecutionError('exit code: 1'))"
        ]
       }
      }
      """#)
    let error = try await #require(throws: ForgeError.self) { try await awaitCloudInit(sandbox) }
    #expect(error.observed.contains("runcmd") && error.observed.contains("ended with errors"))
  }

  @Test func cloudInitThatNeverEndsHasALimit() async throws {
    let sandbox = try sandbox()
    try sandbox.program("usr/local/sbin/cloud-init", "")
    let error = try await #require(throws: ForgeError.self) { try await awaitCloudInit(sandbox) }
    #expect(error.observed.contains("has not ended"))
  }

  @Test func cloudInitThatIsOffOrAbsentIsNotWaitedFor() async throws {
    let sandbox = try sandbox()
    #expect(try await awaitCloudInit(sandbox).records("cloudInit") == [State(state: "absent")])
    try sandbox.write("etc/cloud/cloud-init.disabled", "")
    #expect(try await awaitCloudInit(sandbox).records("cloudInit") == [State(state: "disabled")])
  }
}
