@testable import ForgeModel
@testable import ForgeDCOS
@testable import ForgeNodeProtocol
@testable import ForgeHealth
import Testing

@testable import DCOSForgeCore

/// The checks of the node under DC/OS: each failure planted, and what follows from it.
@Suite struct HostHealthTests {
  private func part(
    _ health: ClusterHealth, _ node: String, _ component: HealthComponent
  ) -> ComponentHealth? {
    health.nodes.first { $0.node == Samples.name(node) }?[component]
  }

  private func off(_ state: NodeObservation.Machine) -> HealthSample {
    var sample = HealthSample()
    sample.kill("lxzk02")
    sample.seen[Samples.name("lxzk02")]?.machine = state
    return sample
  }

  @Test(arguments: [
    (NodeObservation.Machine.domain(.shutoff), "shutoff"), (.domain(.paused), "paused"),
    (.domain(.crashed), "crashed"), (.absent, "gone"),
  ])
  func aMachineThatDoesNotRun(_ state: NodeObservation.Machine, _ word: String) throws {
    let health = off(state).health
    #expect(health.verdict == .degraded)
    #expect(health.firstCause?.description == "machine on lxzk02")
    #expect(health.summary.contains(word))
    // SSH is no fault of its own then, and everything inside waits.
    for part in health.nodes[1].components.dropFirst() {
      #expect(part.state == .unknown && part.waitsOn == health.firstCause, "\(part)")
    }
  }

  @Test func twoMastersOffAreALostQuorum() {
    var sample = off(.domain(.shutoff))
    sample.kill("lxzk03")
    sample.seen[Samples.name("lxzk03")]?.machine = .absent
    #expect(sample.health.verdict == .down)
    // Out of reach is not off: whether they serve is not known.
    var unread = HealthSample()
    unread.kill("lxzk02")
    unread.kill("lxzk03")
    #expect(unread.health.verdict == .unknown)
  }

  @Test func aHypervisorThatCannotBeAskedLeavesMachinesUnknown() {
    var sample = HealthSample()
    for node in sample.nodes { sample.seen[node.name]?.machine = .unknown("no libvirtd") }
    #expect(sample.health.verdict == .degraded && sample.health.firstCause == nil)
  }

  @Test func aForeignDomainIsAFault() {
    var sample = HealthSample()
    sample.seen[Samples.name("lxb001")]?.machine = .foreign
    #expect(sample.health.firstCause?.description == "machine on lxb001")
  }

  @Test func anotherAddressIsTheCauseOfAClosedDoor() {
    var sample = HealthSample()
    sample.kill("lxb002")
    sample.seen[Samples.name("lxb002")]?.knownAddresses = [Samples.address("10.1.1.77")]
    #expect(sample.health.firstCause?.description == "address on lxb002")
    #expect(sample.health.summary.contains("planned 10.1.1.14, the machine is at 10.1.1.77"))
    #expect(part(sample.health, "lxb002", .ssh)?.waitsOn == sample.health.firstCause)
    // The nodes that have met it know as well.
    sample.seen[Samples.name("lxb002")]?.knownAddresses = []
    let mac = Samples.must(sample.nodes.first { $0.name == Samples.name("lxb002") }).mac
    sample.change("lxzk01") {
      $0.neighbours = ["10.1.1.78 dev eth0 lladdr \(mac) REACHABLE", "10.1.1.79 dev eth0 PROBE"]
        .compactMap { HealthReport.Neighbour($0) }
    }
    #expect(sample.health.summary.contains("planned 10.1.1.14, the machine is at 10.1.1.78"))
    // An old entry beside the planned one accuses nobody.
    sample.seen[Samples.name("lxb002")]?.knownAddresses = [Samples.address("10.1.1.14")]
    #expect(sample.health.firstCause?.description == "ssh on lxb002")
    sample.change("lxzk01") { $0.neighbours = [] }
    // Known under the planned address, the door itself is the fault.
    sample.seen[Samples.name("lxb002")]?.knownAddresses = [Samples.address("10.1.1.14")]
    #expect(sample.health.firstCause?.description == "ssh on lxb002")
  }

  @Test(arguments: [
    (HealthReport.OutcomeRecord(text: "10.1.1.77\n"), "gives \"10.1.1.77\""),
    (.init(text: "10.1.1.50\n10.1.1.77\n"), "instead of 10.1.1.50"),
    (.init(text: ""), "gives \"\""),
    (.init(status: 3, error: "no route"), "fails with 3: no route"),
  ])
  func aWrongDetectIP(_ run: HealthReport.OutcomeRecord, _ seen: String) {
    var sample = HealthSample()
    sample.change("lxzk02") { $0.detected = run }
    #expect(sample.health.firstCause?.description == "address on lxzk02")
    #expect(sample.health.summary.contains(seen), "\(sample.health.summary)")
  }

