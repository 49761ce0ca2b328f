@testable import ForgeNodeProtocol
@testable import ForgeModel
@testable import ForgePlanning
import Testing

@testable import DCOSForgeCore

@Suite struct PlannerTests {
  private func plan(
    _ observed: ObservedCluster, wanted: WantedCluster = Samples.wanted()
  ) -> Plan {
    Planner(wanted, observed: observed).plan()
  }

  private func step(_ plan: Plan, _ kind: StepKind, _ node: String? = nil) -> PlannedStep? {
    plan.steps.first { $0.id == StepID(kind, node.map(Samples.name)) }
  }

  /// All steps that must have succeeded before a step, over any number of others.
  private func requirements(_ id: StepID, in plan: Plan) -> Set<StepID> {
    var found: Set<StepID> = []
    var open = [id]
    while let next = open.popLast() {
      for required in plan.steps.first(where: { $0.id == next })?.requires ?? []
      where found.insert(required).inserted { open.append(required) }
    }
    return found
  }

  @Test func everythingIsPlannedOnAnEmptyHypervisor() {
    let plan = self.plan(Samples.empty)
    #expect(plan.refusals.isEmpty)
    #expect(plan.hasChanges)
    // 3 shared, 7 machines and logins, 7 x time and prerequisites, 6 x (ip-detect, fetch,
    // preflight, install), 2 on the bootstrap node, the quorum, 3 joins, the verdict.
    #expect(plan.steps.count == 62)
  }

  @Test func nothingIsPlannedButTheVerdictWhenAllIsWell() {
    let plan = self.plan(Samples.complete())
    #expect(plan.steps.map(\.id) == [StepID(.health)])
    #expect(!plan.hasChanges)
    #expect(plan.refusals.isEmpty)
  }

  @Test func everyAgentInstallationRequiresTheQuorumAndEveryMaster() {
    let plan = self.plan(Samples.empty)
    for agent in ["lxb001", "lxb002", "lxb003"] {
      let before = requirements(StepID(.installAgent, Samples.name(agent)), in: plan)
      #expect(before.contains(StepID(.quorum)))
      for master in ["lxzk01", "lxzk02", "lxzk03"] {
        #expect(before.contains(StepID(.installMaster, Samples.name(master))))
      }
    }
  }

  @Test func noMasterWaitsForTheQuorum() {
    let plan = self.plan(Samples.empty)
    for step in plan.steps where step.id.kind == .installMaster {
      #expect(!requirements(step.id, in: plan).contains(StepID(.quorum)))
      #expect(!step.requires.contains { $0.kind == .installMaster })
      #expect(step.requires.filter { $0.kind == .preflight }.count == 3)
      #expect(step.after.filter { $0.kind == .preflight }.count == 6)
    }
  }

  @Test func theFirstAgentIsTheCanaryOfTheOthers() throws {
    let plan = self.plan(Samples.empty)
    let canary = StepID(.join, Samples.name("lxb001"))
    #expect(try #require(step(plan, .installAgent, "lxb001")).requires.contains(canary) == false)
    #expect(try #require(step(plan, .installAgent, "lxb002")).requires.contains(canary))
  }

