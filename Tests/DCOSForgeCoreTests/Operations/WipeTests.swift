@testable import ForgeNodeProtocol
@testable import ForgePorts
@testable import ForgePlanning
@testable import ForgeSupport
@testable import ForgeSimulation
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// Reimaging on the simulated cluster.
@Suite struct WipeTests {
  @Test func forceTakesTwoMastersAtOnce() throws {
    let bench = Bench(seed: 71)
    try bench.up()
    #expect(throws: ForgeError.self) { try bench.wipe(["lxzk01", "lxzk02"]) }
    #expect(try bench.wipe(["lxzk01", "lxzk02"], force: true).status == .success)
    #expect(try bench.mark("lxzk01").generation == 2 && bench.mark("lxzk02").generation == 2)
    #expect(try bench.mark("lxzk03").generation == 1)
  }

  /// `virt-clone` copies the mark with everything else.
  @Test func aCopyOfAMachineIsNotOurs() throws {
    let bench = Bench(seed: 72)
    try bench.up(until: .machines)
    let copy = DomainRecord(
      name: "copy", uuid: "f0f0f0f0-0000-4000-8000-0000000000aa", state: .running,
      mark: try bench.mark("lxb001"))
    bench.cluster.plantForeign(domain: copy)
    #expect(try bench.wipe(["lxb001"]).status == .success)
    try bench.destroy()
    #expect(bench.cluster.state.domainRecords == [copy])
  }

