@testable import ForgeSimulation
@testable import ForgeModel
@testable import ForgePlanning
import Testing

@testable import DCOSForgeCore

/// Prepared layers: made by a wipe, used by every machine that is made later.
@Suite struct PreparedLayerTests {
  private static let agent = Samples.name("lxb001")

  private func layers(_ bench: Bench) -> [String] {
    bench.volumes.filter(PreparedLayer.owns)
  }

  /// What the disk of a node stands on.
  private func ground(_ bench: Bench, _ name: String) throws -> String? {
    let node = try #require(bench.spec.nodes.first { $0.name == Samples.name(name) })
    let disk = Blueprint(bench.wanted).diskVolume(node).name
    return bench.cluster.state.pools.values.first { $0.volumes[disk] != nil }?
      .volumes[disk]?.definition.backing
  }

  private func outcome(_ report: RunReport, _ kind: StepKind) -> StepOutcome? {
    report.records.first { $0.step.id.kind == kind }?.outcome
  }

  // MARK: which layer

  @Test func aLayerFollowsFromAllItIsMadeFrom() throws {
    let wanted = Samples.wanted()
    let nodes = wanted.spec.nodes
    func key(_ wanted: WantedCluster, _ index: Int = 4) -> String {
      Blueprint(wanted).layer(wanted.spec.nodes[index]).disk.name
    }
    #expect(PreparedLayer.owns(key(wanted)))
    // Masters and agents get the same prerequisites, the bootstrap node others.
    #expect(nodes[1].role == .master && nodes[4].role == .agent)
    #expect(key(wanted, 1) == key(wanted, 4) && key(wanted, 5) == key(wanted, 4))
    #expect(key(wanted, 0) != key(wanted, 4))
    let changes: [(inout WantedCluster) -> Void] = [
      { $0.image.sum = SHA256Sum(hashing: [1]) }, { $0.spec.packages.dockerVersion = "17.06.2.ce" },
      { $0.spec.dcos.version = DCOSVersion(1, 12, 0) },
      { $0.spec.nodes[4].size.disk = .gibibytes(99) }, { $0.spec.ssh.user = "centos" },
      { $0.keys.userPublicLine = "ssh-ed25519 other" },
      { $0.spec.network.resolvers = [Samples.address("9.9.9.9")] },
    ]
    var keys = [key(wanted)]
    for change in changes {
      var other = wanted
      change(&other)
      keys.append(key(other))
    }
    #expect(Set(keys).count == changes.count + 1)
    // A node's own key, address and generation do not matter.
    var same = wanted
    same.spec.nodes[4].address = Samples.address("10.1.1.77")
    same.keys.hosts[Self.agent]?.generation = 7
    #expect(key(same) == key(wanted))
  }

  @Test(arguments: [
    ("prepared-0123456789abcdef.qcow2", true), ("prepared-0123456789abcdef.sealed", true),
    ("prepared-0123456789abcdef", false), ("prepared-1.qcow2", false),
    ("prepared-0123456789abcdeg.qcow2", false), ("0123456789abcdef.qcow2", false),
  ])
  func layersAreKnownByName(_ name: String, _ isLayer: Bool) {
    #expect(PreparedLayer.owns(name) == isLayer)
  }

  // MARK: the plan

  private func plan(
    wiping names: [String], uses: Bool = true, volumes: [String] = [],
    _ change: (inout ObservedCluster) -> Void = { _ in }
  ) -> [StepID] {
    var wanted = Samples.wanted()
    wanted.usesPreparedLayer = uses
    var observed = Samples.complete(wanted)
    observed.poolContents?.volumes += volumes
    change(&observed)
    for name in names { wanted.keys.hosts[Samples.name(name)]?.generation = 2 }
    let planner = Planner(wanted, observed: observed, wiping: names.map(Samples.name))
    return planner.machinesPlan(of: names.map(Samples.name)).steps.map(\.id)
      .filter { $0.kind == .preparedLayer }
  }

