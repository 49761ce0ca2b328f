import ForgePorts
import ForgeNodeProtocol
import ForgeModel

/// What must come before what, and what may happen only once.
extension InvariantState {
  /// How long ago the whole ensemble may have served when the gate opens: a polling round.
  static let proofAge = Duration.seconds(5)

  /// No agent's installation begins before this run's gate opened over the masters that are there
  /// now.
  func gate(_ node: NodeName, _ task: NodeTask, _ world: SimulatedWorld) -> String? {
    guard case .install(let installation) = task, installation.role.isAgent else { return nil }
    guard let proof, proof.run == world.run else {
      return "gate: DC/OS is installed on \(node) before this run's quorum gate opened"
    }
    guard proof.disks == masterDisks(world) else {
      return "gate: DC/OS is installed on \(node) although the proved masters were replaced"
    }
    guard let master = spec.nodes(.master).first(where: { awaitsProof($0, world) }) else {
      return nil
    }
    return "gate: DC/OS is installed on \(node) although \(master.name) is marked as unproved"
  }

  /// A node is given the checksum of the installer that the bootstrap node has now.
  func unchecked(_ node: NodeName, _ task: NodeTask, _ world: SimulatedWorld) -> String? {
    let wanted: SHA256Sum
    switch task {
    case .preflight(let installation), .install(let installation): wanted = installation.installer
    default: return nil
    }
    guard let own = spec.bootstrap.flatMap({ world.node($0.name)?.generated?.installer }),
      own != wanted
    else { return nil }
    return "unchecked: \(node) would run another installer than the bootstrap node has"
  }

  /// The gate opens only over an ensemble that is whole.
  mutating func open(_ evidence: [String], _ world: SimulatedWorld) -> String? {
    let disks = masterDisks(world)
    proof = (world.run, disks)
    proved.formUnion(disks.compactMap(\.self))
    if evidence.isEmpty { return "gate: it opened without evidence" }
    guard let last = world.ensemble.isComplete ? world.now : lastComplete,
      world.now.since(last) <= Self.proofAge
    else { return "gate: it opened although not every master served" }
    return nil
  }

  private func awaitsProof(_ master: NodeSpec, _ world: SimulatedWorld) -> Bool {
    domain(master.name, world)?.record.mark?.awaitsProof == true
  }

  private func masterDisks(_ world: SimulatedWorld) -> [String?] {
    spec.nodes(.master).map { world.node($0.name)?.disk }
  }

  /// A generation of a node is defined once and boots from one disk, until everything is removed.
  mutating func once(_ verb: String, _ object: String, _ world: SimulatedWorld) -> String? {
    if verb == "create-volume", answered.contains(object) {
      return "once: \(object) is made again although its machine has answered"
    }
    if verb == "undefine-domain", let gone = former(object), let mark = gone.record.mark {
      if act == .destroy {
        forget(gone, mark)
      } else if !mark.hasAnswered {
        defined.remove(mark)
      }
    }
    guard verb == "define-domain",
      let mark = world.domains.values.first(where: { $0.record.name == object })?.record.mark
    else { return nil }
    guard defined.insert(mark).inserted else {
      return "once: generation \(mark.generation) of \(object) is defined again"
    }
    return nil
  }

  private mutating func forget(_ domain: SimulatedWorld.Domain, _ mark: OwnershipMark) {
    defined = defined.filter { $0.node != mark.node }
    guard let disk = domain.definition.map(SimulatedWorld.diskKey) else { return }
    answered.remove(disk)
    installing.remove(disk)
  }

  /// DC/OS's installer starts once on a disk, and again only after it failed or was undone.
  func installedOnce(_ node: NodeName, _ world: SimulatedWorld) -> String? {
    guard let disk = world.node(node)?.disk, installing.contains(disk) else { return nil }
    return "once: DC/OS's installer starts on \(node) a second time"
  }

  /// No verb of ours ends a quorum that was ever proved, unless all masters are to go.
  func quorum(_ verb: String, _ object: String, _ world: SimulatedWorld) -> String? {
    let name = object.split(separator: "/").last.map(String.init) ?? object
    switch verb {
    case "destroy-domain", "undefine-domain":
      guard let node = nodesByDomain[name], node.role == .master else { return nil }
      return loss(of: node, world)
    case "delete-volume":
      let node = spec.nodes.first { name.hasPrefix("\($0.name)-") }
      guard let domain = node.flatMap({ domain($0.name, world) }),
        domain.record.state == .running, domain.definition?.seedVolume == name
      else { return nil }
      return "quorum: \(object) is deleted under the running machine"
    case "remove-pool":
      let left = spec.nodes.first { domain($0.name, world) != nil }
      return left.map { "quorum: \(object) is removed under the machine of \($0.name)" }
    default: return nil
    }
  }

  /// A machine stops in whatever way, but not because its disk went.
  func diskGone(under node: NodeName, _ world: SimulatedWorld) -> String? {
    guard let disk = world.node(node)?.disk, disk.hasPrefix(poolName + "/"),
      world.pools[poolUUID]?.volumes[String(disk.dropFirst(poolName.count + 1))] == nil
    else { return nil }
    return "quorum: \(disk) is deleted under the running machine"
  }

  /// Masters whose ZooKeeper runs count, whether or not they have just lost their leader.
  private func loss(of node: NodeSpec, _ world: SimulatedWorld) -> String? {
    let running = world.ensemble.members.filter { member in
      world.nodes.contains { $0.address == member && $0.isUp && $0.runsZooKeeper }
    }
    guard running.contains(node.address), running.count == world.ensemble.quorum, !allMastersGo,
      !proved.isDisjoint(with: masterDisks(world).compactMap(\.self))
    else { return nil }
    return "quorum: \(node.name) is taken from an ensemble of \(running.count) running masters"
  }

  private var allMastersGo: Bool {
    act == .destroy || spec.nodes(.master).allSatisfy { going.contains($0.name) }
  }
}