  /// The domain's mark is what a later run finds it by: it goes after the volumes.
  @Test(arguments: 1...6) func aKilledDepartureLeavesNothing(_ point: Int) throws {
    var bench = Bench(seed: 74)
    try bench.up()
    bench.spec.nodes.removeAll { $0.name == Samples.name("lxb003") }
    let (cluster, wanted) = (bench.cluster, bench.wanted)
    let end = cluster.state.changes + point
    #expect(throws: Simulation.Failure.self) {
      try UpTests.up(on: cluster, wanted: wanted, killAtChanges: end)
    }
    try bench.up()
    let volumes = bench.volumes
    #expect(volumes.contains("lxb002-1.qcow2"))
    #expect(volumes.filter { $0.hasPrefix("lxb003-") } == [])
  }

  /// What left the file goes only when everything else is well.
  @Test func aDepartureWaitsForTheRest() throws {
    var bench = Bench(seed: 75)
    try bench.up()
    bench.spec.nodes.removeAll { $0.name == Samples.name("lxb003") }
    bench.cluster.plant(.neverBoots(Samples.name("lxb001")))
    _ = bench.ring.renew([Samples.name("lxb001"): 1])
    #expect(try bench.up().status == .timeout)
    #expect(try bench.mark("lxb003").generation == 1)
  }

  /// A domain that another run defines while we remove is reported.
  @Test func destroyLooksAgain() throws {
    let bench = Bench(seed: 76)
    try bench.up(until: .machines)
    let (spec, own) = (bench.spec, bench.cluster.state.domainRecords[0])
    _ = try Simulation.run(on: bench.cluster) { cluster in
      async let intruder: Void = {
        while !cluster.state.poolRecords.isEmpty {
          try await cluster.clock.sleep(for: .milliseconds(1))
        }
        cluster.plantForeign(domain: own)
      }()
      let error = await #expect(throws: ForgeError.self) {
        try await Destroy(spec, context: cluster.context()).run()
      }
      #expect(error?.observed == "domain \(own.name)")
      try await intruder
    }
  }

  /// Between plan and run somebody else made the machine again: that one is not removed.
  @Test func aMachineThatWasMadeAgainMeanwhileStays() throws {
    let bench = Bench(seed: 73)
    try bench.up()
    let node = Samples.name("lxb001")
    _ = bench.ring.renew([node: 1])
    let second = bench.wanted
    _ = bench.ring.renew([node: 2])
    let third = bench.wanted
    let report = try Simulation.run(on: bench.cluster) { cluster in
      let context = cluster.context()
      let slow = Up(second, context: context)
      let prepared = try await slow.prepare(.machines(of: [node]))
      #expect(
        try await Up(third, context: context).run(.machines(of: [node])).status == .success)
      return try await slow.run(prepared)
    }.value
    #expect(report.status == .refused)
    let failures = report.records.compactMap(\.failure)
    #expect(failures.contains { $0.summary.contains("made again") })
    #expect(try bench.mark("lxb001").generation == 3)
  }

  @Test func anAgentComesBackFreshAndNoOtherNodeIsTouched() throws {
    var bench = Bench(seed: 21)
    bench.usesLayer = false
    try bench.up()
    let old = try bench.node("lxb002")
    let touched = Locked<Set<String>>([])
    bench.cluster.observe { event, _ in
      switch event.kind {
      case .changed(let node, let what): touched.withLock { _ = $0.insert("\(node) \(what)") }
      case .uploaded(let node, _), .booting(let node), .powerOff(let node):
        touched.withLock { _ = $0.insert("\(node)") }
      default: break
      }
      return nil
    }
    let report = try bench.wipe(["lxb002"])
    #expect(report.status == .success)
    #expect(report.records.map(\.step.id.kind) == [.drain, .remove, .machine, .reachable])
    let new = try bench.node("lxb002")
    #expect(new.dcos == .absent)
    #expect(new.hostKey != old.hostKey)
    #expect(new.address == old.address)
    #expect(try bench.mark("lxb002").generation == 2)
    #expect(touched.withLock { $0 } == ["lxb002"])
    #expect(!bench.volumes.contains("lxb002-1.qcow2"))
    // The next run installs it again, and nothing else.
    let next = try bench.up()
    #expect(next.status == .success)
    #expect(Set(next.plan.steps.filter(\.changes).compactMap(\.id.node)) == [new.name])
  }

  /// The master may be the one that leads: its agents could not be drained while the others elect.
  @Test func agentsLeaveMesosBeforeAMasterGoes() throws {
    let bench = Bench(seed: 23)
    try bench.up()
    let order = Locked<[String]>([])
    bench.cluster.observe { event, _ in
      switch event.kind {
      case .deregistered(let node): order.withLock { $0.append("\(node) left") }
      case .hypervisor("destroy-domain", let name): order.withLock { $0.append(name) }
      default: break
      }
      return nil
    }
    let leader = try #require(
      bench.cluster.state.nodes.first { $0.address == bench.cluster.state.ensemble.mesosLeader })
    let report = try bench.wipe([leader.name.description, "lxb002"], rejoins: true)
    #expect(report.status == .success)
    let seen = order.withLock(\.self)
    #expect(seen.first == "lxb002 left")
    let last: Set<String> = [String(leader.name.description.suffix(6)), "lxb002"]
    #expect(Set(seen.dropFirst().map { String($0.suffix(6)) }) == last)
  }

  /// A call that the leader did not take is made again.
  @Test func aDrainThatTheLeaderRefusesIsAskedForAgain() throws {
    let bench = Bench(seed: 24)
    try bench.up()
    bench.cluster.plant(.callRefused, .callRefused)
    let order = Locked<[String]>([])
    bench.cluster.observe { event, _ in
      switch event.kind {
      case .fault(.callRefused): order.withLock { $0.append("refused") }
      case .deregistered: order.withLock { $0.append("left") }
      case .hypervisor("destroy-domain", _): order.withLock { $0.append("destroyed") }
      default: break
      }
      return nil
    }
    #expect(try bench.wipe(["lxb001"]).status == .success)
    #expect(order.withLock(\.self) == ["refused", "refused", "left", "destroyed"])
  }

  @Test func anAgentLeavesMesosBeforeItsMachineGoes() throws {
    let bench = Bench(seed: 22)
    try bench.up()
    let order = Locked<[String]>([])
    bench.cluster.observe { event, _ in
      switch event.kind {
      case .deregistered(let node): order.withLock { $0.append("left \(node)") }
      case .hypervisor("destroy-domain", let name):
        order.withLock { $0.append("destroyed \(name)") }
      default: break
      }
      return nil
    }
    #expect(try bench.wipe(["lxb001"], rejoins: true).status == .success)
    #expect(order.withLock { $0 } == ["left lxb001", "destroyed dcos_gsi-lxb001"])
    order.withLock { $0 = [] }
    #expect(try bench.wipe(["lxb001"], force: true).status == .success)
    #expect(order.withLock { $0 } == ["destroyed dcos_gsi-lxb001"])
  }

  @Test func aMasterComesBackIntoTheEnsemble() throws {
    let bench = Bench(seed: 23)
    try bench.up()
    let report = try bench.wipe(["lxzk03"], rejoins: true)
    #expect(report.status == .success)
    #expect(try bench.node("lxzk03").dcos == .installed(.master))
    #expect(try !bench.up().plan.hasChanges)
  }

  /// What the guard says of a wipe; nil when it lets it go on.
  private func refusal(_ bench: Bench, _ names: [String]) throws -> ForgeError? {
    let before = bench.cluster.state.changes
    do {
      _ = try bench.wipe(names)
    } catch let error as ForgeError {
      #expect(error.category == .refused)
      #expect(bench.cluster.state.changes == before)
      return error
    }
    return nil
  }

  @Test func twoMastersAreRefusedWithTheSafeOrder() throws {
    let bench = Bench(seed: 24)
    try bench.up()
    let leader = try #require(bench.cluster.state.ensemble.leader)
    let names = bench.spec.nodes(.master).map(\.name.description)
    let last = try #require(bench.spec.nodes(.master).first { $0.address == leader }).name
    let pair = [last.description] + names.filter { $0 != last.description }.prefix(1)
    let error = try #require(try refusal(bench, pair))
    #expect(error.advice.contains("wipe \(pair[1]) --rejoin && dcosforge wipe \(last) --rejoin"))
    #expect(try refusal(bench, names)?.advice.contains("wipe --all") == true)
  }

  @Test func noMasterGoesBeforeTheFirstIsBackAndProved() throws {
    let bench = Bench(seed: 25)
    try bench.up()
    #expect(try bench.wipe(["lxzk01"]).status == .success)
    let error = try #require(try refusal(bench, ["lxzk02"]))
    #expect(error.observed.contains("1 of 3 masters are proved"))
    #expect(error.observed.contains("lxzk01"))
    // The one that is out already may be wiped again.
    #expect(try bench.wipe(["lxzk01"], rejoins: true).status == .success)
    #expect(try bench.wipe(["lxzk02"], rejoins: true).status == .success)
  }

  @Test func anUnreachableMasterCountsAsNotServing() throws {
    let bench = Bench(seed: 26)
    try bench.up()
    bench.cluster.powerOff(Samples.name("lxzk02"))
    #expect(try refusal(bench, ["lxzk01"]) != nil)
    #expect(try refusal(bench, ["lxzk02"]) == nil)
  }

  @Test func withoutAnEnsembleMastersGoFreely() throws {
    let bench = Bench(seed: 27)
    try bench.up(until: .prerequisites)
    #expect(try bench.wipe(["lxzk01", "lxzk02"]).status == .success)
    #expect(try bench.up().status == .success)
  }

  /// What was decided while all was well waits when it no longer is: a wipe that was killed in its
  /// first moment, a master that died since, and the next `up`.
  @Test func aPendingWipeWaitsForTheOtherMasters() throws {
    let bench = Bench(seed: 52)
    try bench.up()
    _ = bench.ring.renew([Samples.name("lxzk01"): 1])
    let going = bench.spec.nodes[1].address
    let down = ClusterIdentity(bench.spec).domainUUID(Samples.name("lxzk02"))
    _ = try Simulation.run(on: bench.cluster) { cluster in
      try await cluster.hypervisor.destroyDomain(uuid: down)
    }
    bench.cluster.observe { event, world in
      guard case .hypervisor("destroy-domain", "dcos_gsi-lxzk01") = event.kind else { return nil }
      let left = world.ensemble.members.filter { $0 != going }.filter { address in
        world.nodes.contains { $0.address == address && $0.runsZooKeeper }
      }
      return left.count >= 2 ? nil : "the quorum is lost by our own action"
    }
    #expect(try bench.up().status == .success)
    #expect(try bench.mark("lxzk01").generation == 2)
  }

  @Test func everythingFromScratch() throws {
    let bench = Bench(seed: 28)
    try bench.up()
    #expect(try bench.wipe([], rejoins: true).status == .success)
    for node in bench.spec.nodes { #expect(try bench.mark(node.name.description).generation == 2) }
    #expect(try !bench.up().plan.hasChanges)
  }

  /// Killed at any change of the world, the next `up` finishes the wipe: one machine, of the new
  /// generation.
  @Test(arguments: ["lxb001", "lxzk02"]) func aKilledWipeIsFinishedByUp(_ name: String) throws {
    let reference = Bench(seed: 29)
    try reference.up()
    let start = reference.cluster.state.changes
    _ = try reference.wipe([name])
    let end = reference.cluster.state.changes
    #expect(end - start > 5)
    for point in start..<end {
      let bench = Bench(seed: 29)
      try bench.up()
      #expect(throws: Simulation.Failure.self) {
        _ = try bench.wipe([name], killAtChanges: point + 1)
      }
      let report = try bench.up()
      #expect(
        report.status == .success,
        "killed at \(point): \(report.records.compactMap(\.failure)) \(report.plan.refusals)")
      #expect(try bench.mark(name).generation == 2)
      let volumes = bench.volumes
      #expect(volumes.filter { $0.hasPrefix("\(name)-1") } == [])
      #expect(bench.cluster.state.domains.count == 7)
    }
  }
}
