@testable import ForgeNodeProtocol
@testable import ForgeDCOS
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// What components and times on the command line stand for.
@Suite struct LogSourceTests {
  private static let version = DCOSVersion(1, 11, 2)

  private func units(_ name: String, _ role: NodeRole) throws -> [String] {
    LogSource.units(of: [try LogSource(name, Self.version)], for: role, Self.version).units
  }

  @Test func componentsAreTheUnitsOfTheirRole() throws {
    #expect(try units("exhibitor", .master) == ["dcos-exhibitor.service"])
    #expect(try units("exhibitor", .agent).isEmpty)
    #expect(try units("mesos-agent", .publicAgent) == ["dcos-mesos-slave-public.service"])
    #expect(
      try units("dns-forwarder", .agent) == [
        "dcos-gen-resolvconf.service", "dcos-gen-resolvconf.timer", "dcos-net-watchdog.service",
        "dcos-net.service",
      ])
    #expect(try units("install", .agent) == units("dcos-setup", .agent))
    #expect(try units("install", .master).contains("dcos-setup.service"))
    #expect(try units("docker", .bootstrap) == ["docker.service"])
    #expect(try units("clock", .agent) == ["chronyd.service", "ntpd.service"])
    #expect(try units("generate", .bootstrap) == ["dcosforge-generate.service"])
    #expect(try units("generate", .agent).isEmpty)
  }

  /// Every unit of a role belongs to exactly one component.
  @Test(arguments: [NodeRole.master, .agent, .publicAgent]) func nothingIsLeftOut(
    _ role: NodeRole
  ) throws {
    let all = DCOSUnit.list(for: role, Self.version).map(\.name)
    let found = try HealthComponent.list(for: role).filter(\.isOfDCOS)
      .flatMap { try units($0.rawValue, role) }
    #expect(found.sorted() == all)
    let usual = LogSource.usual(for: role, Self.version).units
    #expect(Set(usual).isSuperset(of: all) && usual.contains("dcos-setup.service"))
  }

  @Test func unitsHaveSeveralNames() throws {
    let cosmos = ["dcos-cosmos.service"]
    for name in ["cosmos", "dcos-cosmos", "dcos-cosmos.service"] {
      #expect(try units(name, .master) == cosmos)
      #expect(try units(name, .agent).isEmpty)
    }
    #expect(
      try units("diagnostics", .agent) == ["dcos-diagnostics.service", "dcos-diagnostics.socket"])
    #expect(try units("sshd.service", .bootstrap) == ["sshd.service"])
    #expect(try units("dcos-mine.service", .agent) == ["dcos-mine.service"])
  }

  @Test(arguments: [
    ("exhibitr", "exhibitor"), ("mesos_master", "mesos-master"), ("dcos-marathn", "dcos-marathon"),
    ("zzzzzzzz", nil), ("", nil), (".service", nil), ("a b.service", nil), ("$(x).service", nil),
    ("disk", nil),
  ]) func othersAreNamedWithTheNearest(_ name: String, _ near: String?) {
    let error = #expect(throws: ForgeError.self) { try LogSource(name, Self.version) }
    #expect(error?.category == .configuration)
    let seen = error?.observed ?? ""
    #expect(seen.contains("did you mean") == (near != nil))
    if let near { #expect(seen.contains("did you mean \(near)?")) }
    for known in LogSource.names + ["dcos-cosmos", "dcos-log-agent"] {
      #expect(seen.contains(known))
    }
  }

  // MARK: times

  private static let now: Int64 = 1_704_110_400  // 2024-01-01 12:00:00

  @Test(arguments: [
    ("10m", 600), ("2h", 7200), ("2h30m", 9000), ("-90s", 90), ("1 day", 86400),
    ("3 days ago", 259_200), ("1w 1d 1s", 691_201), ("5min", 300), ("1hr ago", 3600),
  ]) func durations(_ text: String, _ seconds: Int64) {
    #expect(LogRequest.Start(text, now: Self.now) == .secondsAgo(seconds))
  }

  @Test(arguments: [
    ("2024-01-01", 1_704_067_200), ("2024-01-01 01:02:03", 1_704_070_923),
    ("2024-01-01 01:02", 1_704_070_920), ("2024-01-01T01:02:03Z", 1_704_070_923),
    ("2024-01-01T01:02:03.5Z", 1_704_070_923), ("2024-01-01 01:02:03 UTC", 1_704_070_923),
    ("2024-02-29", 1_709_164_800), ("today", 1_704_067_200), ("yesterday", 1_703_980_800),
    ("now", now), ("11:30", 1_704_108_600), ("@1704067200", 1_704_067_200), ("@17.5", 17),
  ]) func points(_ text: String, _ seconds: Int64) {
    #expect(LogRequest.Start(text, now: Self.now) == .epoch(seconds))
  }

  @Test(arguments: [
    "", " ", "10", "m", "10 parsecs", "2023-02-29", "2024-13-01", "2024-01-01 25:00", "24:00",
    "2024-01-01; reboot", "$(reboot)", "`x`", "10m'; reboot #", "99999999d", "@", "@x", "--",
    "\u{0}",
    "2024-01-01 01:02:03:04", "tomorrow's", "１０m",
  ]) func noTimes(_ text: String) {
    #expect(LogRequest.Start(text, now: Self.now) == nil)
  }
}