  @Test func publicAgentsComeAfterThePrivateOnes() throws {
    var spec = Samples.spec
    spec.nodes[4].role = .publicAgent
    let plan = self.plan(Samples.empty, wanted: Samples.wanted(spec))
    let first = try #require(step(plan, .installAgent, "lxb001"))
    #expect(
      first.after == [StepID(.join, Samples.name("lxb002")), StepID(.join, Samples.name("lxb003"))])
    #expect(try #require(step(plan, .installAgent, "lxb002")).requires.contains(StepID(.quorum)))
  }

  @Test func aNewAgentTouchesOnlyItselfAndProvesTheQuorum() {
    let plan = self.plan(
      Samples.complete { node in
        node.name == Samples.name("lxb003")
          ? .facts(
            FactsReport(
              hostname: "lxb003", prerequisites: [],
              clock: .init(isSynchronised: true, errorMilliseconds: 0, source: ""),
              isTimeSet: true, dcos: .absent))
          : nil
      })
    let nodes = Set(plan.steps.compactMap(\.id.node))
    #expect(nodes == [Samples.name("lxb003")])
    #expect(step(plan, .quorum) != nil)
    #expect(step(plan, .machine, "lxb003") == nil)
  }

  /// Such as after a kill between the last installation and the gate.
  @Test func aGateThatHasNotOpenedOverAllMastersIsPlanned() {
    var observed = Samples.complete()
    #expect(step(plan(observed), .quorum) == nil)
    observed.domains[2].mark?.awaitsProof = true
    #expect(plan(observed).steps.map(\.id.kind) == [.quorum, .health])
  }

  /// Only the hypervisor says that no gate opened, and only for certain.
  @Test func mastersMayBeAnEnsemble() {
    let blueprint = Blueprint(Samples.wanted())
    var domains = Samples.complete().domains
    #expect(blueprint.mayBeEnsemble(among: domains, volumes: []))
    for index in 1...3 { domains[index].mark?.awaitsProof = true }
    #expect(!blueprint.mayBeEnsemble(among: domains, volumes: []))
    domains[3].mark?.awaitsProof = false
    #expect(blueprint.mayBeEnsemble(among: domains, volumes: []))
    domains.remove(at: 3)
    #expect(!blueprint.mayBeEnsemble(among: domains, volumes: ["lxb001-1.qcow2"]))
    #expect(blueprint.mayBeEnsemble(among: domains, volumes: ["lxzk03-1.qcow2"]))
    #expect(blueprint.mayBeEnsemble(among: domains, volumes: nil), "the pool does not run")
  }

  @Test func stepsStandBehindWhatTheyWaitFor() {
    let plan = self.plan(Samples.empty)
    var seen: Set<StepID> = []
    for step in plan.steps {
      #expect(Set(step.requires + step.after).isSubset(of: seen), "\(step.id)")
      seen.insert(step.id)
    }
  }

  @Test(arguments: Stage.allCases) func aStageEndsThePlan(_ stage: Stage) {
    let cut = plan(Samples.empty).until(stage)
    #expect(cut.steps.allSatisfy { $0.id.kind.stage <= stage })
    #expect(cut.steps.contains { $0.id.kind.stage == stage })
  }

  @Test func aStoppedDomainIsStartedAndItsNodeLookedAt() throws {
    var observed = Samples.complete()
    observed.domains[5].state = .shutoff
    observed.nodes[Samples.name("lxb002")] = nil
    let plan = self.plan(observed)
    #expect(try #require(step(plan, .machine, "lxb002")).reason == "the domain is shutoff")
    #expect(step(plan, .prerequisites, "lxb002") != nil)
    #expect(step(plan, .machine, "lxb001") == nil)
  }

  /// What a first boot wrote before the power went is torn; only a machine that never answered is
  /// made again.
  @Test(arguments: [DomainRecord.State.shutoff, .crashed])
  func aMachineThatWasCutOffInItsFirstBootIsMadeAgain(_ state: DomainRecord.State) throws {
    var observed = Samples.complete()
    observed.domains[5].state = state
    observed.domains[5].mark?.hasAnswered = false
    observed.nodes[Samples.name("lxb002")] = nil
    observed.poolContents?.volumes = []
    let plan = self.plan(observed)
    let machine = try #require(step(plan, .machine, "lxb002"))
    #expect(machine.reason == "its first boot was cut off")
    #expect(machine.requires.contains(StepID(.baseImage)) && plan.refusals.isEmpty)
    #expect(step(plan, .reachable, "lxb002") != nil && step(plan, .remove, "lxb002") == nil)
  }

  /// It answers: before anything is installed its mark says so, or a power cut would cost the
  /// installation.
  @Test func anAnswerIsMarkedBeforeAnythingIsInstalled() throws {
    var observed = Samples.complete()
    observed.domains[5].mark?.hasAnswered = false
    let plan = self.plan(observed)
    #expect(plan.steps.map(\.id) == [StepID(.reachable, Samples.name("lxb002")), StepID(.health)])
  }

  @Test func whatDoesNotAnswerIsUnknownNotAbsent() throws {
    let error = ForgeError(.unreachable, "connection refused", disposition: .retry)
    let plan = self.plan(
      Samples.complete { $0.name == Samples.name("lxzk02") ? .unreachable(error) : nil })
    #expect(try #require(step(plan, .reachable, "lxzk02")).reason.contains("connection refused"))
    #expect(step(plan, .machine, "lxzk02") == nil)
    #expect(plan.refusals.isEmpty)
  }
}

@Suite struct RefusalTests {
  private func refusals(
    _ observed: ObservedCluster, wanted: WantedCluster = Samples.wanted()
  ) -> [String] {
    Planner(wanted, observed: observed).plan().refusals.map(\.description)
  }

  @Test func aForeignDomainWithOurName() {
    var observed = Samples.empty
    observed.domains = [
      DomainRecord(name: "dcos_gsi-lxb001", uuid: "x", state: .running, mark: nil)
    ]
    #expect(refusals(observed).count == 1)
    #expect(refusals(observed).first?.contains("not ours") == true)
  }

