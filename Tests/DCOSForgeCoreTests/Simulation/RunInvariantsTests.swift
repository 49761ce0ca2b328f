@testable import ForgeHealth
@testable import ForgeDCOS
@testable import ForgeSupport
@testable import ForgeNodeProtocol
@testable import ForgePorts
@testable import ForgeEvents
@testable import ForgeSimulation
@testable import ForgeModel
@testable import ForgePlanning
import Testing

@testable import DCOSForgeCore

/// The invariants on what a run says and how it keeps to its limits see the violations they are
/// there for.
@Suite struct RunInvariantsTests {
  private static let secret = "SAMPLE PRIVATE KEY"
  private static let machine = StepID(.machine, Samples.name("lxb001"))

  /// The invariant that a run breaks which says these events, each after its time, on a new world.
  private func violation(
    _ spec: ClusterSpec, _ act: Invariants.Act, _ events: [(Duration, Event.Kind)],
    _ body: @escaping @Sendable (SimulatedCluster, Invariants) async throws -> Void
  ) throws -> String? {
    let cluster = SimulatedCluster(seed: 1)
    let invariants = Invariants(spec, secret: Self.secret)
    invariants.watch(cluster)
    invariants.begin(act)
    do {
      _ = try Simulation.run(on: cluster) { cluster in
        for (elapsed, kind) in events {
          try await cluster.clock.sleep(until: Moment(sinceStart: elapsed))
          invariants.receive(Event(elapsed: elapsed, wallMilliseconds: 0, kind: kind), on: cluster)
        }
        try await body(cluster, invariants)
      }
      return nil
    } catch let failure as Simulation.Failure {
      guard case .violation(let text) = failure.reason else { throw failure }
      return text
    }
  }

  private func starts(_ kind: StepKind, _ node: String) -> (Duration, Event.Kind) {
    (.zero, .stepStarted(StepID(kind, Samples.name(node)), limit: .seconds(60), attempt: 1))
  }

