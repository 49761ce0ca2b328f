/// What must come before what, and what may happen only once.
extension LawBook {
  /// How long ago the whole ensemble may have served when the gate opens: a polling round.
  static let proofAge = Duration.seconds(5)

  /// No agent's installation begins before this run's gate opened over the masters that are there now.
  func gate(_ node: NodeName, _ task: NodeTask, _ world: SimulatedWorld) -> String? {
    guard case .install(let installation) = task, installation.role.isAgent else { return nil }
    guard let proof, proof.run == world.run else {
      return "gate: DC/OS is installed on \(node) before this run's quorum gate opened"
    }
    guard proof.disks == masterDisks(world) else {
      return "gate: DC/OS is installed on \(node) although the proved masters were replaced"
    }
    return nil
  }

  /// The gate opens only over an ensemble that is whole.
  mutating func open(_ evidence: [String], _ world: SimulatedWorld) -> String? {
    proof = (world.run, masterDisks(world))
    if evidence.isEmpty { return "gate: it opened without evidence" }
    guard let last = world.ensemble.isComplete ? world.now : lastComplete,
      world.now.since(last) <= Self.proofAge
    else { return "gate: it opened although not every master served" }
    return nil
  }

  private func masterDisks(_ world: SimulatedWorld) -> [String?] {
    spec.nodes(.master).map { world.node($0.name)?.disk }
  }

  /// A generation of a node is defined once and boots from one disk.
  mutating func once(_ verb: String, _ object: String, _ world: SimulatedWorld) -> String? {
    if verb == "create-volume", booted.contains(object) {
      return "once: \(object) is made again although it has booted"
    }
    guard verb == "define-domain",
      let mark = world.domains.values.first(where: { $0.record.name == object })?.record.mark
    else { return nil }
    guard defined.insert(mark).inserted else {
      return "once: generation \(mark.generation) of \(object) is defined again"
    }
    return nil
  }

  /// DC/OS's installer starts once on a disk, and again only after it failed or was undone.
  func installedOnce(_ node: NodeName, _ world: SimulatedWorld) -> String? {
    guard let disk = world.node(node)?.disk, installing.contains(disk) else { return nil }
    return "once: DC/OS's installer starts on \(node) a second time"
  }

  /// No verb of ours ends a quorum that there is, unless all masters are to go.
  func quorum(_ verb: String, _ object: String, _ world: SimulatedWorld) -> String? {
    let name = object.split(separator: "/").last.map(String.init) ?? object
    switch verb {
    case "destroy-domain", "shutdown-domain", "undefine-domain":
      guard let node = nodesByDomain[name], node.role == .master else { return nil }
      return loss(of: node, world)
    case "delete-volume", "remove-pool":
      let disks = verb == "remove-pool" ? spec.nodes : spec.nodes.filter { owns($0, name) }
      for node in disks {
        guard let uuid = domainUUIDs[node.name], let domain = world.domains[uuid],
          let definition = domain.definition,
          verb == "remove-pool" || [definition.diskVolume, definition.seedVolume].contains(name)
        else { continue }
        return "quorum: \(object) is deleted under the machine of \(node.name)"
      }
      return nil
    default: return nil
    }
  }

  private func owns(_ node: NodeSpec, _ volume: String) -> Bool {
    volume.hasPrefix("\(node.name)-")
  }

  private func loss(of node: NodeSpec, _ world: SimulatedWorld) -> String? {
    let serving = world.ensemble.serving
    guard serving.contains(node.address), serving.count >= world.ensemble.quorum,
      serving.count - 1 < world.ensemble.quorum, !allMastersGo
    else { return nil }
    return "quorum: \(node.name) is taken from an ensemble of \(serving.count) serving masters"
  }

  private var allMastersGo: Bool {
    switch act {
    case .destroy: true
    case .wipe(let nodes): spec.nodes(.master).allSatisfy { nodes.contains($0.name) }
    case .up: false
    }
  }
}
