@testable import ForgePorts
@testable import ForgeModel
@testable import ForgeSimulation
@testable import ForgePlanning
import Testing

@testable import DCOSForgeCore

/// Problems found and repaired on the simulated cluster.
@Suite struct RepairTests {
  private func problems(_ bench: Bench) throws -> [Problem] {
    let wanted = bench.wanted
    return try Simulation.run(on: bench.cluster) { cluster in
      try await Repair(wanted, context: cluster.context()).problems()
    }.value
  }

  private func repair(_ bench: Bench) throws -> RunReport {
    let (wanted, ring) = (bench.wanted, bench.ring)
    return try Simulation.run(on: bench.cluster) { cluster in
      let repair = Repair(wanted, context: cluster.context())
      return try await repair.run(try await repair.problems(), renew: { ring.renew($0) })
    }.value
  }

  @Test func nothingIsWrongWithAHealthyClusterNorWithNone() throws {
    let bench = Bench(seed: 41)
    #expect(try problems(bench).isEmpty)
    try bench.up()
    #expect(try problems(bench).isEmpty)
    #expect(ProblemText(cluster: "x", []).lines == ["x: nothing to repair"])
  }

  @Test func stoppedMissingAndHalfMadeThingsAreNamedAndRepaired() throws {
    let bench = Bench(seed: 42)
    try bench.up()
    let identity = ClusterIdentity(bench.spec)
    let spec = bench.spec
    _ = try Simulation.run(on: bench.cluster) { cluster in
      let hypervisor = cluster.hypervisor
      try await hypervisor.destroyDomain(uuid: identity.domainUUID(spec.nodes[4]))
      try await hypervisor.destroyDomain(uuid: identity.domainUUID(spec.nodes[5]))
      try await hypervisor.undefineDomain(uuid: identity.domainUUID(spec.nodes[5]))
      try await hypervisor.destroyDomain(uuid: identity.domainUUID(spec.nodes[6]))
      try await hypervisor.deleteVolume("lxb003-1.qcow2", in: identity.pool.name)
    }
    let found = try problems(bench)
    #expect(found.map(\.kind) == [.machineStopped, .machineMissing, .volumeMissing])
    #expect(found.map(\.resolution) == [.start, .make, .reimage])
    let lines = ProblemText(cluster: "x", found).lines
    #expect(lines[1].hasPrefix("lxb001  machine-stopped  start"))
    #expect(try repair(bench).status == .success)
    #expect(try problems(bench).isEmpty)
    #expect(try bench.mark("lxb003").generation == 2)
    #expect(try bench.mark("lxb001").generation == 1)
  }

  /// A master whose set-up never finished serves nobody: its reimage takes nothing from the
  /// ensemble.
  @Test func aHalfInstalledMasterAndAStoppedOneAreRepairedTogether() throws {
    let bench = Bench(seed: 43)
    try bench.up()
    bench.cluster.plant(.installBreaks(Samples.name("lxzk02")))
    #expect(try bench.wipe(["lxzk02"], rejoins: true).status == .step)
    #expect(try problems(bench).map(\.kind) == [.halfInstalled])
    let uuid = ClusterIdentity(bench.spec).domainUUID(Samples.name("lxzk03"))
    _ = try Simulation.run(on: bench.cluster) { cluster in
      try await cluster.hypervisor.destroyDomain(uuid: uuid)
    }
    #expect(try problems(bench).map(\.kind) == [.halfInstalled, .machineStopped])
    #expect(try repair(bench).status == .success)
    #expect(try problems(bench).isEmpty)
  }

  @Test func whatIsNotOursIsLeftToTheOperator() throws {
    let bench = Bench(seed: 44)
    try bench.up()
    let uuid = ClusterIdentity(bench.spec).domainUUID(Samples.name("lxb001"))
    bench.cluster.plantForeign(
      domain: DomainRecord(name: "dcos_gsi-lxb001", uuid: uuid, state: .running, mark: nil))
    let found = try problems(bench)
    #expect(found.map(\.kind) == [.foreignObject])
    #expect(found.first?.resolution == .byHand)
    #expect(throws: ForgeError.self) { try repair(bench) }
  }