  @Test func aMissingLayerIsMadeOnceByAWipe() {
    let blueprint = Blueprint(Samples.wanted())
    let layer = blueprint.layer(blueprint.wanted.spec.nodes[4])
    let first = StepID(.preparedLayer, Self.agent)
    #expect(plan(wiping: ["lxb001", "lxb002"]) == [first])
    #expect(
      plan(wiping: ["lxcm02", "lxb001"]) == [StepID(.preparedLayer, Samples.name("lxcm02")), first])
    #expect(plan(wiping: ["lxb001"], uses: false) == [])
    #expect(plan(wiping: ["lxb001"], volumes: [layer.disk.name, layer.seal.name]) == [])
    for half in [layer.disk.name, layer.seal.name] {
      #expect(plan(wiping: ["lxb001"], volumes: [half]) == [first])
    }
  }

  /// It may run on the very disk that would be made again.
  @Test func noLayerIsMadeWhileAnUnfinishedOneStandsElsewhere() {
    for (node, steps) in [(6, []), (4, [StepID(.preparedLayer, Self.agent)])] {
      #expect(
        plan(wiping: ["lxb001"]) { observed in
          observed.domains[node].mark?.preparesLayer = true
        } == steps)
    }
  }

  @Test func upMakesNone() {
    let planner = Planner(Samples.wanted(), observed: Samples.empty)
    #expect(!planner.plan().steps.contains { $0.id.kind == .preparedLayer })
  }

  // MARK: on the simulation

  @Test func theSecondWipeStartsFromTheLayerOfTheFirst() throws {
    let bench = Bench(seed: 201)
    try bench.up()
    #expect(layers(bench) == [])
    #expect(try bench.wipe(["lxb001"]).status == .success)
    #expect(layers(bench).count == 2)
    let layer = try #require(layers(bench).first)
    #expect(try ground(bench, "lxb001") == layer)
    try bench.up()
    let second = try bench.wipe(["lxzk02"], rejoins: true)
    #expect(second.status == .success)
    #expect(!second.plan.steps.contains { $0.id.kind == .preparedLayer })
    #expect(try ground(bench, "lxzk02") == layer)
    guard case .unchanged? = outcome(second, .prerequisites) else {
      Issue.record("\(String(describing: outcome(second, .prerequisites)))")
      return
    }
    #expect(try !bench.up().plan.hasChanges)
    #expect(layers(bench).count == 2)
  }

  /// In virtual time: a wipe without a layer, the one that makes it, and those that start from it.
  @Test func laterWipesAreShorter() throws {
    var bench = Bench(seed: 202)
    try bench.up()
    bench.usesLayer = false
    func prepared(_ report: RunReport) throws -> Duration {
      let record = try #require(report.records.first { $0.step.id.kind == .prerequisites })
      return record.ended - record.started
    }
    let without = try bench.wipe(["lxb001"], rejoins: true)
    #expect(layers(bench) == [])
    bench.usesLayer = true
    let making = try bench.wipe(["lxb002"], rejoins: true)
    let with = try bench.wipe(["lxb003"], rejoins: true)
    #expect(making.status == .success && with.status == .success)
    print("wiped \(without.elapsed), with a layer \(making.elapsed), then \(with.elapsed)")
    #expect(try prepared(without) > .seconds(30))
    #expect(try prepared(making) < .seconds(2) && prepared(with) < .seconds(2))
    #expect(making.elapsed > with.elapsed)
  }

  @Test func withoutTheLayerAMachineStartsFromTheImage() throws {
    var bench = Bench(seed: 203)
    try bench.up()
    try #require(try bench.wipe(["lxb001"]).status == .success)
    bench.usesLayer = false
    #expect(try bench.wipe(["lxb002"]).status == .success)
    #expect(try ground(bench, "lxb002") == Blueprint(bench.wanted).baseVolume.name)
  }

  /// Disks may stand on it: a step that finds the layer there leaves it alone.
  @Test func aLayerThatIsThereMeanwhileStays() throws {
    let bench = Bench(seed: 210)
    let other = Samples.name("lxb002")
    try bench.up()
    _ = bench.ring.renew([Self.agent: 1])
    let late = bench.wanted
    _ = bench.ring.renew([other: 1])
    let soon = bench.wanted
    let report = try Simulation.run(on: bench.cluster) { cluster in
      let context = cluster.context()
      let slow = Up(late, context: context, wiping: [Self.agent])
      let prepared = try await slow.prepare(.machines(of: [Self.agent]))
      let fast = Up(soon, context: context, wiping: [other])
      #expect(try await fast.run(.machines(of: [other])).status == .success)
      return try await slow.run(prepared)
    }.value
    #expect(report.status == .success)
    let there = try #require(layers(bench).first)
    #expect(outcome(report, .preparedLayer) == .unchanged("\(there) is there"))
    #expect(try ground(bench, "lxb001") == there && ground(bench, "lxb002") == there)
  }

  /// A new agent, made by `up`, starts from the layer as well.
  @Test func upUsesALayer() throws {
    var spec = Samples.spec
    let last = spec.nodes.removeLast()
    var bench = Bench(seed: 204, spec: spec)
    try bench.up()
    #expect(try bench.wipe(["lxb001"], rejoins: true).status == .success)
    bench.spec.nodes.append(last)
    #expect(try bench.up().status == .success)
    #expect(try ground(bench, "lxb003") == layers(bench).first)
  }

  @Test func everyNodeFromScratchMakesOnePerKind() throws {
    let bench = Bench(seed: 205)
    try bench.up()
    #expect(try bench.wipe([], rejoins: true).status == .success)
    #expect(layers(bench).count == 4)
    try bench.destroy(keepingImage: true)
    #expect(layers(bench) == [])
    #expect(bench.volumes.count == 1)
  }

  /// Without a layer nothing is amiss: its failure is reported, and the node comes back from the
  /// image.
  @Test func aLayerThatCannotBeMadeIsReported() throws {
    let bench = Bench(seed: 206)
    try bench.up()
    bench.cluster.plant(.prerequisiteFails(Self.agent, times: nil))
    let report = try bench.wipe(["lxb001"])
    #expect(report.status == .step)
    let failure = try #require(report.records.compactMap(\.failure).first)
    #expect(failure.advice.contains("--no-prepared-layer"))
    #expect(report.records.filter { $0.failure != nil }.map(\.step.id.kind) == [.preparedLayer])
    #expect(layers(bench) == [])
    #expect(try ground(bench, "lxb001") == Blueprint(bench.wanted).baseVolume.name)
    bench.cluster.removeFaults()
    #expect(try bench.up().status == .success)
  }

  @Test func aMachineThatNeverPowersOffIsReported() throws {
    let bench = Bench(seed: 209)
    try bench.up()
    bench.cluster.plant(.neverPowersOff(Self.agent))
    let report = try bench.wipe(["lxb001"])
    #expect(report.status == .timeout)
    #expect(report.records.filter { $0.failure != nil }.map(\.step.id.kind) == [.preparedLayer])
    #expect(layers(bench) == [])
    #expect(try bench.up().status == .success)
  }

  @Test func aFullDiskLeavesNoHalfLayer() throws {
    let bench = Bench(seed: 207)
    try bench.up()
    bench.cluster.plant(.diskFull(atVolume: bench.cluster.state.volumesMade + 1))
    #expect(try bench.wipe(["lxb001"]).status == .hypervisor)
    #expect(layers(bench) == [])
    #expect(try bench.up().status == .success)
    #expect(try bench.wipe(["lxb002"]).status == .success)
    #expect(layers(bench).count == 2)
  }

  /// A machine that only makes a layer is never taken for the node's own.
  @Test func anUnfinishedLayerIsAProblemThatUpRepairs() throws {
    let bench = Bench(seed: 208)
    try bench.up()
    var mark = try bench.mark("lxb001")
    mark.preparesLayer = true
    let (changed, uuid) = (mark, ClusterIdentity(bench.spec).domainUUID(Self.agent))
    bench.cluster.change { $0.domains[uuid]?.record.mark = changed }
    let wanted = bench.wanted
    let problems = try Simulation.run(on: bench.cluster) { cluster in
      try await Repair(wanted, context: cluster.context()).problems()
    }.value
    #expect(problems.map(\.resolution) == [.make])
    #expect(problems.first?.seen.contains("prepared layer") == true)
    #expect(try bench.up().status == .success)
    #expect(try !bench.mark("lxb001").preparesLayer)
  }
}
