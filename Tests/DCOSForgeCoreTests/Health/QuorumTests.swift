@testable import ForgeModel
@testable import ForgeNodeProtocol
@testable import ForgeHealth
import Testing

@testable import DCOSForgeCore

@Suite struct ZooKeeperAnswerTests {
  static let srvr = """
    Zookeeper version: 3.4.10-39d3a4f269333c922ed3db283be479f9deacaa0f, built on 03/23/2017 10:13 \
    GMT
    Latency min/avg/max: 0/0/11
    Received: 34
    Sent: 33
    Connections: 1
    Outstanding: 0
    Zxid: 0x100000003
    Mode: follower
    Node count: 4

    """

  @Test func answersOfServers() {
    func answer(_ text: String, status: Int = 0, error: String = "") -> ZooKeeperAnswer {
      ZooKeeperAnswer(.init(server: "10.1.1.49", status: status, text: text, error: error))
    }
    #expect(answer(Self.srvr) == .serving(.follower, zxid: "0x100000003"))
    #expect(
      answer(Self.srvr.replacing("follower", with: "leader"))
        == .serving(.leader, zxid: "0x100000003"))
    #expect(answer("This ZooKeeper instance is not currently serving requests\n") == .notServing)
    // Alive says nothing of a quorum; neither does half an answer, nor a part not known to us.
    #expect(answer("imok").mode == nil)
    #expect(answer("Zxid: 0x1\nMode: observer\n").mode == nil)
    #expect(answer(Self.srvr, status: 124).mode == nil)
    #expect(answer("", status: 124) == .unreachable("no answer in time"))
    let refused = "_: connect: Connection refused\n_: line 1: /dev/tcp/x/2181: Connection refused"
    #expect(answer("", status: 1, error: refused) == .unreachable("connection refused"))
    #expect(
      answer("", status: 1, error: "bash: /dev/tcp/10.1.1.50/2181: No route to host")
        == .unreachable("No route to host"))
    #expect(answer("") == .unreachable("closed without an answer"))
    #expect(answer("HTTP/1.1 400 Bad Request") == .garbled("HTTP/1.1 400 Bad Request"))
  }

  @Test func answersOfExhibitor() {
    let text =
      #"[{"code":3,"description":"serving","hostname":"10.1.1.50","isLeader":true},"#
      + #"{"code":1,"hostname":"10.1.1.49"}]"#
    #expect(
      ExhibitorAnswer(HTTPReading(url: "x", text: text))
        == .servers([
          .init(hostname: "10.1.1.49", code: 1, description: "code 1", isLeader: false),
          .init(hostname: "10.1.1.50", code: 3, description: "serving", isLeader: true),
        ]))
    for reading in [
      HTTPReading(status: 7, http: 0, url: "x"), HTTPReading(http: 500, url: "x"),
      HTTPReading(url: "x", text: "<html>"), HTTPReading(url: "x", text: #"{"a":1}"#),
    ] {
      guard case .failed = ExhibitorAnswer(reading) else {
        Issue.record("\(reading) was taken for an answer")
        continue
      }
    }
  }

  @Test func aReadingOfOneMaster() throws {
    var lines = NodeReport.line("observer", QuorumReport.ObserverRecord(address: "10.1.1.49"))
    lines += NodeReport.line(
      "zookeeper", ZooKeeperAnswer.Record(server: "10.1.1.49", text: Self.srvr))
    lines += NodeReport.line("zookeeper", ZooKeeperAnswer.Record(server: "10.1.1.50", status: 124))
    let reading = try QuorumReport(
      CommandResult(status: .exited(0), standardOutput: lines + NodeReport.end),
      on: Samples.name("lxzk01"))
    #expect(reading.observer == Samples.address("10.1.1.49"))
    #expect(reading.servers[Samples.address("10.1.1.49")]?.mode == .follower)
    #expect(reading.exhibitor == .failed("was not asked"))
    #expect(throws: ForgeError.self) {
      try QuorumReport(
        CommandResult(status: .exited(0), standardOutput: lines), on: Samples.name("lxzk01"))
    }
  }
}

/// An ensemble as masters would see it, for tests to spoil.
struct QuorumSample {
  var masters = Samples.spec.nodes(.master)
  var round = QuorumRound([:])