  @Test func anAddressElsewhereIsReportedByTheHypervisor() throws {
    let bench = Bench(seed: 45)
    try bench.up()
    var observed = Samples.complete(bench.wanted)
    let name = Samples.name("lxb001")
    observed.nodes[name] = .unreachable(ForgeError(.unreachable, "no answer"))
    let planner = Planner(bench.wanted, observed: observed)
    #expect(planner.problems().isEmpty)
    #expect(planner.problems(addresses: [name: [Samples.address("10.1.1.13")]]).isEmpty)
    let found = planner.problems(addresses: [name: [Samples.address("10.1.1.99")]])
    #expect(found.map(\.kind) == [.addressElsewhere])
    #expect(found.first?.resolution == .restart)
  }
  @Test func nothingIsPoweredOffWhereTheRestIsRefused() throws {
    var bench = Bench(seed: 46)
    try bench.up()
    bench.spec.nodes.removeAll { $0.name.description == "lxzk03" }
    let name = Samples.name("lxb001")
    let (wanted, ring) = (bench.wanted, bench.ring)
    let error = #expect(throws: ForgeError.self) {
      try Simulation.run(on: bench.cluster) { cluster in
        let repair = Repair(wanted, context: cluster.context())
        let problem = Problem(.addressElsewhere, on: name, seen: "10.1.1.99", .restart)
        return try await repair.run([problem], renew: { ring.renew($0) })
      }
    }
    #expect(error?.category == .refused)
    let machine = bench.cluster.state.domainRecords.first { $0.name == "dcos_gsi-lxb001" }
    #expect(machine?.state == .running)
  }

  /// Disks stand on the image: it must not be uploaded again under them.
  @Test func thePoolOfAHostThatWasOffKeepsItsImage() throws {
    let bench = Bench(seed: 47)
    try bench.up()
    let (pool, uuid) = (
      Blueprint(bench.wanted).pool,
      ClusterIdentity(bench.spec).domainUUID(Samples.name("lxb003"))
    )
    for node in bench.spec.nodes { bench.cluster.powerOff(node.name) }
    _ = try Simulation.run(on: bench.cluster) { cluster in
      try await cluster.hypervisor.undefineDomain(uuid: uuid)
    }
    bench.cluster.change { $0.pools[pool.uuid]?.isActive = false }
    let report = try bench.up()
    #expect(report.status == .success)
    let image = report.records.first { $0.step.id.kind == .baseImage }
    #expect(image?.outcome == .unchanged("is in the pool"))
  }

  @Test func whatAMachineStartsWithIsMadeAgain() throws {
    let bench = Bench(seed: 48)
    try bench.up()
    let (pool, before) = (Blueprint(bench.wanted).pool, bench.volumes)
    let lost = [Blueprint(bench.wanted).baseVolume.name, "lxb001-1-seed.iso"]
    bench.cluster.powerOff(Samples.name("lxb001"))
    bench.cluster.change { world in
      for volume in lost { world.pools[pool.uuid]?.volumes[volume] = nil }
    }
    #expect(try problems(bench).map(\.resolution) == [.start])
    #expect(try repair(bench).status == .success)
    #expect(bench.volumes == before)
  }

  @Test func aDepartedAgentWhoseMachineSomebodyRemoved() throws {
    var bench = Bench(seed: 49)
    try bench.up()
    let uuid = ClusterIdentity(bench.spec).domainUUID(Samples.name("lxb003"))
    bench.spec.nodes.removeAll { $0.name.description == "lxb003" }
    let wanted = bench.wanted
    let report = try Simulation.run(on: bench.cluster) { cluster in
      let up = Up(wanted, context: cluster.context())
      let prepared = try await up.prepare()
      try await cluster.hypervisor.destroyDomain(uuid: uuid)
      try await cluster.hypervisor.undefineDomain(uuid: uuid)
      return try await up.run(prepared)
    }.value
    #expect(report.records.contains { $0.step.id.kind == .retire && $0.failure == nil })
    #expect(!bench.volumes.contains { $0.hasPrefix("lxb003") })
  }
}