  @Test func aDomainOfAnotherClusterWithOurUUID() {
    var observed = Samples.complete()
    observed.domains[0].mark?.cluster = "other"
    #expect(refusals(observed).count == 1)
  }

  @Test func aMachineMadeFromOtherValues() {
    var spec = Samples.spec
    spec.nodes[1].size.memory = .gibibytes(16)
    #expect(
      refusals(Samples.complete(), wanted: Samples.wanted(spec)).first?.contains("lxzk01") == true)
  }

  @Test func aForeignNetworkAndAnOverlappingOne() {
    var observed = Samples.empty
    observed.networks = [
      NetworkRecord(name: "dcosforge", uuid: "x", isActive: false, cidr: nil, hosts: []),
      NetworkRecord(
        name: "default", uuid: "y", isActive: true, cidr: IPv4Network("10.0.0.0/8"), hosts: []),
      NetworkRecord(
        name: "fine", uuid: "z", isActive: true, cidr: IPv4Network("10.1.2.0/24"), hosts: []),
    ]
    #expect(refusals(observed).count == 2)
  }

  @Test func aChangedConfigurationUnderInstalledNodes() {
    var wanted = Samples.wanted()
    let observed = Samples.complete(wanted)
    wanted.genconf = wanted.genconf.with(config: wanted.genconf.config + Array("x: y\n".utf8))
    let found = refusals(observed, wanted: wanted)
    #expect(found.count == 1)
    #expect(found.first?.contains("otherwise than installed nodes have it") == true)
    #expect(found.first?.contains("x: nothing → y") == true)
  }

  /// The bootstrap node is off, or new: the installed nodes know it themselves.
  @Test func aChangedConfigurationIsNoticedWithoutTheBootstrapNode() {
    var wanted = Samples.wanted()
    var observed = Samples.complete(wanted)
    observed.nodes[Samples.name("lxcm02")] = nil
    #expect(refusals(observed, wanted: wanted).isEmpty)
    wanted.genconf = wanted.genconf.with(config: wanted.genconf.config + Array("x: y\n".utf8))
    #expect(refusals(observed, wanted: wanted).count == 1)
    observed.domains.removeFirst()
    let found = refusals(observed, wanted: wanted)
    #expect(found.count == 1 && found[0].contains("x: nothing → y"))
  }

  @Test func aHalfInstalledNode() {
    let observed = Samples.complete { node in
      guard node.name == Samples.name("lxb001") else { return nil }
      var facts = Samples.goodFacts(node, generated: "")
      facts.dcos = .broken("no active link")
      return .facts(facts)
    }
    #expect(refusals(observed).first?.contains("half installation") == true)
  }

  @Test func tooLittleMemory() {
    var observed = Samples.empty
    observed.host.freeMemory = .gibibytes(55)
    #expect(refusals(observed).first?.contains("wanted 56.0 GiB, free 55.0 GiB") == true)
    observed.host.freeMemory = .gibibytes(56)
    #expect(refusals(observed).isEmpty)
    var spec = Samples.spec
    spec.hypervisor.allowsOvercommit = true
    observed.host.freeMemory = .gibibytes(1)
    #expect(refusals(observed, wanted: Samples.wanted(spec)).isEmpty)
  }

  /// The majority is that of the ensemble, not of the masters that the file still names.
  @Test func noMachineIsMadeAgainWhileAMasterIsMissingFromTheFile() {
    let observed = Samples.complete()
    var wanted = Samples.wanted()
    wanted.spec.nodes.removeAll { $0.name == Samples.name("lxzk03") }
    let planner = Planner(wanted, observed: observed, wiping: [Samples.name("lxzk02")])
    let found = planner.machinesPlan(of: [Samples.name("lxzk02")]).refusals
    #expect(found.map(\.subject) == ["lxzk03"])
    #expect(found.first?.summary.contains("left the file") == true)
  }

  @Test func runningMachinesNeedNoFurtherMemory() {
    var observed = Samples.complete()
    observed.host.freeMemory = .gibibytes(1)
    #expect(refusals(observed).isEmpty)
  }
}