  init(masters count: Int = 3, leader: Int = 1) {
    masters = (0..<count).map { index in
      NodeSpec(
        name: Samples.name("lxzk0\(index + 1)"), role: .master,
        address: Samples.must(IPv4Address("10.1.1.\(49 + index)")))
    }
    for master in masters {
      var servers: [IPv4Address: ZooKeeperAnswer] = [:]
      var listed: [ExhibitorAnswer.Server] = []
      for (index, server) in masters.enumerated() {
        let mode: ZooKeeperAnswer.Mode =
          count == 1 ? .standalone : index == leader ? .leader : .follower
        servers[server.address] = .serving(mode, zxid: "0x1")
        listed.append(
          .init(
            hostname: server.address.description, code: 3, description: "serving",
            isLeader: index == leader || count == 1))
      }
      round.readings[master.name] = .success(
        QuorumReport(observer: master.address, servers: servers, exhibitor: .servers(listed)))
    }
  }

  mutating func change(_ observer: Int, _ body: (inout QuorumReport) -> Void) {
    let name = masters[observer].name
    guard case .success(var reading)? = round.readings[name] else { return }
    body(&reading)
    round.readings[name] = .success(reading)
  }

  mutating func set(_ answer: ZooKeeperAnswer, of server: Int, seenBy observers: [Int]) {
    let address = masters[server].address
    for observer in observers { change(observer) { $0.servers[address] = answer } }
  }

  mutating func exhibitor(
    of observer: Int, _ body: (inout [ExhibitorAnswer.Server]) -> Void
  ) {
    change(observer) { reading in
      guard case .servers(var servers) = reading.exhibitor else { return }
      body(&servers)
      reading.exhibitor = .servers(servers)
    }
  }

  var evaluation: QuorumEvaluation { QuorumEvaluation(round, masters: masters) }
  var reasons: [String] {
    guard case .notYet(let reasons) = evaluation else { return [] }
    return reasons.map(\.description)
  }
}

@Suite struct QuorumEvaluationTests {
  @Test(arguments: [1, 3, 5]) func aWholeEnsembleIsProved(_ count: Int) {
    let leader = count == 1 ? 0 : 1
    guard
      case .proved(let name, let evidence) = QuorumSample(masters: count, leader: leader).evaluation
    else {
      Issue.record("not proved")
      return
    }
    #expect(name.description == "lxzk0\(leader + 1)")
    #expect(evidence.count == count)
    #expect(evidence[0].hasPrefix("lxzk01 (10.1.1.49): ZooKeeper "))
  }

