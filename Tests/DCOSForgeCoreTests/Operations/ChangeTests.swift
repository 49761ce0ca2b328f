@testable import ForgeModel
@testable import ForgeNodeProtocol
@testable import ForgePlanning
@testable import ForgePorts
@testable import ForgeSimulation
@testable import ForgeSupport
import Testing

@testable import DCOSForgeCore

/// Changes of the file, and the end of a cluster.
@Suite struct ChangeTests {
  @Test func anAgentThatLeftTheFileIsDrainedAndGoesLast() throws {
    var bench = Bench(seed: 31)
    try bench.up()
    bench.spec.nodes.removeAll { $0.name == Samples.name("lxb003") }
    let report = try bench.up()
    #expect(report.status == .success)
    let changing = report.records.filter { $0.step.changes }.map(\.step.id)
    #expect(changing.last == StepID(.retire, Samples.name("lxb003")))
    #expect(bench.cluster.state.domains.count == 6)
    #expect(try !bench.up().plan.hasChanges)
  }

  @Test func aNewAgentTouchesOnlyItself() throws {
    var spec = Samples.spec
    spec.nodes.removeLast()
    var bench = Bench(seed: 32, spec: spec)
    try bench.up()
    bench.spec = Samples.spec
    let report = try bench.up()
    #expect(report.status == .success)
    let nodes = Set(report.plan.steps.filter(\.changes).compactMap(\.id.node))
    #expect(nodes == [Samples.name("lxb003")])
  }

  @Test func aMasterThatLeftTheFileIsRefused() throws {
    var bench = Bench(seed: 33)
    try bench.up()
    let before = bench.cluster.state.changes
    bench.spec.nodes.removeAll { $0.name == Samples.name("lxzk03") }
    #expect(throws: ForgeError.self) { try bench.up() }
    #expect(bench.cluster.state.changes == before)
  }

  @Test(arguments: [
    (
      MachineSize(memory: .gibibytes(12), vcpus: 2, disk: .gibibytes(60)),
      "memory: 8GiB → 12GiB needs a restart"
    ),
    (
      MachineSize(memory: .gibibytes(8), vcpus: 2, disk: .gibibytes(90)),
      "disk: 60GiB → 90GiB needs a reimage"
    ),
  ])
  func aChangedSizeIsRefusedWithWhatItNeeds(_ size: MachineSize, _ text: String) throws {
    var bench = Bench(seed: 34)
    try bench.up()
    bench.spec.nodes[4].size = size
    do {
      try bench.up()
      Issue.record("was not refused")
    } catch let error as ForgeError {
      #expect(error.category == .refused)
      #expect(error.observed.contains(text), "\(error.observed)")
    }
    // Reimaged, it has what the file says.
    #expect(try bench.wipe(["lxb001"], rejoins: true).status == .success)
    #expect(try !bench.up().plan.hasChanges)
  }

  @Test func aStoppedMachineStartsWithItsNewSize() throws {
    var bench = Bench(seed: 35)
    try bench.up()
    bench.cluster.powerOff(Samples.name("lxb001"))
    bench.spec.nodes[4].size.memory = .gibibytes(12)
    #expect(try bench.up().status == .success)
    #expect(try bench.mark("lxb001").parts[.memory] == "12GiB")
  }

  @Test func destroyLeavesNothingButWhatIsAskedFor() throws {
    let bench = Bench(seed: 36)
    let foreign = DomainRecord(name: "foreign", uuid: "f", state: .running, mark: nil)
    bench.cluster.plantForeign(domain: foreign)
    try bench.up()
    try bench.destroy(keepingImage: true)
    var state = bench.cluster.state
    #expect(state.domains.values.map(\.record) == [foreign])
    #expect(state.networks.isEmpty)
    #expect(bench.volumes.allSatisfy(Blueprint.isBase))
    #expect(bench.volumes.count == 1)
    try bench.destroy()
    state = bench.cluster.state
    #expect(state.pools.isEmpty)
    #expect(state.domains.values.map(\.record) == [foreign])
    try bench.destroy()
  }

  @Test(arguments: [true, false])
  func volumesOfOthersInOurPoolStopADestroy(poolRuns: Bool) throws {
    let bench = Bench(seed: 53)
    try bench.up()
    let pool = Blueprint(bench.wanted).pool
    _ = try Simulation.run(on: bench.cluster) { cluster in
      try await cluster.hypervisor.createVolume(
        VolumeDefinition(name: "backup.qcow2", capacity: .gibibytes(1), format: .qcow2),
        in: pool.name)
    }
    bench.cluster.change { $0.pools[pool.uuid]?.isActive = poolRuns }
    let before = bench.cluster.state.changes
    #expect(throws: ForgeError.self) { try bench.destroy() }
    #expect(bench.cluster.state.changes == before + (poolRuns ? 0 : 1))
    try bench.destroy(keepingImage: true)
    let left = bench.volumes
    #expect(left.count == 2)
    #expect(left.contains("backup.qcow2"))
  }

