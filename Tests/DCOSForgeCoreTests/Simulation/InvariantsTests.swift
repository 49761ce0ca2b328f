@testable import ForgeNodeProtocol
@testable import ForgePorts
@testable import ForgeEvents
@testable import ForgeModel
@testable import ForgeSimulation
@testable import ForgePlanning
import Testing

@testable import DCOSForgeCore

/// Each invariant sees the violation it is there for.
@Suite struct InvariantsTests {
  private static let secret = "SAMPLE PRIVATE KEY"
  private static let spec = Samples.spec
  private static let blueprint = Blueprint(Samples.wanted())

  private struct Stage {
    var cluster: SimulatedCluster
    var invariants: Invariants
  }

  private func empty(_ seed: UInt64 = 1, _ spec: ClusterSpec = spec) -> Stage {
    let cluster = SimulatedCluster(seed: seed)
    let invariants = Invariants(spec, secret: Self.secret)
    ForeignObjects.plant(beside: spec, on: cluster)
    invariants.watch(cluster)
    return Stage(cluster: cluster, invariants: invariants)
  }

  /// The sample cluster, up and under the invariants.
  private func complete() throws -> Stage {
    let stage = empty()
    #expect(try violation(on: stage) { try await up(stage) } == nil)
    return stage
  }

  private func up(
    _ stage: Stage, wanted: WantedCluster = Samples.wanted(),
    receiving: @escaping @Sendable (Event) -> Bool = { _ in true }
  ) async throws {
    let (cluster, invariants) = (stage.cluster, stage.invariants)
    let context = ForgeContext(
      hypervisor: cluster.hypervisor, shell: cluster.shell, clock: cluster.clock,
      buildSeed: SimulatedCluster.buildSeed,
      sink: { if receiving($0) { invariants.receive($0, on: cluster) } }, jitterSeed: 1)
    let report = try await Up(wanted, context: context).run()
    #expect(report.status == .success || Task.isCancelled)
  }

  /// The invariant that a run breaks.
  private func violation(
    on stage: Stage, _ act: Invariants.Act = .up(changing: nil),
    _ body: @escaping @Sendable () async throws -> Void
  ) throws -> String? {
    stage.invariants.begin(act)
    do {
      _ = try Simulation.run(on: stage.cluster) { _ in try await body() }
      return nil
    } catch let failure as Simulation.Failure {
      guard case .violation(let text) = failure.reason else { throw failure }
      return text
    }
  }

  private func uuid(_ node: String) throws -> String {
    let node = try #require(Self.spec.nodes.first { $0.name == Samples.name(node) })
    return Self.blueprint.identity.domainUUID(node)
  }

  private func report(_ stage: Stage, _ kind: Event.Kind, after elapsed: Duration = .zero) {
    stage.invariants.receive(
      Event(elapsed: elapsed, wallMilliseconds: 0, kind: kind), on: stage.cluster)
  }

  // MARK: gate

  @Test func agentsBeforeTheGate() throws {
    let stage = empty()
    let text = try violation(on: stage) {
      try await up(stage) { if case .gateOpened = $0.kind { false } else { true } }
    }
    #expect(text?.contains("gate: DC/OS is installed on lxb00") == true)
    #expect(text?.contains("before this run's quorum gate opened") == true)
  }

  @Test func aGateWithoutAnEnsemble() throws {
    let stage = empty()
    let text = try violation(on: stage) {
      report(stage, .gateOpened(StepID(.quorum), evidence: ["all well"]))
      try await stage.cluster.clock.sleep(for: .seconds(1))
    }
    #expect(text == "gate: it opened although not every master served")
  }

  @Test func aGateWithoutEvidence() throws {
    let stage = try complete()
    let text = try violation(on: stage) {
      report(stage, .gateOpened(StepID(.quorum), evidence: []))
    }
    #expect(text == "gate: it opened without evidence")
  }

  /// DC/OS's installation on the first agent begins, with the installer that is served.
  private static func agentInstallation(_ world: SimulatedWorld) throws -> WorldEvent {
    let node = try #require(spec.nodes(.agent).first)
    let installer = SimulatedCluster.installer(of: blueprint.generation.inputs)
    let installation = blueprint.installation(node, installer: installer)
    return WorldEvent(
      moment: world.now, kind: .taskStarted(node.name, .install(installation)))
  }

  @Test func provedMastersThatWereReplaced() throws {
    let world = try complete().cluster.state
    var state = InvariantState(Self.spec, secret: Self.secret)
    let event = try Self.agentInstallation(world)
    #expect(state.open(["seen"], world) == nil)
    #expect(state.evaluate(event, world) == nil)
    state.proof?.disks[1] = "pool/of-another-generation"
    #expect(state.evaluate(event, world)?.hasPrefix("gate: ") == true)
    state.proof = nil
    #expect(state.evaluate(event, world)?.hasPrefix("gate: ") == true)
  }