  /// The port is blocked towards one master: it sees itself, the others do not see it.
  @Test func aBlockedMasterIsNamedFirst() {
    var sample = QuorumSample()
    sample.set(.unreachable("no answer in time"), of: 2, seenBy: [0, 1])
    sample.exhibitor(of: 0) { $0[2].code = 1 }
    #expect(
      sample.reasons.first
        == "lxzk03: ZooKeeper on 10.1.1.51 not reached on port 2181 (no answer in time), "
        + "as seen from lxzk01, lxzk02")
  }

  /// The others have not found each other yet: they wait, and each sees both waiting.
  @Test func aBlockedMasterIsNamedBeforeThoseThatWait() {
    var sample = QuorumSample()
    for waiting in [0, 2] { sample.set(.notServing, of: waiting, seenBy: [0, 1, 2]) }
    sample.set(.unreachable("no answer in time"), of: 1, seenBy: [0, 1, 2])
    #expect(sample.reasons.first?.hasPrefix("lxzk02: ZooKeeper on 10.1.1.50 not reached") == true)
    #expect(sample.reasons[1].hasPrefix("lxzk01: ZooKeeper on 10.1.1.49 running without"))
  }

  @Test func everySingleFlawShutsTheGate() {
    var flaws: [(String, (inout QuorumSample) -> Void)] = []
    flaws.append(("unread", { $0.round.readings[$0.masters[2].name] = nil }))
    flaws.append(
      (
        "unreachable",
        { $0.round.readings[$0.masters[0].name] = .failure(ForgeError(.unreachable, "no answer")) }
      ))
    flaws.append(("wrong node", { $0.change(1) { $0.observer = Samples.address("10.1.1.51") } }))
    flaws.append(("no own address", { $0.change(1) { $0.observer = nil } }))
    flaws.append(("not asked", { $0.change(1) { $0.servers[Samples.address("10.1.1.49")] = nil } }))
    flaws.append(("not serving", { $0.set(.notServing, of: 2, seenBy: [0, 1, 2]) }))
    flaws.append(
      ("standalone", { $0.set(.serving(.standalone, zxid: ""), of: 2, seenBy: [0, 1, 2]) }))
    flaws.append(
      ("two leaders", { $0.set(.serving(.leader, zxid: ""), of: 2, seenBy: [0, 1, 2]) }))
    flaws.append(
      ("no leader", { $0.set(.serving(.follower, zxid: ""), of: 1, seenBy: [0, 1, 2]) }))
    flaws.append(
      (
        "the leader moves within the round",
        { sample in
          sample.set(.serving(.follower, zxid: ""), of: 1, seenBy: [2])
          sample.set(.serving(.leader, zxid: ""), of: 0, seenBy: [2])
          sample.exhibitor(of: 2) { ($0[0].isLeader, $0[1].isLeader) = (true, false) }
        }
      ))
    flaws.append(("Exhibitor silent", { $0.change(0) { $0.exhibitor = .failed("HTTP 500") } }))
    flaws.append(("Exhibitor lists fewer", { $0.exhibitor(of: 0) { $0.removeLast() } }))
    flaws.append(("Exhibitor lists more", { $0.exhibitor(of: 1) { $0.append($0[0]) } }))
    flaws.append(
      ("Exhibitor lists others", { $0.exhibitor(of: 1) { $0[0].hostname = "10.1.1.9" } }))
    flaws.append(("Exhibitor: down", { $0.exhibitor(of: 2) { $0[0].code = 1 } }))
    flaws.append(("Exhibitor: nobody leads", { $0.exhibitor(of: 2) { $0[1].isLeader = false } }))
    flaws.append(
      (
        "Exhibitor: another leads",
        {
          $0.exhibitor(of: 2) { ($0[0].isLeader, $0[1].isLeader) = (true, false) }
        }
      ))
    flaws.append(("Exhibitor: two lead", { $0.exhibitor(of: 2) { $0[0].isLeader = true } }))
    for (name, spoil) in flaws {
      var sample = QuorumSample()
      spoil(&sample)
      #expect(!sample.reasons.isEmpty, "\(name)")
    }
  }

  @Test func noMastersAndLoneLeadersProveNothing() {
    #expect(QuorumEvaluation(QuorumRound([:]), masters: []) != .notYet([]))
    guard case .notYet = QuorumEvaluation(QuorumRound([:]), masters: []) else {
      Issue.record("proved by nobody")
      return
    }
    // A single master that leads or follows belongs to an ensemble that was not planned.
    var sample = QuorumSample(masters: 1)
    sample.set(.serving(.leader, zxid: ""), of: 0, seenBy: [0])
    #expect(!sample.reasons.isEmpty)
  }

  @Test func theRuleSaysWhyAllMastersAreAwaited() {
    #expect(QuorumEvaluation.rule(for: DCOSVersion(1, 11, 2)).contains("before all masters serve"))
    #expect(QuorumEvaluation.rule(for: DCOSVersion(2, 0, 6)).contains("majority"))
    #expect(QuorumEvaluation.rule(for: DCOSVersion(2, 2, 0)).contains("its own ZooKeeper"))
  }

  /// Against thousands of random rounds: proved exactly when a second reading of the definition,
  /// written without looking at the first, says so.
  @Test func neverProvedUnlessTheDefinitionHolds() {
    var random = SeededNumbers(seed: 20_260_101)
    var proved = 0
    for _ in 0..<3_000 {
      var sample = QuorumSample(
        masters: [1, 3, 5][random.below(3)], leader: 0)
      for _ in 0..<random.below(4) { spoil(&sample, &random) }
      let isProved = sample.reasons.isEmpty
      #expect(isProved == holds(sample))
      if isProved { proved += 1 }
    }
    // Both outcomes are exercised.
    #expect((300...2_700).contains(proved))
  }

  private func spoil(_ sample: inout QuorumSample, _ random: inout SeededNumbers) {
    let count = sample.masters.count
    let (observer, server) = (random.below(count), random.below(count))
    let answers: [ZooKeeperAnswer] = [
      .serving(.leader, zxid: "0x2"), .serving(.follower, zxid: "0x2"),
      .serving(.standalone, zxid: "0x2"), .notServing, .unreachable("x"), .garbled("x"),
    ]
    switch random.below(8) {
    case 0, 1:
      sample.set(answers[random.below(answers.count)], of: server, seenBy: [observer])
    case 2:
      // A whole, other truth: everybody sees another leader.
      for index in 0..<count where count > 1 {
        sample.set(
          .serving(index == server ? .leader : .follower, zxid: ""), of: index,
          seenBy: Array(0..<count))
      }
      for index in 0..<count where count > 1 {
        sample.exhibitor(of: index) { servers in
          for each in servers.indices {
            servers[each].isLeader = servers[each].hostname == "10.1.1.\(49 + server)"
          }
        }
      }
    case 3:
      sample.exhibitor(of: observer) { servers in
        guard !servers.isEmpty else { return }
        servers[random.below(servers.count)].code = random.below(4)
      }
    case 4:
      sample.exhibitor(of: observer) { servers in
        guard !servers.isEmpty else { return }
        servers[random.below(servers.count)].isLeader.toggle()
      }
    case 5: sample.exhibitor(of: observer) { if !$0.isEmpty { $0.removeLast() } }
    case 6: sample.change(observer) { $0.observer = nil }
    default: sample.round.readings[sample.masters[observer].name] = nil
    }
  }

  /// The definition, written a second time.
  private func holds(_ sample: QuorumSample) -> Bool {
    let addresses = sample.masters.map(\.address)
    var leaders: [String] = []
    for master in sample.masters {
      guard case .success(let reading)? = sample.round.readings[master.name],
        reading.observer == master.address, case .servers(let listed) = reading.exhibitor,
        listed.count == addresses.count
      else { return false }
      for address in addresses {
        let entries = listed.filter { $0.hostname == "\(address)" }
        guard entries.count == 1, entries[0].code == 3 else { return false }
        switch (reading.servers[address]?.mode, addresses.count) {
        case (.standalone?, 1): leaders.append("\(address)")
        case (.leader?, 2...): leaders.append("\(address)")
        case (.follower?, 2...): break
        default: return false
        }
      }
      leaders += listed.filter(\.isLeader).map(\.hostname)
    }
    // Each master names the leader twice, by ZooKeeper and by Exhibitor, and all name the same one.
    return leaders.count == 2 * addresses.count && Set(leaders).count == 1
  }
}

