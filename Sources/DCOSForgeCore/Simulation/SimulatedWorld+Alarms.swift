import ForgeNodeProtocol
import ForgeModel

extension SimulatedWorld {
  /// Lets happen what was scheduled, unless a later boot of the machine has made it void.
  mutating func perform(_ alarm: Alarm) {
    switch alarm.kind {
    case .election(let round): elect(round: round)
    case .mesosElection(let round): electMesosMaster(round: round)
    case .flaps(let round): flap(round: round)
    case .secondLeaderEnds: endSecondLeader()
    case .losesPower(let name): losePower(name)
    default:
      guard let disk = alarm.disk, let node = machines[disk], node.exists, node.isUp,
        node.boots == alarm.boot
      else { return }
      perform(alarm.kind, on: disk)
    }
  }

  private mutating func perform(_ kind: Alarm.Kind, on disk: String) {
    switch kind {
    case .listens: listen(disk)
    case .cloudInitEnds: endCloudInit(disk)
    case .clockSyncs: synchroniseClock(disk)
    case .shutsDown:
      if let node = machines[disk], !faults.contains(.neverPowersOff(node.name)) { powerOff(disk) }
    case .generationEnds: endGeneration(disk)
    case .installationEnds: endInstallation(disk)
    case .settles: settle(disk)
    case .zooKeeperStarts: startZooKeeper(disk)
    case .exhibitorPolls: pollExhibitor(disk)
    case .registers: register(disk)
    case .follows(let round): follow(disk, round: round)
    case .election, .mesosElection, .flaps, .secondLeaderEnds, .losesPower: break
    }
  }

  // MARK: booting

  /// Starts guest code on a disk.
  mutating func boot(_ disk: String) {
    guard var node = machines[disk] else { return }
    node.boots += 1
    node.isUp = true
    node.isListening = false
    node.isClockSynchronised = false
    if node.isSealed { (node.isSealed, node.cloudInit) = (false, .running) }
    let isFirst = node.boots == 1
    var delay = node.draw.duration(in: timings.boot)
    let name = node.name
    machines[disk] = node
    emit(.booting(name))
    if faults.contains(.neverBoots(name)) || node.isTorn { return }
    if isFirst,
      case .slowBoot(_, let more)? = strike(where: {
        if case .slowBoot(name, _) = $0 { true } else { false }
      })
    {
      delay += more
    }
    schedule(.listens, after: delay, disk: disk)
  }

  private mutating func listen(_ disk: String) {
    guard let name = machines[disk]?.name else { return }
    machines[disk]?.isListening = true
    emit(.listening(name))
    if machines[disk]?.cloudInit == .running {
      schedule(.cloudInitEnds, within: timings.cloudInit, disk: disk)
    }
    schedule(.clockSyncs, within: timings.clockSync, disk: disk)
    resumeDCOS(disk)
  }

  private mutating func endCloudInit(_ disk: String) {
    guard let node = machines[disk] else { return }
    machines[disk]?.cloudInit = faults.contains(.cloudInitFails(node.name)) ? .error : .done
    wakes.append(node.group)
  }

  /// Synchronises the clock once one of its servers can be asked; a node of ours must serve time.
  private mutating func synchroniseClock(_ disk: String) {
    guard let node = machines[disk], !faults.contains(.clockNeverSyncs(node.name)) else { return }
    let servers = node.time?.servers ?? []
    let isAnswered =
      servers.isEmpty
      || servers.contains { server in
        guard let address = IPv4Address(server), let disk = self.disk(at: address) else {
          return true
        }
        return machines[disk]?.isListening == true && machines[disk]?.time?.servesTo != nil
      }
    if isAnswered {
      machines[disk]?.isClockSynchronised = true
    } else {
      schedule(.clockSyncs, after: .seconds(5), disk: disk)
    }
  }

  // MARK: stopping

  /// Cuts a machine's power by plan, unless the plan was taken back.
  private mutating func losePower(_ name: NodeName) {
    let isPlanned = strike { fault in
      if case .powersOff(name, _) = fault { true } else { false }
    }
    if isPlanned != nil, let disk = node(name)?.disk { powerOff(disk) }
  }

  /// Stops a machine as if its power was cut; what it ran stops with it.
  mutating func powerOff(_ disk: String) {
    guard let node = machines[disk], node.isUp else { return }
    stopGuest(disk)
    if node.cloudInit == .running { machines[disk]?.isTorn = true }
    for (uuid, domain) in domains where domain.definition.map(Self.diskKey) == disk {
      domains[uuid]?.record.state = .shutoff
    }
    emit(.powerOff(node.name))
    membershipChanged()
  }

  /// Lets a machine reboot: connections break, what is not installed for good is lost.
  mutating func reboot(_ disk: String) {
    guard machines[disk]?.isUp == true else { return }
    stopGuest(disk)
    boot(disk)
    membershipChanged()
  }

  private mutating func stopGuest(_ disk: String) {
    guard var node = machines[disk] else { return }
    node.isUp = false
    node.isListening = false
    node.isSettled = false
    node.runsZooKeeper = false
    node.exhibitorView = []
    node.generation = nil
    machines[disk] = node
    wakes.append(node.group)
    if let address = node.address { ensemble.registered.removeAll { $0 == address } }
    interruptInstallation(disk)
  }

  /// The key of a domain's system disk among the machines.
  static func diskKey(_ definition: DomainDefinition) -> String {
    "\(definition.pool)/\(definition.diskVolume)"
  }
}
