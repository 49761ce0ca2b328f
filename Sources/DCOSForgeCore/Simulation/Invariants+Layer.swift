import ForgeModel

/// What disks stand on.
extension InvariantState {
  /// What disks stand on is sealed, its machine gone, and stays as it is.
  func layer(_ verb: String, _ object: String, _ world: SimulatedWorld) -> String? {
    switch verb {
    case "create-volume":
      guard let made = volume(object, world), let backing = made.backing,
        let machine = world.machines["\(poolName)/\(backing)"],
        !machine.isSealed || machine.isUp || machine.exists
      else { return nil }
      return "layer: \(object) is made over \(backing), which is a machine's own"
    case "delete-volume":
      let over = disks(over: object, world).first { disk in
        world.domains.values.contains {
          $0.definition.map(SimulatedWorld.diskKey) == "\(poolName)/\(disk)"
        }
      }
      return over.map { "layer: \(object) is deleted under \($0)" }
    case "start-domain":
      let domain = world.domains.values.first { $0.record.name == object }
      guard let disk = domain?.definition.map(SimulatedWorld.diskKey) else { return nil }
      return disks(over: disk, world).first.map { "layer: \(object) boots from what \($0) is over" }
    default: return nil
    }
  }

  private func volume(_ object: String, _ world: SimulatedWorld) -> VolumeDefinition? {
    guard object.hasPrefix(poolName + "/") else { return nil }
    return world.pools[poolUUID]?.volumes[String(object.dropFirst(poolName.count + 1))]?.definition
  }

  /// The disks that stand on a volume, by name.
  private func disks(over object: String, _ world: SimulatedWorld) -> [String] {
    let name = object.dropFirst(poolName.count + 1)
    return (world.pools[poolUUID]?.volumes ?? [:]).values.map(\.definition)
      .filter { $0.backing.map { $0 == name } ?? false }.map(\.name).sorted()
  }
}