  @Test func moreAtOnceThanAllowed() throws {
    var spec = Samples.spec
    spec.parallel.machines = 1
    #expect(
      try violation(spec, [starts(.machine, "lxb001"), starts(.machine, "lxb002")])
        == "limits: 2 machines at once, 1 are allowed")
    spec.parallel.steps = 1
    #expect(
      try violation(spec, [starts(.time, "lxb001"), starts(.time, "lxb002")])
        == "limits: 2 steps at once, 1 are allowed")
    spec = Samples.spec
    spec.parallel.installs = 1
    #expect(
      try violation(
        spec,
        [starts(.installMaster, "lxzk01"), starts(.installAgent, "lxb002")])
        == "limits: 2 installs at once, 1 are allowed")
    spec.parallel.transfers = 0
    #expect(
      try violation(spec, [starts(.generate, "lxcm02")])
        == "limits: 1 transfers at once, 0 are allowed")
  }

  @Test func aRetryIsNoSecondStep() throws {
    var spec = Samples.spec
    spec.parallel.steps = 1
    let again = (
      Duration.seconds(1), Event.Kind.stepStarted(Self.machine, limit: .seconds(60), attempt: 2)
    )
    #expect(try violation(spec, [starts(.machine, "lxb001"), again]) == nil)
  }

  @Test func aStepBeyondItsLimit() throws {
    let end = { (time: Duration) in (time, Event.Kind.stepFinished(Self.machine, .unchanged(""))) }
    let start = starts(.machine, "lxb001")
    #expect(try violation(events: [start, end(.seconds(60))]) == nil)
    #expect(
      try violation(events: [start, end(.milliseconds(60_001))])
        == "limits: machine lxb001 took 1m00s of 1m00s")
  }

  private func violation(events: [(Duration, Event.Kind)]) throws -> String? {
    try violation(Samples.spec, events)
  }

  @Test func aRunThatOnlySaysItIsWell() throws {
    let start = (
      Duration.zero, Event.Kind.runStarted(command: "up", cluster: "x", steps: 0)
    )
    let end = { (status: ForgeModel.ExitStatus) in
      (Duration.seconds(120), Event.Kind.runFinished(status, elapsed: .seconds(120)))
    }
    #expect(
      try violation(events: [start, end(.success)])
        == "truth: the run ends well although lxcm02 is off")
    #expect(try violation(events: [start, end(.timeout)]) == nil)
  }

  @Test func aKeyInAnEvent() throws {
    let said = "secret: a private key stands in an event"
    let text = "x \(Self.secret) y"
    let error = ForgeError(.step, "failed", observed: text)
    let kinds: [Event.Kind] = [
      .stepProgress(Self.machine, detail: text), .stepRetrying(Self.machine, error, delay: .zero),
      .stepFinished(Self.machine, .failed(error)), .stepFinished(Self.machine, .changed(text)),
    ]
    for kind in kinds { #expect(try violation(events: [(.zero, kind)]) == said) }
    #expect(
      try violation(events: [(.zero, .stepProgress(Self.machine, detail: "SAMPLE SAMPLE PRIVATE"))])
        == nil)
  }

  @Test func aKeyInAVolume() throws {
    let blueprint = Blueprint(Samples.wanted())
    for (name, isSeed) in [("lxb001-1.qcow2", false), ("lxb001-1-seed.iso", true)] {
      let text = try violation { cluster, _ in
        try await cluster.hypervisor.ensurePool(blueprint.pool)
        try await cluster.hypervisor.uploadVolume(
          VolumeDefinition(name: name, capacity: .gibibytes(1), format: .raw),
          in: blueprint.pool.name, from: .bytes(Array(Self.secret.utf8)), progress: { _ in })
      }
      #expect((text == nil) == isSeed, "\(text ?? "")")
    }
  }

  private func violation(
    _ spec: ClusterSpec, _ events: [(Duration, Event.Kind)]
  ) throws -> String? {
    try violation(spec, .up(changing: nil), events) { _, _ in }
  }

  private func violation(
    _ body: @escaping @Sendable (SimulatedCluster, Invariants) async throws -> Void
  ) throws -> String? {
    try violation(Samples.spec, .up(changing: nil), [], body)
  }

  @Test func aKeyInAFileOrACommand() throws {
    let cluster = SimulatedCluster(seed: 4)
    _ = try UpTests.up(on: cluster, until: .machines)
    let invariants = Invariants(Samples.spec, secret: Self.secret)
    invariants.watch(cluster)
    let node = try #require(Samples.spec.bootstrap)
    func run(_ task: NodeTask?) throws {
      _ = try Simulation.run(on: cluster) { cluster in
        let connections = NodeConnections(
          Samples.spec, keys: Samples.wanted().keys, shell: cluster.shell)
        if let task {
          _ = try await connections.run(task, on: node, timeout: .seconds(60))
        } else {
          _ = try await connections.upload(
            LocalArtifact(bytes: Array(Self.secret.utf8)), to: "/root/key", mode: 0o600, on: node,
            timeout: .seconds(60))
        }
      }
    }
    try run(.shell("echo hello"))
    for task in [NodeTask.shell("echo \(Self.secret)"), nil] {
      let failure = #expect(throws: Simulation.Failure.self) { try run(task) }
      guard case .violation(let text) = failure?.reason else { continue }
      #expect(text.contains("secret: "))
    }
  }

  @Test func aRunThatShouldChangeNothing() throws {
    let body: @Sendable (SimulatedCluster, Invariants) async throws -> Void = {
      cluster, invariants in
      let context = cluster.context()
      _ = try await Up(Samples.wanted(), context: context).run()
    }
    #expect(
      try violation(Samples.spec, .up(changing: []), [], body)?.contains(
        "is changed without need") == true)
    // Nothing shared is among what may be changed for one node's sake.
    #expect(
      try violation(Samples.spec, .up(changing: [Samples.name("lxb001")]), [], body)?.contains(
        "idle: ") == true)
    #expect(try violation(Samples.spec, .up(changing: nil), [], { _, _ in }) == nil)
  }

  @Test func aChangeWithoutTheLease() throws {
    let cluster = SimulatedCluster(seed: 6)
    let invariants = Invariants(Samples.spec, secret: Self.secret)
    invariants.watch(cluster)
    let mine = Lease(
      cluster: Samples.spec.name, uuid: "mine",
      holder: LockHolder(user: "u", host: "h", pid: 1, command: "up", since: 0), origin: "o",
      beat: 0, renewed: 0)
    func makePool() throws {
      _ = try Simulation.run(on: cluster) { cluster in
        try await cluster.hypervisor.ensurePool(Blueprint(Samples.wanted()).pool)
      }
    }
    invariants.begin(.up(changing: nil), lease: "mine")
    #expect(invariants.inspectEnd(cluster) == nil)
    let failure = #expect(throws: Simulation.Failure.self) { try makePool() }
    guard case .violation(let text)? = failure?.reason else { return }
    #expect(text.contains("lock: hypervisor ensure-pool"))
    cluster.plantLease(mine)
    _ = try Simulation.run(on: cluster) { cluster in
      try await cluster.hypervisor.removePool(uuid: Blueprint(Samples.wanted()).pool.uuid)
    }
    #expect(invariants.inspectEnd(cluster) == "lock: the run has ended and left its lease")
  }

  @Test func somethingIsLeft() throws {
    let cluster = SimulatedCluster(seed: 5)
    let invariants = Invariants(Samples.spec, secret: Self.secret)
    invariants.watch(cluster)
    #expect(invariants.leftovers(cluster) == nil)
    _ = try UpTests.up(on: cluster, until: .machines)
    let text = try #require(invariants.leftovers(cluster))
    for part in ["nothing left: ", "domain dcos_gsi-lxb001", "pool ", "network "] {
      #expect(text.contains(part))
    }
  }
}
