@testable import ForgeDCOS
@testable import ForgeHealth
@testable import ForgeNodeProtocol
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// A cluster's health as its nodes would report it, for tests to spoil.
struct HealthSample {
  var nodes = Samples.spec.nodes
  var version = DCOSVersion(1, 11, 2)
  var seen: [NodeName: NodeObservation] = [:]

  init(masters: Int = 3) {
    nodes = nodes.filter { $0.role != .master || $0.name.description <= "lxzk0\(masters)" }
    for node in nodes {
      let leads = node.name.description == "lxzk01"
      seen[node.name] = NodeObservation(
        machine: .domain(.running),
        reading: Self.read(Self.output(node, version, leads: leads, alone: masters == 1), node),
        exchange: .init(began: 0, sent: 1000, received: 3000))
    }
  }

  static func read(
    _ output: CommandResult, _ node: NodeSpec
  ) -> Result<HealthReport, ForgeError> {
    Result { try HealthReport(output, on: node.name) }
      .mapError { $0 as? ForgeError ?? ForgeError(.internalFault, "\($0)") }
  }

  /// What a well node prints.
  static func output(
    _ node: NodeSpec, _ version: DCOSVersion, leads: Bool, alone: Bool = false
  ) -> CommandResult {
    let docker = "Id=docker.service\nLoadState=loaded\nActiveState=active\nSubState=running\n"
    let units =
      [docker]
      + DCOSUnit.list(for: node.role, version).map { unit in
        let state =
          unit.duty == .always
          ? "ActiveState=active\nSubState=running" : "ActiveState=inactive\nSubState=dead"
        return "Id=\(unit.name)\nLoadState=loaded\n\(state)\nExecMainStatus=0\n"
      }
    var lines = NodeReport.line(
      "installation",
      InstallationRecord(state: "installed", roles: node.role.installerArgument ?? ""))
    func add(_ kind: String, _ text: String) {
      lines += NodeReport.line(kind, HealthReport.OutcomeRecord(text: text))
    }
    lines += NodeReport.line("time", HealthReport.TimeRecord(began: 1500, ended: 2500))
    lines += NodeReport.line(
      "clock", ClockRecord(isSynchronised: true, errorMilliseconds: 1, source: "chronyd"))
    add("units", units.joined(separator: "\n"))
    add("disk", "/ 1000 500 1000 500 xfs\n/var 1000 500 0 0 btrfs\n")
    add("addresses", "1: lo    inet 127.0.0.1/8\n2: eth0    inet \(node.address)/24 brd x\n")
    add("docker", "OK")
    add("filter", "-P INPUT ACCEPT\n-P FORWARD DROP\n-N DOCKER\n-A FORWARD -j DOCKER-USER\n")
    add("detect", "\(node.address)\n")
    if node.role == .master {
      let mode = alone ? "standalone" : leads ? "leader" : "follower"
      lines += NodeReport.line(
        "zookeeper", ZooKeeperAnswer.Record(server: "\(node.address)", text: "Mode: \(mode)\n"))
    }
    add("dns", "127.0.0.1\n")
    add("checks", #"{"status":0,"checks":{"tar":{"status":0,"output":"x"}}}"#)
    let request = HealthRequest(role: node.role, version: version, address: node.address)
    for probe in HealthProbe.list(for: request) {
      let reading = HTTPReading(
        url: probe.url, text: answer(probe.kind, node, version, leads: leads))
      lines += NodeReport.line(
        "probe", HealthReport.ProbeRecord(name: probe.kind, reading: reading))
    }
    return CommandResult(status: .exited(0), standardOutput: lines + NodeReport.end)
  }

  private static func answer(
    _ kind: HealthProbe.Kind, _ node: NodeSpec, _ version: DCOSVersion, leads: Bool
  ) -> String {
    switch kind {
    case .exhibitor:
      #"[{"hostname":"\#(node.address)","code":3,"description":"serving","isLeader":true}]"#
    case .mesosMaster: #"{"registrar/log/recovered":1.0,"master/elected":\#(leads ? 1 : 0).0}"#
    case .mesosDNS: #"{"Service":"Mesos-DNS"}"#
    case .leaderName: #"[{"host":"leader.mesos.","ip":"10.1.1.49"}]"#
    case .marathon: #"{"leader":"10.1.1.49:8080"}"#
    case .jobs: "[]"
    case .adminRouter, .agentRouter: #"{"version":"\#(version)"}"#
    case .cosmos: "{}"
    case .mesosAgent: #"{"slave/registered":1.0}"#
    }
  }

  mutating func change(_ name: String, _ body: (inout HealthReport) -> Void) {
    let node = Samples.name(name)
    guard case .success(var reading)? = seen[node]?.reading else { return }
    body(&reading)
    seen[node]?.reading = .success(reading)
  }

  mutating func answer(
    _ name: String, _ kind: HealthProbe.Kind, _ body: (inout HTTPReading) -> Void
  ) {
    change(name) { reading in
      guard var answer = reading.probes[kind] else { return }
      body(&answer)
      reading.probes[kind] = answer
    }
  }

  mutating func kill(_ name: String) {
    seen[Samples.name(name)]?.reading = .failure(ForgeError(.unreachable, "no answer"))
    seen[Samples.name(name)]?.exchange = nil
  }

  var health: ClusterHealth { ClusterHealth(seen, nodes: nodes, version: version) }
}

@Suite struct HealthTests {
  @Test(arguments: [1, 3]) func aWellClusterIsHealthy(_ masters: Int) {
    let health = HealthSample(masters: masters).health
    #expect(health.verdict == .healthy && health.isHealthy)
    #expect(health.firstCause == nil && health.summary == "healthy")
    #expect(health.nodes.count == masters + 4)
    #expect(health.nodes.allSatisfy { $0.state == .ok })
  }