  @Test func anInstallerThatTheBootstrapNodeDoesNotHave() throws {
    let world = try complete().cluster.state
    var state = InvariantState(Self.spec, secret: Self.secret)
    let node = try #require(Self.spec.nodes(.master).first)
    func violation(_ sum: SHA256Sum) -> String? {
      let installation = Self.blueprint.installation(node, installer: sum)
      let started = WorldEvent.Kind.taskStarted(node.name, .preflight(installation))
      return state.evaluate(WorldEvent(moment: world.now, kind: started), world)
    }
    #expect(
      violation(SimulatedCluster.installer(of: Self.blueprint.generation.inputs)) == nil)
    #expect(violation(Samples.sum)?.hasPrefix("unchecked: ") == true)
  }

  @Test func anAgentUnderMastersThatAreMarkedAsUnproved() throws {
    var world = try complete().cluster.state
    var state = InvariantState(Self.spec, secret: Self.secret)
    let event = try Self.agentInstallation(world)
    #expect(state.open(["seen"], world) == nil)
    let second = try uuid("lxzk02")
    world.domains[second]?.record.mark?.awaitsProof = true
    #expect(state.evaluate(event, world)?.hasSuffix("lxzk02 is marked as unproved") == true)
  }

  // MARK: whose things are

  @Test func aForeignDomainIsStopped() throws {
    let stage = try complete()
    let foreign = try #require(
      stage.cluster.state.domainRecords.first { $0.name == "other-cluster" })
    let text = try violation(on: stage, .destroy) {
      try await stage.cluster.hypervisor.destroyDomain(uuid: foreign.uuid)
    }
    #expect(text?.hasSuffix("mark: destroy-domain of other-cluster, which is not ours") == true)
  }

  @Test func aForeignPoolIsEmptied() throws {
    let stage = empty()
    let text = try violation(on: stage) {
      try await stage.cluster.hypervisor.deleteVolume("disk.raw", in: "foreign-pool")
    }
    #expect(text?.contains("mark: delete-volume of foreign-pool/disk.raw") == true)
  }

  @Test func somethingForeignChangesUnseen() {
    let stage = empty()
    #expect(stage.invariants.inspect(stage.cluster) == nil)
    stage.cluster.change { world in
      for uuid in world.domains.keys.sorted().prefix(1) {
        world.domains[uuid]?.record.state = .crashed
      }
    }
    #expect(stage.invariants.inspect(stage.cluster)?.hasPrefix("foreign: domain ") == true)
  }

  @Test func aForeignVolumeVanishesUnseen() throws {
    let stage = empty()
    stage.cluster.change { world in
      for uuid in world.pools.keys { world.pools[uuid]?.volumes["disk.raw"] = nil }
    }
    #expect(stage.invariants.inspect(stage.cluster) == "foreign: pool foreign-pool was changed")
  }

  /// The whole of another cluster's run is a violation of this one's invariants.
  @Test func anotherClustersRun() throws {
    let stage = empty()
    var spec = Self.spec
    spec.name = "other"
    let wanted = Samples.wanted(spec)
    #expect(
      try violation(on: stage) { try await up(stage, wanted: wanted) }?.contains("mark: ") == true)
  }

  @Test func aNodeThatIsNoMachineOfOurs() throws {
    let stage = try complete()
    var world = stage.cluster.state
    var state = InvariantState(Self.spec, secret: Self.secret)
    let event = WorldEvent(moment: world.now, kind: .changed(Samples.name("lxb001"), "docker"))
    state.changes = world.changes
    #expect(state.evaluate(event, world) == nil)
    let uuid = try uuid("lxb001")
    world.domains[uuid]?.record.mark = nil
    #expect(
      state.evaluate(event, world) == "mark: lxb001 is written to, but is no machine of ours")
  }

  // MARK: once

  @Test func aDomainIsDefinedTwice() throws {
    let stage = try complete()
    let node = try #require(Self.spec.nodes.last)
    let text = try violation(on: stage) {
      try await stage.cluster.hypervisor.defineDomain(Self.blueprint.domain(node, usesKVM: true))
    }
    #expect(text?.contains("once: generation 1 of dcos_gsi-lxb003 is defined again") == true)
  }

  @Test func aDiskThatBootedIsMadeAgain() throws {
    let stage = try complete()
    let node = try #require(Self.spec.nodes.last)
    let uuid = try uuid("lxb003")
    let text = try violation(on: stage) {
      let (hypervisor, disk) = (stage.cluster.hypervisor, Self.blueprint.diskVolume(node))
      try await hypervisor.destroyDomain(uuid: uuid)
      try await hypervisor.undefineDomain(uuid: uuid)
      try await hypervisor.deleteVolume(disk.name, in: Self.blueprint.pool.name)
      try await hypervisor.createVolume(disk, in: Self.blueprint.pool.name)
    }
    #expect(text?.contains("is made again although its machine has answered") == true)
  }

  @Test func theInstallerStartsTwice() throws {
    let world = try complete().cluster.state
    var state = InvariantState(Self.spec, secret: Self.secret)
    let name = Samples.name("lxb001")
    func event(_ kind: WorldEvent.Kind) -> WorldEvent { WorldEvent(moment: world.now, kind: kind) }
    #expect(state.evaluate(event(.dcos(name, .installing)), world) == nil)
    #expect(state.evaluate(event(.fault(.installFails(name))), world) == nil)
    #expect(state.evaluate(event(.dcos(name, .installing)), world) == nil)
    #expect(state.evaluate(event(.dcos(name, .absent)), world) == nil)
    #expect(state.evaluate(event(.dcos(name, .installing)), world) == nil)
    #expect(state.evaluate(event(.dcos(name, .installing)), world)?.hasPrefix("once: ") == true)
  }

  // MARK: what disks stand on

  @Test func aDiskIsMadeOverAMachinesOwn() throws {
    let stage = try complete()
    let own = Self.blueprint.diskVolume(Self.spec.nodes[5])
    let text = try violation(on: stage) {
      try await stage.cluster.hypervisor.createVolume(
        VolumeDefinition(
          name: "lxb003-2.qcow2", capacity: own.capacity, format: .qcow2, backing: own.name),
        in: Self.blueprint.pool.name)
    }
    #expect(text?.contains("layer: ") == true && text?.contains("machine's own") == true)
  }

  @Test func whatDisksStandOnIsDeleted() throws {
    let stage = try complete()
    let text = try violation(on: stage) {
      try await stage.cluster.hypervisor.deleteVolume(
        Self.blueprint.baseVolume.name, in: Self.blueprint.pool.name)
    }
    #expect(text?.contains("is deleted under lxb001-1.qcow2") == true)
  }

  @Test func whatDisksStandOnBoots() throws {
    let stage = try complete()
    let (node, uuid) = (Self.spec.nodes[5], try uuid(Self.spec.nodes[5].name.description))
    var over = Self.blueprint.diskVolume(node)
    (over.name, over.backing) = ("lxb003-2.qcow2", over.name)
    stage.cluster.powerOff(node.name)
    let made = over
    stage.cluster.change { world in
      world.pools[Self.blueprint.pool.uuid]?.volumes[made.name] = .init(definition: made)
    }
    let text = try violation(on: stage) {
      try await stage.cluster.hypervisor.startDomain(uuid: uuid)
    }
    #expect(text?.contains("boots from what lxb003-2.qcow2 is over") == true)
  }

  // MARK: quorum

  @Test func aSecondMasterGoesBeforeTheFirstIsBack() throws {
    let stage = try complete()
    let (first, second) = (try uuid("lxzk01"), try uuid("lxzk02"))
    let nodes = Set(["lxzk01", "lxzk02"].map { Samples.name($0) })
    let text = try violation(on: stage, .wipe(nodes)) {
      try await stage.cluster.hypervisor.destroyDomain(uuid: first)
      try await stage.cluster.hypervisor.destroyDomain(uuid: second)
    }
    #expect(
      text?.contains("quorum: lxzk02 is taken from an ensemble of 2 running masters") == true)
  }

  @Test func allMastersMayGo() throws {
    let stage = try complete()
    let masters = Self.spec.nodes(.master)
    let uuids = try masters.map { try uuid($0.name.description) }
    #expect(
      try violation(on: stage, .wipe(Set(masters.map(\.name)))) {
        for uuid in uuids { try await stage.cluster.hypervisor.destroyDomain(uuid: uuid) }
      } == nil)
  }

  @Test func mastersThatNoGateOpenedOverMayGo() throws {
    let stage = try complete()
    stage.cluster.powerOff(Samples.name("lxzk01"))
    let world = stage.cluster.state
    var state = InvariantState(Self.spec, secret: Self.secret)
    #expect(state.quorum("destroy-domain", "dcos_gsi-lxzk02", world) == nil)
    _ = state.open(["seen"], world)
    #expect(state.quorum("destroy-domain", "dcos_gsi-lxzk02", world)?.hasPrefix("quorum: ") == true)
  }

  @Test func aDiskGoesUnderARunningMachine() throws {
    let stage = try complete()
    let node = try #require(Self.spec.nodes(.master).first)
    let text = try violation(on: stage, .wipe([node.name])) {
      try await stage.cluster.hypervisor.deleteVolume(
        Self.blueprint.diskVolume(node).name, in: Self.blueprint.pool.name)
    }
    #expect(text?.contains("quorum: ") == true, "\(text ?? "")")
  }

  @Test func aPoolGoesUnderItsMachines() throws {
    let stage = try complete()
    let text = try violation(on: stage, .destroy) {
      try await stage.cluster.hypervisor.removePool(uuid: Self.blueprint.pool.uuid)
    }
    #expect(text?.contains("quorum: ") == true, "\(text ?? "")")
  }
}