  @Test func addressesThatTheGuestAndExhibitorReport() {
    var guest = HealthSample()
    guest.change("lxb001") { $0.addresses = [Samples.address("10.1.1.99")] }
    #expect(guest.health.summary.contains("no interface has 10.1.1.13"))
    var listed = HealthSample()
    listed.answer("lxzk01", .exhibitor) {
      $0.text = #"[{"hostname":"10.1.1.99","code":3,"description":"serving"}]"#
    }
    #expect(listed.health.summary.contains("Exhibitor lists 10.1.1.99, not 10.1.1.49"))
  }

  @Test func anUnsynchronisedClock() {
    var sample = HealthSample()
    sample.change("lxzk03") {
      $0.clock = ClockRecord(isSynchronised: false, errorMilliseconds: 16000, source: "nothing")
    }
    #expect(sample.health.firstCause?.description == "clock on lxzk03")
    sample.change("lxzk03") {
      $0.clock = ClockRecord(isSynchronised: true, errorMilliseconds: 101, source: "chronyd")
    }
    #expect(sample.health.summary.contains("too inaccurate, error 101 ms"))
    // The cluster's own time server.
    var server = HealthSample()
    server.change("lxcm02") {
      $0.clock = ClockRecord(
        isSynchronised: false, errorMilliseconds: 16000, source: ClockRecord.local)
    }
    #expect(server.health.verdict == .healthy)
  }

  /// The readings' own duration is no difference of clocks.
  @Test(
    arguments: [
      (10_000, "at least 9.0 s ahead of"), (-10_000, "at least 9.0 s behind"),
      (2_100, "1.1 s ahead"), (1_500, nil),
      (-1_500, nil), (0, nil),
    ] as [(Int64, String?)])
  func aClockThatIsOff(_ ahead: Int64, _ seen: String?) {
    var sample = HealthSample()
    sample.change("lxb003") {
      $0.time = .init(began: 1500 + ahead, ended: 2500 + ahead)
    }
    if let seen {
      #expect(sample.health.firstCause?.description == "clock on lxb003")
      #expect(sample.health.nodes[5][.clock]?.evidence.contains(seen) == true)
    } else {
      #expect(sample.health.verdict == .healthy)
    }
  }

  @Test func withTwoNodesNobodyKnowsWhichClockIsRight() {
    var sample = HealthSample()
    for name in ["lxcm02", "lxzk02", "lxzk03", "lxb001", "lxb002"] { sample.kill(name) }
    sample.change("lxb003") { $0.time = .init(began: 99_000, ended: 99_500) }
    #expect(part(sample.health, "lxb003", .clock)?.state == .ok)
  }

  @Test(arguments: [
    ("/ 1000 0 1000 500 xfs", HealthState.fail), ("/ 1000 10 1000 500 xfs", .fail),
    ("/ 1000 11 1000 500 xfs", .warn), ("/ 1000 50 1000 500 xfs", .warn),
    ("/ 1000 51 1000 500 xfs", .ok), ("/ 1000 500 1000 0 ext4", .fail),
    ("/ 1000 500 0 0 btrfs", .ok), ("/ 1000 500 9 9 x\n/var/lib 100 0 9 9 x", .fail),
  ])
  func room(_ text: String, _ state: HealthState) {
    var sample = HealthSample()
    sample.change("lxzk02") {
      $0.disks = text.split(separator: "\n").compactMap { HealthReport.FileSystem($0) }
    }
    #expect(part(sample.health, "lxzk02", .disk)?.state == state)
  }

  @Test func dockerThatIsStoppedOrStuck() {
    var stopped = HealthSample()
    stopped.change("lxb001") {
      $0.units["docker.service"] = UnitState(load: "loaded", active: "inactive", sub: "dead")
      $0.probes[.mesosAgent]?.http = 500
    }
    #expect(stopped.health.firstCause?.description == "docker on lxb001")
    #expect(part(stopped.health, "lxb001", .mesosAgent)?.waitsOn == stopped.health.firstCause)
    var stuck = HealthSample()
    stuck.change("lxb001") { $0.docker = .init(status: 28, error: "curl: (28) timed out") }
    #expect(stuck.health.summary.contains("timed out"))
    stuck.change("lxb001") { $0.docker = nil }
    #expect(part(stuck.health, "lxb001", .docker)?.state == .unknown)
    // A node without curl: systemd's word counts.
    stuck.change("lxb001") { $0.docker = .init(status: 127) }
    #expect(stuck.health.verdict == .healthy)
  }