  /// Each component's own failure, planted on one master of three.
  @Test(arguments: [
    HealthProbe.Kind.exhibitor, .mesosMaster, .mesosDNS, .leaderName, .marathon, .jobs,
    .adminRouter, .cosmos,
  ])
  func anEndpointThatDoesNotAnswer(_ kind: HealthProbe.Kind) {
    var sample = HealthSample()
    sample.answer("lxzk02", kind) { ($0.status, $0.http, $0.text) = (7, 0, "") }
    let health = sample.health
    #expect(health.verdict == .degraded)
    #expect(health.firstCause?.description == "\(kind.component.rawValue) on lxzk02")
    #expect(health.summary.contains("connection refused"))
    var sick = HealthSample()
    sick.answer("lxzk02", kind) { $0.http = 500 }
    #expect(sick.health.verdict == .degraded)
  }

  @Test(arguments: [
    (HealthProbe.Kind.exhibitor, "[]"), (.exhibitor, "<html>"),
    (.exhibitor, #"[{"hostname":"10.1.1.50","code":2,"description":"not serving"}]"#),
    (.mesosMaster, #"{"registrar/log/recovered":0.0,"master/elected":0.0}"#), (.mesosMaster, "{}"),
    (.mesosMaster, "busy"), (.leaderName, #"[{"host":"leader.mesos.","ip":""}]"#),
    (.leaderName, "[]"), (.marathon, "{}"), (.adminRouter, "<html>"),
  ])
  func aGoodStatusWithABadAnswer(_ kind: HealthProbe.Kind, _ text: String) {
    var sample = HealthSample()
    sample.answer("lxzk02", kind) { $0.text = text }
    #expect(sample.health.firstCause?.component == kind.component)
    #expect(sample.health.verdict == .degraded)
  }

  @Test func whereLoginsAreOnCosmosMayRefuse() {
    var sample = HealthSample()
    sample.answer("lxzk02", .cosmos) { $0.http = 401 }
    #expect(sample.health.verdict == .healthy)
  }

  @Test func anotherReleaseThanPlannedIsAWarning() throws {
    var sample = HealthSample()
    sample.answer("lxb001", .agentRouter) { $0.text = #"{"version":"1.11.13"}"# }
    #expect(sample.health.verdict == .healthy)
    let node = try #require(sample.health.nodes.first { $0.node == Samples.name("lxb001") })
    #expect(node.state == .warn)
    #expect(node[.agentRouter]?.evidence == "DC/OS 1.11.13, planned 1.11.2")
  }

  @Test func theFirstCauseIsTheFirstInTheOrderOfTroubleshooting() {
    var sample = HealthSample()
    // Everything after Mesos-DNS on one master is down, and an agent with it.
    for kind in [HealthProbe.Kind.marathon, .jobs, .adminRouter, .leaderName] {
      sample.answer("lxzk03", kind) { $0.http = 502 }
    }
    sample.answer("lxzk01", .jobs) { $0.http = 502 }
    sample.answer("lxb001", .mesosAgent) { $0.text = #"{"slave/registered":0.0}"# }
    let health = sample.health
    let cause = HealthCause(node: Samples.name("lxzk03"), component: .mesosDNS)
    #expect(health.firstCause == cause)
    let waiting = health.nodes.flatMap { node in
      node.components.filter { $0.state == .fail && $0.waitsOn == cause }
        .map { "\($0.component.rawValue) \(node.node)" }
    }
    #expect(
      waiting == [
        "jobs lxzk01", "marathon lxzk03", "jobs lxzk03", "admin-router lxzk03",
        "mesos-agent lxb001",
      ])
    #expect(health.nodes.first { $0.node == cause.node }?[.mesosDNS]?.waitsOn == nil)
  }

  @Test func agentsDoNotWaitForEachOther() throws {
    var sample = HealthSample()
    sample.answer("lxb001", .mesosAgent) { $0.http = 500 }
    sample.answer("lxb001", .agentRouter) { $0.http = 500 }
    sample.answer("lxb002", .agentRouter) { $0.http = 500 }
    let health = sample.health
    #expect(health.firstCause?.description == "mesos-agent on lxb001")
    func waits(_ name: String) throws -> HealthCause? {
      try #require(health.nodes.first { $0.node == Samples.name(name) }?[.agentRouter]).waitsOn
    }
    #expect(try waits("lxb001") == health.firstCause)
    #expect(try waits("lxb002") == nil)
  }

  @Test func aLostQuorumIsDown() {
    var sample = HealthSample()
    for name in ["lxzk02", "lxzk03"] { sample.change(name) { $0.zooKeeper = .notServing } }
    #expect(sample.health.verdict == .down)
    #expect(sample.health.firstCause?.description == "exhibitor on lxzk02")
    // Of two that do not run, the third only waits for a majority.
    var stopped = HealthSample()
    for name in ["lxzk02", "lxzk03"] {
      stopped.change(name) { $0.zooKeeper = .unreachable("connection refused") }
    }
    stopped.change("lxzk01") { $0.zooKeeper = .notServing }
    #expect(stopped.health.firstCause?.description == "exhibitor on lxzk02")
    #expect(stopped.health.nodes[0][.exhibitor]?.waitsOn == stopped.health.firstCause)
    #expect(stopped.health.nodes[2][.exhibitor]?.waitsOn == nil)
    // One of three: the cluster goes on.
    var one = HealthSample()
    one.change("lxzk02") { $0.zooKeeper = .notServing }
    #expect(one.health.verdict == .degraded)
  }

  @Test func noLeaderOrTwoAreFailuresOfAllMasters() throws {
    var none = HealthSample()
    none.answer("lxzk01", .mesosMaster) {
      $0.text = #"{"registrar/log/recovered":1.0,"master/elected":0.0}"#
    }
    #expect(none.health.verdict == .down)
    #expect(none.health.summary.contains("no Mesos master is elected"))
    var two = HealthSample()
    two.answer("lxzk03", .mesosMaster) {
      $0.text = #"{"registrar/log/recovered":1.0,"master/elected":1.0}"#
    }
    #expect(two.health.verdict == .down)
    #expect(two.health.summary.contains("lxzk01, lxzk03"))
    var split = HealthSample()
    split.change("lxzk02") { $0.zooKeeper = .serving(.leader, zxid: "") }
    #expect(split.health.verdict != .healthy)
    var lone = HealthSample()
    for name in ["lxzk01", "lxzk02", "lxzk03"] {
      lone.change(name) { $0.zooKeeper = .serving(.standalone, zxid: "") }
    }
    #expect(lone.health.verdict != .healthy)
  }

  @Test func whatCannotBeAskedIsUnknownNotAbsent() {
    var one = HealthSample()
    one.kill("lxzk03")
    #expect(one.health.verdict == .degraded)
    #expect(one.health.firstCause?.description == "ssh on lxzk03")
    let parts = one.health.nodes[2].components
    #expect(parts.filter { $0.state == .fail }.map(\.component) == [.ssh])
    #expect(
      parts.filter { $0.component > .ssh }.allSatisfy {
        $0.state == .unknown && $0.waitsOn == one.health.firstCause
      })
    var majority = one
    majority.kill("lxzk02")
    #expect(majority.health.verdict == .unknown)
    // Whoever leads may be the one that was not asked.
    var leader = HealthSample()
    leader.kill("lxzk01")
    #expect(leader.health.verdict == .unknown)
    var all = HealthSample()
    for node in all.nodes { all.kill(node.name.description) }
    #expect(all.health.verdict == .unknown)
    #expect(ClusterHealth([:], nodes: all.nodes, version: all.version).verdict == .unknown)
    var agent = HealthSample()
    agent.kill("lxb002")
    #expect(agent.health.verdict == .degraded)
  }

  @Test func verdictsHaveTheExitCodesOfStatus() {
    #expect(ClusterHealth.Verdict.healthy.exitStatus == .success)
    #expect(ClusterHealth.Verdict.degraded.exitStatus == .degraded)
    #expect(ClusterHealth.Verdict.down.exitStatus == .down)
    #expect(ClusterHealth.Verdict.unknown.exitStatus == .unknown)
  }

  @Test func unitsByTheirDuty() {
    let daemon = DCOSUnit("dcos-net.service")
    let triggered = DCOSUnit("dcos-signal.service", .onDemand)
    func state(
      _ unit: DCOSUnit, _ active: String, _ sub: String = "x", status: Int? = 0,
      load: String = "loaded"
    ) -> HealthState {
      HealthEvaluator.observation(
        of: unit, UnitState(load: load, active: active, sub: sub, mainStatus: status)
      ).state
    }
    #expect(state(daemon, "active") == .ok)
    for active in ["inactive", "activating", "deactivating", "failed"] {
      #expect(state(daemon, active) == .fail)
    }
    #expect(state(daemon, "active", load: "not-found") == .fail)
    #expect(state(triggered, "inactive", load: "masked") == .fail)
    #expect(state(triggered, "inactive") == .ok)
    #expect(state(triggered, "inactive", status: nil) == .ok)
    #expect(state(triggered, "activating") == .ok)
    #expect(state(triggered, "inactive", status: 1) == .warn)
    #expect(state(triggered, "activating", "auto-restart") == .warn)
    #expect(state(triggered, "failed") == .warn)
    #expect(state(daemon, "of no known kind") == .unknown)
  }

  @Test func aFailedUnitFailsItsComponent() throws {
    for (unit, component) in [
      ("dcos-exhibitor.service", HealthComponent.exhibitor),
      ("dcos-net-watchdog.service", .dnsForwarder), ("dcos-cosmos.service", .otherUnits),
      ("dcos-gen-resolvconf.timer", .dnsForwarder), ("dcos-metronome.service", .jobs),
    ] {
      var sample = HealthSample()
      sample.change("lxzk02") {
        $0.units[unit] = UnitState(
          load: "loaded", active: "activating", sub: "auto-restart", mainStatus: 3)
      }
      #expect(sample.health.firstCause?.component == component, "\(unit)")
      sample.change("lxzk02") { $0.units[unit] = nil }
      #expect(sample.health.nodes[1][component]?.state == .unknown, "\(unit)")
    }
  }

  @Test func dnsAndChecks() throws {
    var deaf = HealthSample()
    deaf.change("lxb001") { $0.dns = .init(status: 9, text: ";; connection timed out\n") }
    #expect(deaf.health.firstCause?.description == "dns-forwarder on lxb001")
    deaf.change("lxb001") { $0.dns = .init(status: 0, text: "\n") }
    #expect(deaf.health.verdict == .degraded)
    let text =
      #"{"status":2,"checks":{"clock_sync":{"status":2,"output":"Time is not synchronized"}}}"#
    for (status, state) in [
      (1, HealthState.warn), (2, .fail), (3, .unknown), (127, .unknown), (124, .warn),
    ] {
      var sample = HealthSample()
      sample.change("lxzk01") { $0.checks = .init(status: status, text: text) }
      let component = sample.health.nodes[0][.nodeChecks]
      #expect(component?.state == state)
      if status == 2 { #expect(component?.evidence == "clock_sync: Time is not synchronized") }
    }
  }

  @Test func aBareNodeFailsEverywhere() {
    var sample = HealthSample()
    sample.change("lxb003") { $0.installation = InstallationRecord(state: "absent") }
    #expect(sample.health.verdict == .degraded)
    #expect(sample.health.summary.contains("DC/OS is not installed"))
  }

  @Test func tornOutputIsNoReading() {
    let node = Samples.spec.nodes(.master)[0]
    let output = HealthSample.output(node, DCOSVersion(1, 11, 2), leads: true)
    for record in ["installation", "end"] {
      let lines = output.standardOutput.split(separator: "\n").filter {
        !$0.contains("\"record\":\"\(record)\"")
      }
      let result = CommandResult(
        status: .exited(0), standardOutput: lines.joined(separator: "\n") + "\n")
      #expect(throws: ForgeError.self, "\(record)") { try HealthReport(result, on: node.name) }
    }
    // A probe that is missing leaves its component unknown.
    let lines = output.standardOutput.split(separator: "\n").filter { !$0.contains("/v2/leader") }
    var sample = HealthSample()
    sample.seen[node.name]?.reading = HealthSample.read(
      CommandResult(status: .exited(0), standardOutput: lines.joined(separator: "\n")), node)
    #expect(sample.health.nodes[0][.marathon]?.state == .unknown)
    #expect(sample.health.verdict == .degraded)
  }

  /// What had not ended in time leaves its own check unknown, and nothing else.
  @Test(arguments: [
    ("units", HealthComponent.otherUnits), ("disk", .disk), ("clock", .clock), ("time", .clock),
    ("dns", .dnsForwarder),
    ("zookeeper", .exhibitor), ("detect", .address),
  ])
  func whatHangsIsUnknown(_ record: String, _ component: HealthComponent) throws {
    let node = Samples.spec.nodes(.master)[0]
    let output = HealthSample.output(node, DCOSVersion(1, 11, 2), leads: true).standardOutput
    let lines = output.split(separator: "\n").filter { !$0.contains("\"record\":\"\(record)\"") }
    var sample = HealthSample()
    sample.seen[node.name]?.reading = HealthSample.read(
      CommandResult(status: .exited(0), standardOutput: lines.joined(separator: "\n")), node)
    #expect(sample.health.nodes[0][component]?.state == .unknown)
    #expect(sample.health.verdict != .healthy && sample.health.firstCause == nil)
  }
}