  @Test(arguments: [
    ("lxb001-1.qcow2", true), ("lxb001-12-seed.iso", true), ("a-b-3-console.log", true),
    ("base-\(Samples.sum).qcow2", true), ("backup.qcow2", false), ("lxb001.qcow2", false),
    ("lxb001-1.qcow2.bak", false), ("-1.qcow2", false), ("base-x.qcow2", false),
  ])
  func ourVolumesAreKnownByName(_ name: String, _ isOurs: Bool) {
    #expect(ClusterIdentity.isOurs(name) == isOurs)
  }

  @Test func aDomainThatSomebodyUndefinedComesBackOverItsDisk() throws {
    let bench = Bench(seed: 54)
    try bench.up()
    let node = Samples.name("lxzk02")
    for generation in 1...2 {
      let uuid = ClusterIdentity(bench.spec).domainUUID(node, generation: generation)
      bench.cluster.powerOff(node)
      bench.cluster.change { $0.domains[uuid] = nil }
      #expect(try bench.up().status == .success)
      #expect(try bench.mark("lxzk02").generation == generation)
      #expect(try bench.node("lxzk02").boots == 2)
      #expect(try !bench.mark("lxzk02").awaitsProof, "its disk belongs to the ensemble")
      if generation == 1 {
        #expect(try bench.wipe(["lxzk02"], rejoins: true).status == .success)
      }
    }
  }

  @Test func aRenamedAgentIsRefusedBeforeTwoMachinesHaveOneAddress() throws {
    var bench = Bench(seed: 55)
    try bench.up()
    bench.spec.nodes[6] = NodeSpec(
      name: Samples.name("lxb009"), role: .agent, address: bench.spec.nodes[6].address)
    let before = bench.cluster.state.changes
    #expect(throws: ForgeError.self) { try bench.up() }
    #expect(bench.cluster.state.changes == before)
  }

  @Test func aHalfInstalledNodeIsOfferedForReimaging() throws {
    let agent = Samples.name("lxb002")
    let bench = Bench(seed: 37, faults: [.installBreaks(agent)])
    #expect(try bench.up().status == .step)
    let wanted = bench.wanted
    let plan = try Simulation.run(on: bench.cluster) { cluster in
      try await Up(wanted, context: cluster.context()).plan()
    }.value
    #expect(plan.reimages == [agent])
    #expect(try bench.wipe(["lxb002"], rejoins: true).status == .success)
  }

  /// Every master wants a reimage: they come to it one after the other, as the plan advises.
  @Test func mastersAreRolledOneByOne() throws {
    var bench = Bench(seed: 38)
    try bench.up()
    bench.spec.network.resolvers = [Samples.address("9.9.9.9")]
    #expect(throws: ForgeError.self) { try bench.up() }
    for node in bench.spec.nodes {
      #expect(try bench.wipe([node.name.description], rejoins: true).status == .success)
    }
    #expect(try !bench.up().plan.hasChanges)
    for node in bench.spec.nodes {
      #expect(try bench.mark(node.name.description).parts[.resolvers] == "9.9.9.9")
    }
  }

  /// What would be refused afterwards is refused before the generation is counted.
  @Test func aRefusedWipeDecidesNothing() throws {
    var bench = Bench(seed: 39)
    try bench.up()
    bench.spec.nodes[6].role = .publicAgent
    bench.spec.nodes.removeAll { $0.name == Samples.name("lxzk03") }
    #expect(throws: ForgeError.self) { try bench.wipe(["lxb001"], rejoins: true) }
    #expect(bench.ring.all.hosts[Samples.name("lxb001")]?.generation == 1)
  }

  @Test func aStateFolderThatLagsBehindTheMarksCatchesUp() throws {
    let bench = Bench(seed: 40)
    try bench.up()
    #expect(try bench.wipe(["lxb001"]).status == .success)
    #expect(try bench.wipe(["lxb001"]).status == .success)
    let late = Bench(bench.cluster, spec: bench.spec)
    #expect(try late.wipe(["lxb001"]).status == .success)
    #expect(try late.mark("lxb001").generation == 4)
  }
}