  @Test(arguments: [
    ("-A INPUT -p tcp -m tcp --dport 2888:3888 -j DROP", HealthState.fail),
    ("-A INPUT -s 10.1.1.49/32 -p tcp -m multiport --dports 2181,2888 -j DROP", .fail),
    ("-A OUTPUT -p tcp -m tcp --dport 5050 -j REJECT --reject-with tcp-reset", .fail),
    ("-A INPUT -j REJECT --reject-with icmp-host-prohibited", .fail),
    ("-A INPUT -p tcp -m tcp --dport 3306 -j DROP", .ok),
    ("-A INPUT -p icmp -j DROP", .ok), ("-A INPUT -m conntrack --ctstate INVALID -j DROP", .ok),
    ("-A INPUT -s 127.0.0.0/8 -j DROP", .ok), ("-A INPUT ! -s 10.1.1.0/24 -j DROP", .ok),
    ("-A INPUT -p tcp --dport 2181 -j ACCEPT", .ok), ("-A FORWARD -j DROP", .ok),
    (
      "-A INPUT -s 10.1.1.0/24 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-port-unreachable",
      .ok
    ),
    ("-A INPUT -s 192.168.7.9/32 -j ACCEPT\n-A INPUT -j DROP", .fail),
    ("-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP", .fail),
    ("-A INPUT -j cali-INPUT\n-A INPUT -j DROP", .warn), ("-A INPUT -j cali-INPUT", .ok),
    ("-A INPUT -j DROP\n-A INPUT -j cali-INPUT", .fail),
    ("-A INPUT -i lo -j ACCEPT\n-A INPUT -j DROP", .fail),
    ("-P INPUT DROP", .warn), ("-A INPUT -p tcp --dport x:y -j DROP", .ok),
  ])
  func filterRules(_ rule: String, _ state: HealthState) {
    var sample = HealthSample()
    sample.change("lxzk02") { $0.filter?.text += rule + "\n" }
    #expect(part(sample.health, "lxzk02", .firewall)?.state == state)
  }

  @Test func theRestOfThePicture() {
    var sample = HealthSample()
    sample.change("lxzk02") {
      $0.units["firewalld.service"] = UnitState(load: "loaded", active: "active", sub: "running")
    }
    #expect(sample.health.summary.contains("firewalld runs"))
    var chains = HealthSample()
    chains.change("lxb001") { $0.filter = .init(text: "-P INPUT ACCEPT\n") }
    #expect(part(chains.health, "lxb001", .firewall)?.evidence.contains("chains are gone") == true)
    chains.change("lxb001") { $0.filter = nil }
    #expect(part(chains.health, "lxb001", .firewall)?.state == .warn)
    #expect(chains.health.verdict == .healthy)
  }

  @Test func silenceBetweenMasters() {
    var sample = HealthSample()
    sample.change("lxzk02") { reading in
      reading.zooKeeper = .notServing
      reading.knocks = [2181, 2888, 3888].map {
        .init(server: "10.1.1.49", port: $0, status: $0 == 2181 ? 0 : 124)
      }
    }
    #expect(sample.health.firstCause?.description == "firewall on lxzk02")
    #expect(
      sample.health.summary.contains("nothing comes back from 10.1.1.49 on TCP 2888, 3888"))
    #expect(part(sample.health, "lxzk02", .exhibitor)?.waitsOn == sample.health.firstCause)
    // A peer that is silent everywhere may just be off, and a refusal is an answer.
    sample.change("lxzk02") { reading in
      reading.knocks =
        [2181, 3888].map { .init(server: "10.1.1.49", port: $0, status: 124) }
        + [.init(server: "10.1.1.51", port: 3888, status: 1, error: "Connection refused")]
    }
    #expect(sample.health.firstCause?.description == "exhibitor on lxzk02")
  }

  /// A full disk does not explain a firewall, nor one agent another.
  @Test func whatExplainsWhat() {
    #expect(HealthComponent.disk.explains(.docker) && !HealthComponent.disk.explains(.firewall))
    #expect(HealthComponent.clock.explains(.exhibitor) && !HealthComponent.clock.explains(.disk))
    #expect(HealthComponent.docker.explains(.mesosAgent))
    #expect(!HealthComponent.docker.explains(.exhibitor))
    #expect(HealthComponent.machine.explains(.clock) && !HealthComponent.ssh.explains(.address))
    var sample = HealthSample()
    sample.kill("lxb001")
    sample.change("lxb002") { $0.docker = .init(status: 7) }
    #expect(sample.health.firstCause?.description == "ssh on lxb001")
    #expect(part(sample.health, "lxb002", .docker)?.waitsOn == nil)
  }

  @Test func theBootstrapNodeComesLast() {
    var sample = HealthSample()
    sample.kill("lxcm02")
    sample.change("lxb003") { $0.disks = [] }
    #expect(sample.health.verdict == .degraded)
    #expect(sample.health.firstCause?.description == "ssh on lxcm02")
    sample.kill("lxb003")
    #expect(sample.health.firstCause?.description == "ssh on lxb003")
    #expect(sample.health.nodes.last?.node == Samples.name("lxcm02"))
  }
}
