import ForgePorts
import ForgeSupport
import ForgeSimulation
import ForgeModel
import ForgeEvents

/// Takes a run's events, hands them to the invariants, and cuts the run short where the scenario
/// says so.
final class RunRecorder: Sendable {
  private let cluster: SimulatedCluster
  private let invariants: Invariants
  private let spec: ClusterSpec
  private let number: Int
  private let interruption: Scenario.Interruption?
  private let stop = StopSignal()
  private let records = Locked(0)
  private let cancellations: AsyncStream<Void>
  private let canceller: AsyncStream<Void>.Continuation

  init(
    cluster: SimulatedCluster, invariants: Invariants, spec: ClusterSpec, number: Int,
    interruption: Scenario.Interruption?
  ) {
    self.cluster = cluster
    self.invariants = invariants
    self.spec = spec
    self.number = number
    self.interruption = interruption
    (cancellations, canceller) = AsyncStream<Void>.makeStream()
  }

  /// How many records the run wrote.
  var count: Int { records.withLock(\.self) }

  private func receive(_ event: Event) {
    invariants.receive(event, on: cluster)
    if case .stepProgress = event.kind { return }
    let number = records.withLock { count in
      count += 1
      return count
    }
    switch interruption {
    case .killAtRecord(number): cluster.killRun()
    case .stopAtRecord(number): stop.raise()
    case .cancelAtRecord(number): canceller.yield()
    default: break
    }
  }

  /// The UUID of the lease that the run of that number takes.
  static func leaseUUID(_ number: Int) -> String {
    let digits = String(number)
    return "1ea5e000-0000-4000-8000-"
      + String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits
  }

  /// Runs the body under the cluster's lease.
  ///
  /// All runs of a simulation run have one state folder, so that a killed one's lease is replaced
  /// at once.
  private func locked(
    _ body: @escaping @Sendable () async throws -> RunReport?
  ) async throws -> RunReport? {
    let holder = LockHolder(
      user: "rehearsal", host: "simulated", pid: Int32(number), command: "rehearsed",
      since: cluster.clock.wallMilliseconds)
    let lease = ClusterLease(
      spec.name, uuid: Self.leaseUUID(number), holder: holder, origin: "rehearsal",
      on: cluster.hypervisor, clock: cluster.clock
    ) { _ in }
    return try await lease.hold(until: cluster.clock.now, body)
  }

  /// Runs the body, and cancels it when the scenario says so.
  func run(
    _ body: @escaping @Sendable (ForgeContext) async throws -> RunReport?
  ) async throws -> RunReport? {
    let context = ForgeContext(
      hypervisor: cluster.hypervisor, shell: cluster.shell, clock: cluster.clock,
      buildSeed: SimulatedCluster.buildSeed, sink: { self.receive($0) }, stop: stop,
      jitterSeed: cluster.seed)
    guard case .cancelAtRecord = interruption else {
      return try await locked { try await body(context) }
    }
    return try await withThrowingTaskGroup(of: RunReport??.self) { group in
      group.addTask { .some(try await self.locked { try await body(context) }) }
      group.addTask { [cancellations] in
        for await _ in cancellations { break }
        return nil
      }
      defer { group.cancelAll() }
      while let ended = try await group.next() {
        if let report = ended { return report }
        group.cancelAll()
      }
      throw CancellationError()
    }
  }
}

/// The keys of a rehearsed cluster: they open nothing, and a node's change when it is retired.
final class SimulatedKeys: Sendable {
  /// What stands in every private key.
  static let secret = "REHEARSED PRIVATE KEY"

  private let nodes: [NodeName]
  private let generations: Locked<[NodeName: Int]>

  init(_ spec: ClusterSpec) {
    nodes = spec.nodes.map(\.name)
    generations = Locked(Dictionary(nodes.map { ($0, 1) }) { one, _ in one })
  }

  /// Counts nodes up, for a run that goes on: a process that was killed writes no file any more.
  func renewal(
    on cluster: SimulatedCluster
  ) -> @Sendable ([NodeName: Int]) throws(ForgeError) -> ClusterKeys {
    { [self] (standing) throws(ForgeError) in
      guard cluster.read(\.isRunAlive) else { throw .stopped }
      generations.withLock { generations in
        for (node, generation) in standing.sorted(by: { $0.key < $1.key }) {
          generations[node] = max(generations[node] ?? 1, generation) + 1
        }
      }
      return current
    }
  }

  var current: ClusterKeys {
    let generations = generations.withLock(\.self)
    var hosts: [NodeName: ClusterKeys.Host] = [:]
    for (index, node) in nodes.enumerated() {
      let generation = generations[node] ?? 1
      let bytes = (0..<32).map { UInt8(truncatingIfNeeded: $0 &+ index &* 32 &+ generation &* 7) }
      hosts[node] = ClusterKeys.Host(
        key: .init(
          privateText: "\(Self.secret) \(node) \(generation)\n",
          publicLine: "\(HostKey.line(of: bytes)) \(node)",
          publicBytes: bytes),
        generation: generation)
    }
    return ClusterKeys(userPublicLine: "ssh-ed25519 AAAA rehearsal", hosts: hosts)
  }
}