@Suite struct QuorumGateTests {
  @Test func threeGoodRoundsInARowOpenTheGate() {
    let good = QuorumSample()
    var gate = QuorumGate(masters: good.masters)
    #expect(gate.feed(good.round) == .awaiting(good: 1, seen: []))
    #expect(gate.feed(good.round) == .awaiting(good: 2, seen: []))
    guard case .open(let leader, let evidence) = gate.feed(good.round) else {
      Issue.record("still shut")
      return
    }
    #expect(leader.description == "lxzk02" && evidence.count == 3)
  }

  @Test func oneBadRoundBeginsTheCountAgain() {
    let good = QuorumSample()
    var bad = good
    bad.set(.notServing, of: 0, seenBy: [0, 1, 2])
    var gate = QuorumGate(masters: good.masters)
    for _ in 0..<2 { _ = gate.feed(good.round) }
    guard case .awaiting(good: 0, let seen) = gate.feed(bad.round) else {
      Issue.record("the bad round counted")
      return
    }
    #expect(seen.first?.master == Samples.name("lxzk01"))
    for count in 1...2 { #expect(gate.feed(good.round) == .awaiting(good: count, seen: [])) }
  }

  @Test func anotherLeaderBeginsTheCountAgain() {
    let (one, other) = (QuorumSample(leader: 1), QuorumSample(leader: 2))
    var gate = QuorumGate(masters: one.masters)
    for round in [one, one, other, other, one, one] {
      guard case .awaiting = gate.feed(round.round) else {
        Issue.record("opened on changing leaders")
        return
      }
    }
    guard case .open = gate.feed(one.round) else {
      Issue.record("still shut")
      return
    }
  }
}
