@testable import ForgeNodeProtocol
@testable import ForgePorts
@testable import ForgePlanning
@testable import ForgeSimulation
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// What the marks of the masters say of their ensemble, and what the quorum guard makes of it.
@Suite struct EnsembleTests {
  private static let masters = ["lxzk01", "lxzk02", "lxzk03"]

  /// The masters whose marks say that no gate has opened over them.
  private func unproved(_ bench: Bench) throws -> [String] {
    try Self.masters.filter { try bench.mark($0).awaitsProof }
  }

  @Test func theGateIsNotedOnTheMasters() throws {
    let bench = Bench(seed: 81)
    try bench.up(until: .masters)
    #expect(try unproved(bench) == Self.masters)
    #expect(try !bench.mark("lxb001").awaitsProof)
    #expect(try bench.up().status == .success)
    #expect(try unproved(bench) == [])
    #expect(try bench.wipe(["lxzk02"]).status == .success)
    #expect(try unproved(bench) == ["lxzk02"])
  }

  /// No gate ever opened: the one master that is installed has nobody to lose.
  @Test func mastersThatBrokeInTheFirstRunAreMadeAgain() throws {
    let bench = Bench(
      seed: 82,
      faults: [.installBreaks(Samples.name("lxzk01")), .installBreaks(Samples.name("lxzk02"))])
    #expect(try bench.up().status == .step)
    #expect(try bench.node("lxzk03").dcos == .installed(.master))
    #expect(try bench.wipe(["lxzk01", "lxzk02"], rejoins: true).status == .success)
    #expect(try bench.mark("lxzk01").generation == 2 && bench.mark("lxzk02").generation == 2)
    #expect(try unproved(bench) == [])
  }

  /// Killed at the last changes, which note the gate: a cluster without agents has nothing else
  /// left to do.
  @Test func aGateThatWasNotNotedOpensAgain() throws {
    let spec = Samples.cluster(masters: 3, agents: 0, publicAgents: 0)
    let reference = Bench(seed: 83, spec: spec)
    try reference.up()
    let end = reference.cluster.state.changes
    for point in end - 3..<end {
      let bench = Bench(seed: 83, spec: spec)
      #expect(throws: Simulation.Failure.self) {
        try UpTests.up(on: bench.cluster, wanted: bench.wanted, killAtChanges: point)
      }
      let left = try ["m1", "m2", "m3"].count { try bench.mark($0).awaitsProof }
      #expect(left == end - point)
      #expect(try bench.up().status == .success)
      #expect(try !["m1", "m2", "m3"].contains { try bench.mark($0).awaitsProof })
    }
  }

  /// Two masters are silent: nobody serves, and the third may hold what the others have lost.
  @Test func anEnsembleThatIsDownStaysProtected() throws {
    let bench = Bench(seed: 84)
    try bench.up()
    for name in ["lxzk02", "lxzk03"] { bench.cluster.powerOff(Samples.name(name)) }
    let error = #expect(throws: ForgeError.self) { try bench.wipe(["lxzk01"]) }
    #expect(error?.category == .refused)
    #expect(try bench.mark("lxzk01").generation == 1)
  }

  /// Of itself it says that it was never installed; the others are too few without it.
  @Test func aMasterThatLiesAboutItselfIsNotTaken() throws {
    let bench = Bench(seed: 85)
    try bench.up()
    let disk = try bench.node("lxzk01").disk
    bench.cluster.plant(.neverBoots(Samples.name("lxzk02")))
    bench.cluster.powerOff(Samples.name("lxzk02"))
    bench.cluster.change { (world) -> Void in
      world.machines[disk]?.dcos = .broken("so it says")
    }
    #expect(try bench.wipe(["lxzk01"]).status == .refused)
    #expect(try bench.node("lxzk01").disk == disk)
    #expect(try bench.node("lxzk01").isUp)
  }

  /// With one step at a time, what waits for a master that is off comes after its start.
  @Test(arguments: [("m1", "m2", 3), ("a1", "m1", 1)])
  func aWaitLeavesItsPlaceToWhatItWaitsFor(
    _ name: String, _ off: String, _ masters: Int
  ) throws {
    var spec = Samples.cluster(masters: masters, agents: 1, publicAgents: 0)
    spec.nodes.reverse()
    spec.parallel.steps = 1
    let bench = Bench(seed: 87, spec: spec)
    try bench.up()
    _ = bench.ring.renew([Samples.name(name): 1])
    let uuid = ClusterIdentity(spec).domainUUID(Samples.name(off))
    _ = try Simulation.run(on: bench.cluster) { cluster in
      try await cluster.hypervisor.destroyDomain(uuid: uuid)
    }
    let report = try bench.up()
    #expect(report.status == .success, "\(report.records.compactMap(\.failure))")
    #expect(try bench.mark(name).generation == 2)
  }

  /// A master that goes and comes back is a member before the gate has opened over it again.
  @Test func whatWasProvedIsProtectedWhileOneMasterIsNew() throws {
    let bench = Bench(seed: 86)
    try bench.up()
    #expect(try bench.wipe(["lxzk01"]).status == .success)
    #expect(try unproved(bench) == ["lxzk01"])
    bench.cluster.powerOff(Samples.name("lxzk03"))
    let error = #expect(throws: ForgeError.self) { try bench.wipe(["lxzk02"]) }
    #expect(error?.category == .refused)
  }
}