@Suite struct BlueprintTests {
  @Test func identitiesFollowFromNamesAlone() throws {
    let one = Blueprint(Samples.wanted())
    var spec = Samples.spec
    spec.nodes[0].size.vcpus = 4
    let other = Blueprint(Samples.wanted(spec))
    #expect(one.network?.uuid == other.network?.uuid)
    let uuid = one.domain(Samples.spec.nodes[0], usesKVM: true).uuid
    #expect(uuid == other.domain(spec.nodes[0], usesKVM: false).uuid)
    #expect(uuid.count == 36)
    #expect(Array(uuid)[14] == "8")
    #expect(
      MachineChange.changes(
        from: one.mark(Samples.spec.nodes[0]), to: other.mark(spec.nodes[0])
      ).map(\.description) == ["vcpus: 2 → 4"])
  }

  /// The cluster's own domain is in no mark: machines made before marks had it are as wanted.
  @Test func anotherDomainNeedsAnotherCluster() throws {
    let node = Samples.spec.nodes[1]
    let made = Blueprint(Samples.wanted()).mark(node)
    #expect(made.parts[.domain] == nil)
    var spec = Samples.spec
    func changes() -> [MachineChange] {
      MachineChange.changes(from: made, to: Blueprint(Samples.wanted(spec)).mark(node))
    }
    spec.network.domain = "dcos-gsi.internal"
    #expect(changes() == [])
    spec.network.domain = "dc1.example.com"
    #expect(changes().map(\.description) == ["domain: nothing → dc1.example.com"])
    #expect(changes().map(\.need) == [.scratch])
    let other = Blueprint(Samples.wanted(spec))
    #expect(other.layer(node) != Blueprint(Samples.wanted()).layer(node))
  }

  /// A mark holds the whole host key; who reads a plan sees fingerprints.
  @Test func aHostKeyIsShownByItsFingerprint() throws {
    let node = Samples.spec.nodes[0]
    var wanted = Samples.wanted()
    let made = Blueprint(wanted).mark(node)
    let keys = (0..<2).map { [UInt8](repeating: UInt8(9 * $0), count: 32) }
    #expect(made.parts[.hostKey] == HostKey.line(of: keys[0]))
    wanted.keys.hosts[node.name]?.key.publicBytes = keys[1]
    let changes = MachineChange.changes(from: made, to: Blueprint(wanted).mark(node))
    #expect(
      changes.map(\.description) == [
        "host-key: \(HostKey.fingerprint(of: keys[0])) → \(HostKey.fingerprint(of: keys[1]))"
      ])
    #expect(changes.map(\.need) == [.keys])
  }

  @Test func theGenerationCoversEveryInput() {
    let wanted = Samples.wanted()
    let base = Blueprint(wanted).generation.inputs
    var changed = wanted
    changed.genconf.ipDetect += "#"
    #expect(Blueprint(changed).generation.inputs != base)
    changed = wanted
    changed.genconf.others["license.txt"] = []
    #expect(Blueprint(changed).generation.inputs != base)
    changed = wanted
    changed.spec.dcos.version = DCOSVersion(1, 11, 3)
    #expect(Blueprint(changed).generation.inputs != base)
  }
  /// A wipe that waits in another node is not forced with this one, and its guard is asked after
  /// the drains.
  @Test func forceIsForItsOwnNodesOnly() {
    var wanted = Samples.wanted()
    let observed = Samples.complete(wanted)
    let (agent, master) = (Samples.name("lxb001"), Samples.name("lxzk02"))
    for name in [agent, master] { wanted.keys.hosts[name]?.generation = 2 }
    func steps(drains: Bool, _ wiping: NodeName) -> [PlannedStep] {
      Planner(wanted, observed: observed, drains: drains, wiping: [wiping]).plan().steps
    }
    let forced = steps(drains: false, agent)
    #expect(!forced.contains { $0.id == StepID(.drain, agent) })
    #expect(forced.contains { $0.id == StepID(.quorumGuard, master) })
    let forcedMaster = steps(drains: false, master)
    #expect(forcedMaster.contains { $0.id == StepID(.drain, agent) })
    #expect(
      forcedMaster.first { $0.id == StepID(.remove, master) }?.requires
        .contains(StepID(.drain, agent)) == false)
    let orderly = steps(drains: true, agent)
    #expect(
      orderly.first { $0.id == StepID(.quorumGuard, master) }?.requires
        .contains(StepID(.drain, agent)) == true)
  }
  @Test func otherTimeServersAreSetOnNodesThatLive() {
    let wanted = Samples.wanted()
    let observed = Samples.complete(wanted) { node in
      var facts = Samples.goodFacts(node, generated: Blueprint(wanted).generation.inputs)
      facts.isTimeSet = node.name.description != "lxzk02"
      return .facts(facts)
    }
    let steps = Planner(wanted, observed: observed).plan().steps.filter { $0.id.kind != .health }
    #expect(steps.map(\.id) == [StepID(.time, Samples.name("lxzk02"))])
    #expect(steps.first?.reason.contains("time.servers") == true)
  }
}
