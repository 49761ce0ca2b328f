extension Planner {
  /// What stands in the way of the whole run.
  func refusals(_ situations: [Situation]) -> [ForgeError] {
    situations.compactMap(machineRefusal) + situations.compactMap(installationRefusal)
      + sharedRefusals + staleRefusal(situations) + capacityRefusals(situations)
  }

  private var cluster: String { blueprint.wanted.spec.name }

  private func machineRefusal(_ situation: Situation) -> ForgeError? {
    let name = situation.node.name.description
    switch situation.transition {
    case .foreign(let record):
      return ForgeError(
        .refused, "a domain that is not ours stands in the way", on: name,
        observed: "domain \(record.name) (\(record.uuid)) carries no mark of cluster \(cluster)",
        advice: "rename or remove that domain, or choose another cluster name")
    case .changed:
      return ForgeError(
        .refused, "its machine was made from other values than the file has now", on: name,
        advice: "put the old values back, or re-image it: dcosforge wipe \(name)")
    case .keep, .create, .start:
      return nil
    }
  }

  private func installationRefusal(_ situation: Situation) -> ForgeError? {
    let node = situation.node
    switch situation.facts?.dcos {
    case .broken(let why):
      return ForgeError(
        .refused, "holds a half installation of DC/OS, which has no uninstall",
        on: node.name.description, observed: why,
        advice: "re-image it: dcosforge wipe \(node.name)")
    case .installed(let role) where role != node.role:
      return ForgeError(
        .refused, "DC/OS is installed for another role", on: node.name.description,
        observed: "installed as \(role.rawValue), wanted as \(node.role.rawValue)",
        advice: "re-image it: dcosforge wipe \(node.name)")
    case .absent, .installing, .installed, nil:
      return nil
    }
  }

  /// Network and pool names that are taken, and ranges that clash.
  private var sharedRefusals: [ForgeError] {
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

  /// A configuration that changed under installed nodes: they keep the old one until they are wiped.
  private func staleRefusal(_ situations: [Situation]) -> [ForgeError] {
    guard let generated = situations.first(where: { $0.node.role == .bootstrap })?.facts?.generated,
      generated != blueprint.generation.fingerprint
    else { return [] }
    let installed = situations.filter {
      if case .installed = $0.facts?.dcos { true } else { false }
    }
    guard !installed.isEmpty else { return [] }
    let names = installed.map(\.node.name.description).joined(separator: ",")
    return [
      ForgeError(
        .refused, "the DC/OS configuration or installer changed after nodes were installed",
        on: "genconf", observed: "installed with the old one: \(names)",
        advice: "put the old configuration back, or re-image the nodes: dcosforge wipe \(names)")
    ]
  }

  private func capacityRefusals(_ situations: [Situation]) -> [ForgeError] {
    let starting = situations.filter {
      switch $0.transition {
      case .create, .start: true
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
    let creating = starting.filter { $0.transition == .create }
    if let pool = observed.pools.first(where: { $0.uuid == blueprint.pool.uuid && $0.isActive }),
      !creating.isEmpty, !pool.volumes.contains(blueprint.baseVolume.name),
      blueprint.baseVolume.capacity > pool.available
    {
      result.append(
        ForgeError(
          .refused, "the base image does not fit", on: "pool \(pool.name)",
          observed:
            "needs \(blueprint.baseVolume.capacity.rounded), \(pool.available.rounded) left",
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
    let creating = situations.filter { $0.transition == .create }
    let disks = creating.reduce(ByteCount(bytes: 0)) { $0 + $1.node.size.disk }
    if let pool = observed.pools.first(where: { $0.uuid == blueprint.pool.uuid && $0.isActive }),
      disks > pool.available
    {
      result.append(
        "the disks may grow to \(disks.rounded), pool \(pool.name) has \(pool.available.rounded) left"
      )
    }
    if !blueprint.usesKVM(on: observed.host), !creating.isEmpty {
      result.append("\(observed.host.name) offers no usable KVM: machines are emulated, and slow")
    }
    return result
  }
}
