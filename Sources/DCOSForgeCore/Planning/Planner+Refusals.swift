import ForgeNodeProtocol
import ForgeModel

extension Planner {
  /// What stands in the way of the whole run, and the nodes whose reimage takes a refusal away.
  func refusals(_ situations: [Situation]) -> ([ForgeError], reimages: [NodeName]) {
    let broken = situations.filter { brokenRefusal($0) != nil }
    return (
      machineRefusals(situations) + broken.compactMap { brokenRefusal($0)?.0 } + departureRefusals
        + staleRefusal(situations), broken.map(\.node.name)
    )
  }

  /// What stands in the way of machines.
  func machineRefusals(_ situations: [Situation]) -> [ForgeError] {
    situations.compactMap(machineRefusal) + sharedRefusals + capacityRefusals(situations)
  }

  private var cluster: String { blueprint.wanted.spec.name }

  func machineRefusal(_ situation: Situation) -> ForgeError? {
    let name = situation.node.name.description
    switch situation.transition {
    case .foreign(let record):
      return ForgeError(
        .refused, "a domain that is not ours stands in the way", on: name,
        observed: "domain \(record.name) (\(record.uuid)) carries no mark of cluster \(cluster)",
        advice: "rename or remove that domain, or choose another cluster name")
    case .changed(let changes) where waits(changes): return nil
    case .changed(let changes):
      let need = changes.map(\.need).max() ?? .restart
      return ForgeError(
        .refused, "its machine was made otherwise than the file says now", on: name,
        observed: changes.map { "\($0.description) needs \($0.need.text): \($0.reason)" }
          .joined(separator: "\n"),
        advice: need == .keys
          ? Self.way(need, name) : "put the old values back, or \(Self.way(need, name))")
    case .create, .remake, .replace: return addressRefusal(situation.node)
    case .keep, .start: return nil
    }
  }

  /// Two machines of the cluster would have one address, such as after a node was renamed.
  private func addressRefusal(_ node: NodeSpec) -> ForgeError? {
    let other = blueprint.identity.owned(among: observed.domains).first {
      $0.mark.address == node.address && $0.mark.node != node.name
    }
    return other.map { other in
      ForgeError(
        .refused, "another machine of the cluster has its address", on: node.name.description,
        observed: "domain \(other.record.name) was made with \(node.address)",
        advice: "take \(node.name) out of the file, run up, then put it back")
    }
  }

  private static func way(_ need: ChangeNeed, _ name: String) -> String {
    switch need {
    case .restart:
      "stop the machine and run up again, or reimage it: dcosforge wipe \(name) --rejoin"
    case .keys:
      "name the right state folder with --state-dir, make it again from what lives: "
        + "dcosforge adopt --identity FILE, or reimage it: dcosforge wipe \(name)"
    case .reimage: "reimage it: dcosforge wipe \(name) --rejoin"
    case .scratch: "begin again: dcosforge destroy, then up"
    }
  }

  /// Why only a reimage repairs the node; nil for all others.
  func brokenRefusal(_ situation: Situation) -> (ForgeError, Problem.Kind)? {
    let node = situation.node
    func refused(
      _ kind: Problem.Kind, _ summary: String, _ observed: String
    ) -> (ForgeError, Problem.Kind) {
      (
        ForgeError(
          .refused, summary, on: node.name.description, observed: observed,
          advice: "reimage it: dcosforge wipe \(node.name)"), kind
      )
    }
    if case .start = situation.transition, let volumes = observed.poolContents?.volumes {
      let disk = blueprint.diskVolume(node).name
      // Without the base image the pool's folder is not the one we know, and nothing is evaluated
      // by it.
      guard volumes.contains(disk) || !volumes.contains(blueprint.baseVolume.name) else {
        return refused(
          .volumeMissing, "its disk is gone", "no volume \(disk) in pool \(blueprint.pool.name)")
      }
    }
    switch situation.facts?.dcos {
    case .broken(let why):
      return refused(
        .halfInstalled, "holds a half installation of DC/OS, which has no uninstall", why)
    case .installed(let role) where role != node.role:
      return refused(
        .halfInstalled, "DC/OS is installed for another role",
        "installed as \(role.rawValue), wanted as \(node.role.rawValue)")
    case .absent, .installing, .installed, nil:
      return nil
    }
  }

  /// Masters and bootstrap nodes that left the file: the ensemble is fixed when it is installed,
  /// and its majority is not that of the masters that the file still names.
  var departureRefusals: [ForgeError] {
    blueprint.identity.departed(among: observed.domains).filter { !$0.mark.role.isAgent }.map {
      (record, mark) in
      ForgeError(
        .refused, "a \(mark.role.rawValue) left the file, which a live cluster does not survive",
        on: mark.node.description,
        observed: "domain \(record.name) was made as \(mark.role.rawValue)",
        advice: "put the node back, or begin again: dcosforge destroy, then up")
    }
  }

