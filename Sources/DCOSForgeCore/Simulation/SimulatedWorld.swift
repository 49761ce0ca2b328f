package import ForgePorts
import ForgeNodeProtocol
package import ForgeModel

/// The whole state of a simulated world: a value that only ``SimulatedCluster`` changes.
///
/// Observers and tests read it. Everything that takes time is an alarm on its agenda.
package struct SimulatedWorld: Sendable {
  /// A libvirt network.
  struct Network: Sendable {
    var definition: NetworkDefinition
    var isActive: Bool
  }

  /// A storage pool.
  struct Pool: Sendable {
    struct Volume: Sendable {
      var definition: VolumeDefinition
      /// The content, kept where it was sent from memory: seeds are read by the guest.
      var content: [UInt8] = []
    }

    var definition: PoolDefinition
    var isActive: Bool
    var volumes: [String: Volume] = [:]
  }

  /// A domain; a foreign one has no definition.
  struct Domain: Hashable, Sendable {
    var record: DomainRecord
    var definition: DomainDefinition?
  }

  /// Something that will happen by itself.
  struct Alarm: Sendable {
    enum Kind: Sendable, Hashable {
      case listens, cloudInitEnds, clockSyncs, shutsDown
      case generationEnds, installationEnds, settles
      case zooKeeperStarts, exhibitorPolls, registers
      case election(round: Int), follows(round: Int), mesosElection(round: Int)
      case secondLeaderEnds, flaps(round: Int)
      case losesPower(NodeName)
    }

    var moment: Moment
    var order: Int
    var kind: Kind
    /// The disk of the node it is for, and the boot it belongs to; a later boot voids it.
    var disk: String?
    var boot = 0
  }

  /// The virtual time.
  package internal(set) var now = Moment(sinceStart: .zero)
  /// What happened so far.
  package internal(set) var trace: [WorldEvent] = []
  /// How many changes dcosforge has made: on the hypervisor, and inside nodes.
  ///
  /// Reading, connecting, tasks that found nothing to do, and leases do not count.
  package internal(set) var changes = 0
  /// ZooKeeper, Exhibitor and Mesos.
  package internal(set) var ensemble = SimulatedEnsemble()
  /// The faults that have not happened yet, or that last.
  package internal(set) var faults: [Fault]

  /// When the simulation run began that is under way.
  private(set) var beginning = Moment(sinceStart: .zero)
  private(set) var seed: UInt64
  let timings: SimulationTimings
  let host: HostFacts
  var networks: [String: Network] = [:]
  var pools: [String: Pool] = [:]
  var domains: [String: Domain] = [:]
  /// Leases by UUID; they are domains of their own kind.
  var leases: [String: HeldLease] = [:]
  /// The insides of machines, by the disk that holds them: `pool/volume`.
  var machines: [String: SimulatedNode] = [:]
  var agenda: [Alarm] = []
  var alarms = 0
  var draw: SeededGenerator
  var digest = TraceDigest()
  /// The run of dcosforge that may act; calls of earlier ones are refused.
  var run = 0
  package var isRunAlive = false
  /// The run is killed as soon as so many changes have been made.
  var killAtChanges: Int?
  package var hypervisorCalls = 0
  var uploads = 0
  package var volumesMade = 0
  var observers: [SimulatedCluster.Observer] = []
  var violation: String?
  /// What units wrote, on all nodes, in the order of time.
  var journal: [JournalLine] = []
  /// Groups of sleepers to wake once the world is released.
  var wakes: [Int] = []

  /// What nodes printed; worlds that begin with this one share it.
  let cache: OutputCache

  init(
    seed: UInt64, faults: FaultPlan, host: HostFacts, timings: SimulationTimings,
    cache: OutputCache
  ) {
    self.cache = cache
    self.seed = seed
    self.faults = faults.faults
    self.host = host
    self.timings = timings
    draw = SeededGenerator(seed: seed, stream: "world")
    schedulePowerCuts(faults.faults)
  }

  /// Begins another simulation run with the world as it is: times, order and faults are those of
  /// its own seed.
  mutating func begin(seed: UInt64, faults: FaultPlan) {
    (self.seed, self.faults, beginning) = (seed, faults.faults, now)
    (trace, digest, observers) = ([], TraceDigest(), [])
    (hypervisorCalls, uploads, volumesMade) = (0, 0, 0)
    draw = SeededGenerator(seed: seed, stream: "world")
    for disk in machines.keys {
      machines[disk]?.draw = SeededGenerator(seed: seed, stream: disk)
      machines[disk]?.commandCount = 0
    }
    schedulePowerCuts(faults.faults)
  }

  /// Puts the planned losses of power on the agenda.
  mutating func schedulePowerCuts(_ faults: [Fault]) {
    for case .powersOff(let node, let time) in faults {
      alarms += 1
      let moment = max(now, beginning.advanced(by: time))
      agenda.append(Alarm(moment: moment, order: alarms, kind: .losesPower(node)))
    }
  }

  // MARK: reading

  /// The nodes of machines that exist, by name.
  package var nodes: [SimulatedNode] {
    machines.values.filter { $0.exists }.sorted { ($0.name, $0.disk) < ($1.name, $1.disk) }
  }

  /// The inside of the machine of that name; nil before its first boot.
  package func node(_ name: NodeName) -> SimulatedNode? {
    machines.values.first { $0.exists && $0.name == name }
  }

  func disk(at address: IPv4Address) -> String? {
    machines.values.first { $0.exists && $0.address == address }?.disk
  }

  func name(at address: IPv4Address) -> NodeName? {
    disk(at: address).flatMap { machines[$0]?.name }
  }

  // MARK: happening

  /// Records an event, and lets the observers evaluate the world after it.
  mutating func emit(_ kind: WorldEvent.Kind) {
    let event = WorldEvent(moment: now, kind: kind)
    trace.append(event)
    journal += journalLines(event)
    digest.combine(event.description)
    for observer in observers {
      if let text = observer(event, self), violation == nil {
        violation = "\(event): \(text)"
      }
    }
  }

  /// Records a change that dcosforge made.
  mutating func change(_ kind: WorldEvent.Kind) {
    changes += 1
    emit(kind)
    if let limit = killAtChanges, changes >= limit { killRun() }
  }

  mutating func killRun() {
    guard isRunAlive else { return }
    isRunAlive = false
    killAtChanges = nil
    emit(.runKilled(run))
  }

  /// Takes the first fault that matches off the plan, and records that it struck.
  mutating func strike(where matches: (Fault) -> Bool) -> Fault? {
    guard let index = faults.firstIndex(where: matches) else { return nil }
    let fault = faults.remove(at: index)
    emit(.fault(fault))
    return fault
  }

  mutating func schedule(
    _ kind: Alarm.Kind, after delay: Duration, disk: String? = nil
  ) {
    alarms += 1
    let boot = disk.flatMap { machines[$0]?.boots } ?? 0
    agenda.append(
      Alarm(
        moment: now.advanced(by: delay), order: alarms, kind: kind, disk: disk, boot: boot))
  }

  mutating func schedule(
    _ kind: Alarm.Kind, within range: ClosedRange<Duration>, disk: String? = nil
  ) {
    let delay = disk.map { machines[$0]?.draw.duration(in: range) ?? range.upperBound }
    schedule(kind, after: delay ?? draw.duration(in: range), disk: disk)
  }

  /// When something happens next by itself.
  var nextMoment: Moment? { agenda.lazy.map(\.moment).min() }

  /// Lets everything happen that is due at the moment, in the order it was scheduled.
  mutating func advance(to moment: Moment) {
    while let index = agenda.indices.min(by: { one, other in
      (agenda[one].moment, agenda[one].order) < (agenda[other].moment, agenda[other].order)
    }), agenda[index].moment <= moment {
      let alarm = agenda.remove(at: index)
      now = max(now, alarm.moment)
      perform(alarm)
    }
    now = max(now, moment)
  }
}
