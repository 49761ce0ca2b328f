import ForgeSupport
package import ForgePorts
package import ForgeModel
package import ForgeKeys

/// A whole simulated cluster: hypervisor, machines, ZooKeeper, time and faults, deterministic by
/// seed.
///
/// It outlives the runs of dcosforge on it: ``Simulation/run(on:limits:killAtChanges:_:)`` may be
/// called again and again, so that tests kill a run, continue it, or repeat it.
package final class SimulatedCluster: Sendable {
  /// Looks at the world after each event; what it returns is a violated invariant and ends the run.
  ///
  /// It must not call the cluster: the world it evaluates is handed to it.
  package typealias Observer = @Sendable (WorldEvent, SimulatedWorld) -> String?

  /// A host with room for the standard cluster.
  package static let standardHost = HostFacts(
    name: "simulated", version: "simulation", processors: 32, freeMemory: .gibibytes(128),
    offersKVM: true)

  /// The clock of the world.
  package let virtualClock: VirtualClock
  /// What everything random in the world is drawn from.
  package let seed: UInt64
  let timings: SimulationTimings
  private let world: Locked<SimulatedWorld>

  /// Makes an empty world.
  package init(
    seed: UInt64, faults: FaultPlan = .none, host: HostFacts = standardHost,
    timings: SimulationTimings = .standard, cache: OutputCache = OutputCache()
  ) {
    self.seed = seed
    self.timings = timings
    virtualClock = VirtualClock()
    world = Locked(
      SimulatedWorld(seed: seed, faults: faults, host: host, timings: timings, cache: cache))
  }

  /// Begins another simulation run with a world on which nothing runs.
  package init(beginningWith world: SimulatedWorld, seed: UInt64, faults: FaultPlan) {
    self.seed = seed
    timings = world.timings
    virtualClock = VirtualClock(at: world.now)
    var world = world
    world.begin(seed: seed, faults: faults)
    self.world = Locked(world)
  }

  // MARK: what an operation works with

  /// The world's clock.
  package var clock: any ForgeClock { virtualClock }
  /// A connection to the hypervisor, for the run that is under way.
  package var hypervisor: any Hypervisor {
    SimulatedHypervisor(cluster: self, run: read { $0.run })
  }
  /// A way onto the nodes, for the run that is under way.
  package var shell: any RemoteShell { SimulatedShell(cluster: self, run: read { $0.run }) }

  /// A way onto the nodes that let this key in, for the run that is under way.
  package func shell(identity: KeyPair) -> any RemoteShell {
    SimulatedShell(cluster: self, run: read { $0.run }, identity: identity.publicKey)
  }

  /// Makes a seed image that simulated guests can read: its files one after the other.
  @Sendable package static func buildSeed(
    _ files: [String: String]
  ) async throws(ForgeError) -> [UInt8] {
    Array(
      files.sorted { $0.key < $1.key }.map { "# \($0.key)\n\($0.value)\n" }.joined().utf8)
  }

  // MARK: looking and meddling

  /// The world as it is now.
  package var state: SimulatedWorld { world.withLock { $0 } }

  /// Adds an observer, which is asked after every event from now on.
  package func observe(_ observer: @escaping Observer) {
    world.withLock { $0.observers.append(observer) }
  }

  package func plant(_ faults: Fault...) {
    change { world in
      world.faults += faults
      world.schedulePowerCuts(faults)
    }
  }

  /// Takes every fault away that has not happened yet, or that lasts.
  package func removeFaults() {
    change { world in
      world.faults = []
      world.membershipChanged()
    }
  }

  /// Takes a fault that lasts away again, such as blocked ports.
  package func remove(_ fault: Fault) {
    change { world in
      world.faults.removeAll { $0 == fault }
      world.membershipChanged()
    }
  }

  /// Puts a foreign domain on the hypervisor.
  package func plantForeign(domain record: DomainRecord) {
    change { $0.domains[record.uuid] = SimulatedWorld.Domain(record: record) }
  }

  /// Puts a foreign network on the hypervisor.
  package func plantForeign(network definition: NetworkDefinition, isActive: Bool = true) {
    change {
      $0.networks[definition.uuid] = SimulatedWorld.Network(
        definition: definition, isActive: isActive)
    }
  }

  /// Puts a foreign storage pool on the hypervisor.
  package func plantForeign(
    pool definition: PoolDefinition, isActive: Bool = true, volumes: [VolumeDefinition] = []
  ) {
    let named = volumes.map { ($0.name, SimulatedWorld.Pool.Volume(definition: $0)) }
    change {
      $0.pools[definition.uuid] = SimulatedWorld.Pool(
        definition: definition, isActive: isActive,
        volumes: Dictionary(named) { first, _ in first })
    }
  }

  /// Kills the run that is under way, as `kill -9` would: none of its calls has an effect any more.
  ///
  /// An event sink or a step of a test may call it, an ``Observer`` may not.
  package func killRun() {
    change { $0.killRun() }
  }

  /// Reboots a node's machine now.
  package func reboot(_ node: NodeName) {
    change { world in
      if let disk = world.node(node)?.disk { world.reboot(disk) }
    }
  }

  /// Cuts a node's power now.
  package func powerOff(_ node: NodeName) {
    change { world in
      if let disk = world.node(node)?.disk { world.powerOff(disk) }
    }
  }

  // MARK: for the adapters

  package func read<Value: Sendable>(_ look: (SimulatedWorld) -> Value) -> Value {
    world.withLock { look($0) }
  }

  /// Changes the world at one moment, then wakes those who wait for what changed.
  func change<Value: Sendable, Failure: Error>(
    _ work: (inout SimulatedWorld) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    defer {
      let groups = world.withLock { world in
        defer { world.wakes = [] }
        return world.wakes
      }
      for group in groups { virtualClock.wake(group: group) }
    }
    return try world.withLock { world throws(Failure) in try work(&world) }
  }

  /// Waits for a time drawn from a range.
  func pause(within range: ClosedRange<Duration>) async throws(ForgeError) {
    let time = world.withLock { $0.draw.duration(in: range) }
    try await sleep(until: virtualClock.now.advanced(by: time))
  }

  /// Waits as long as a transfer of so many bytes takes, reporting its progress.
  func transfer(
    _ count: Int64, cutInTheMiddle: Bool, progress: @Sendable (Int64) -> Void
  ) async throws(ForgeError) {
    let parts: Int64 = 8
    for part in 1...(cutInTheMiddle ? parts / 2 : parts) {
      let milliseconds = count * 1000 / timings.bytesPerSecond / parts
      try await sleep(until: virtualClock.now.advanced(by: .milliseconds(milliseconds)))
      progress(count * part / parts)
    }
  }

  func sleep(until moment: Moment, group: Int? = nil) async throws(ForgeError) {
    do {
      try await virtualClock.sleep(until: moment, group: group)
    } catch {
      throw ForgeError(.interrupted, "stopped", disposition: .final)
    }
  }
}

extension SimulatedWorld {
  /// Refuses what comes from a run that is over.
  func admit(_ caller: Int) throws(ForgeError) {
    guard isRunAlive, caller == run else {
      throw ForgeError(
        .interrupted, "run \(caller) is over", observed: "run \(run) is the latest",
        disposition: .final)
    }
  }
}