  /// Network and pool names that are taken, and ranges that clash.
  var sharedRefusals: [ForgeError] {
    var result: [ForgeError] = []
    if let network = blueprint.network {
      for found in observed.networks where found.uuid != network.uuid {
        if found.name == network.name {
          result.append(foreign("network", found.name, found.uuid))
        } else if found.isActive, let range = found.cidr, range.overlaps(network.cidr) {
          result.append(
            ForgeError(
              .refused, "its range overlaps an active network", on: "network \(network.name)",
              observed: "\(network.cidr) against \(range) of network \(found.name)",
              advice: "choose another range, or stop that network"))
        }
      }
    }
    for found in observed.pools
    where found.name == blueprint.pool.name && found.uuid != blueprint.pool.uuid {
      result.append(foreign("pool", found.name, found.uuid))
    }
    return result
  }

  private func foreign(_ kind: String, _ name: String, _ uuid: String) -> ForgeError {
    ForgeError(
      .refused, "a \(kind) that is not ours has the name", on: "\(kind) \(name)",
      observed: "its UUID is \(uuid)", advice: "choose another name in the cluster file")
  }

  /// A configuration that changed under installed nodes: they keep the old one until they are
  /// wiped.
  ///
  /// Each node knows what it was installed from; the bootstrap node may be off, or new.
  private func staleRefusal(_ situations: [Situation]) -> [ForgeError] {
    let wanted = blueprint.generation.inputs
    let generated = situations.first { $0.node.role == .bootstrap }?.facts?.generated
    let stale = situations.compactMap { situation -> (name: NodeName, inputs: String)? in
      guard let facts = situation.facts, case .installed = facts.dcos,
        let inputs = facts.installedFrom ?? generated, inputs != wanted
      else { return nil }
      return (situation.node.name, inputs)
    }
    guard let first = stale.first else { return [] }
    let changes = GenerationInputs(text: first.inputs).changes(to: GenerationInputs(text: wanted))
    let names = stale.map(\.name.description).joined(separator: ", ")
    return [
      ForgeError(
        .refused, "DC/OS is to be generated otherwise than installed nodes have it", on: "genconf",
        observed: (changes + ["installed with the old values: \(names)"]).joined(separator: "\n"),
        advice: "put the old values back, or begin again with the new ones: "
          + "dcosforge wipe --all --rejoin")
    ]
  }

  private func capacityRefusals(_ situations: [Situation]) -> [ForgeError] {
    let starting = situations.filter {
      switch $0.transition {
      case .create, .start: true
      case .remake(let record, _), .replace(let record): record.state != .running
      case .keep, .changed, .foreign: false
      }
    }
    var result: [ForgeError] = []
    let memory = starting.reduce(ByteCount(bytes: 0)) { $0 + $1.node.size.memory }
    let host = observed.host
    if memory > host.freeMemory, !blueprint.wanted.spec.hypervisor.allowsOvercommit {
      result.append(
        ForgeError(
          .refused, "not enough free memory for \(starting.count) machines", on: host.name,
          observed: "wanted \(memory.rounded), free \(host.freeMemory.rounded)",
          advice: "make sizes smaller, free memory, or set hypervisor.allow_overcommit"))
    }
    for situation in starting where situation.node.size.vcpus > host.processors {
      result.append(
        ForgeError(
          .refused, "more vCPUs than the host has processors", on: situation.node.name.description,
          observed: "\(situation.node.size.vcpus) against \(host.processors)",
          advice: "give the node at most \(host.processors) vCPUs"))
    }
    let creating = situations.filter(\.transition.makes)
    if let contents = observed.poolContents,
      !creating.isEmpty, !contents.volumes.contains(blueprint.baseVolume.name),
      blueprint.baseVolume.capacity > contents.available
    {
      result.append(
        ForgeError(
          .refused, "the base image does not fit", on: "pool \(blueprint.pool.name)",
          observed:
            "needs \(blueprint.baseVolume.capacity.rounded), \(contents.available.rounded) left",
          advice: "free space, or set hypervisor.pool_path to a larger file system"))
    }
    return result
  }

  /// Doubts that do not stop the run.
  func warnings(_ situations: [Situation]) -> [String] {
    var result: [String] = []
    let vcpus = situations.reduce(0) { $0 + $1.node.size.vcpus }
    if vcpus > observed.host.processors {
      result.append(
        "\(vcpus) vCPUs share \(observed.host.processors) processors of \(observed.host.name)")
    }
    let creating = situations.filter(\.transition.makes)
    let disks = creating.reduce(ByteCount(bytes: 0)) { $0 + $1.node.size.disk }
    if let available = observed.poolContents?.available, disks > available {
      result.append(
        "the disks may grow to \(disks.rounded), pool \(blueprint.pool.name) has "
          + "\(available.rounded) left"
      )
    }
    if !blueprint.usesKVM(on: observed.host), !creating.isEmpty {
      result.append("\(observed.host.name) offers no usable KVM: machines are emulated, and slow")
    }
    return result
  }
}

extension ChangeNeed {
  /// The need as a noun for sentences.
  fileprivate var text: String {
    switch self {
    case .restart: "a restart"
    case .keys: "its keys"
    case .reimage: "a reimage"
    case .scratch: "a new cluster"
    }
  }
}
