@testable import ForgeEvents
@testable import ForgePlanning
@testable import ForgeHealth
@testable import ForgeNodeProtocol
@testable import ForgeDCOS
@testable import ForgePorts
@testable import ForgeSupport
@testable import ForgeSimulation
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// The lease on a simulated hypervisor, beside other holders of every kind.
@Suite struct ClusterLeaseTests {
  // MARK: held by others

  @Test func aHolderThatRunsIsNamedAtOnce() throws {
    let cluster = SimulatedCluster(seed: 1)
    cluster.plantLease(Others.alice(on: cluster), renewing: .seconds(5))
    let error = #expect(throws: ForgeError.self) { try Run.body(on: cluster) {} }
    #expect(error?.category == .locked && error?.exitStatus == .locked)
    #expect(error?.subject == "lab")
    let text = error?.observed ?? ""
    #expect(
      text.hasPrefix("alice@desk, pid 4711, up since 2023-12-31T23:00:00.000Z, last heartbeat"))
    #expect(cluster.state.now.sinceStart < .seconds(1))
    #expect(cluster.state.lease(of: "lab")?.uuid == "alice")
  }

  /// Its heartbeat, not its clock, is what counts.
  @Test(arguments: [-3600, -21, 6, 3600])
  func aHolderThatRunsWithAWrongClockKeepsTheLease(_ seconds: Int) throws {
    let cluster = SimulatedCluster(seed: 2)
    cluster.plantLease(
      Others.alice(on: cluster, ahead: .seconds(seconds)), renewing: .seconds(5))
    let error = #expect(throws: ForgeError.self) { try Run.body(on: cluster) {} }
    #expect(error?.category == .locked)
    #expect(error?.observed.contains("ahead of this clock") == (seconds > 0))
    #expect(cluster.state.now.sinceStart < .seconds(8))
    #expect(cluster.state.lease(of: "lab")?.uuid == "alice")
  }

  @Test(arguments: [-3600, -21, 6, 3600])
  func aDeadHolderIsFollowedWithinTheBound(_ seconds: Int) throws {
    let cluster = SimulatedCluster(seed: 3)
    cluster.plantLease(Others.alice(on: cluster, ahead: .seconds(seconds)))
    let notes = try Run.body(on: cluster) {
      #expect(cluster.state.now.sinceStart >= ClusterLease.deathLimit)
      #expect(cluster.state.now.sinceStart < ClusterLease.deathLimit + .seconds(4))
      #expect(cluster.state.lease(of: "lab")?.uuid == "mine")
    }
    #expect(notes.count == 2)
    #expect(notes.first?.contains("looking for 20s") == true)
    #expect(notes.last?.hasPrefix("took the cluster over from alice@desk, pid 4711") == true)
    #expect(cluster.state.lease(of: "lab") == nil)
  }

  /// Dead a moment ago it cannot be distinguished from a running one; a moment later it can.
  @Test func aHolderThatJustDiedBlocksForABoundedTime() throws {
    let cluster = SimulatedCluster(seed: 4)
    cluster.plantLease(Others.alice(on: cluster))
    let error = #expect(throws: ForgeError.self) { try Run.body(on: cluster) {} }
    #expect(error?.category == .locked)
    _ = try Simulation.run(on: cluster) { try await $0.clock.sleep(for: .seconds(21)) }
    try Run.body(on: cluster) {}
    // Waiting does the same within one run.
    cluster.plantLease(Others.alice(on: cluster))
    try Run.body(on: cluster, waiting: .seconds(60)) {}
    #expect(cluster.state.lease(of: "lab") == nil)
  }

  @Test func anOwnPredecessorIsDeadForCertain() throws {
    let cluster = SimulatedCluster(seed: 5)
    var lease = Others.alice(on: cluster)
    lease.origin = Run.origin
    cluster.plantLease(lease)  // fresh by the clock, which does not matter
    let notes = try Run.body(on: cluster) {
      #expect(cluster.state.now.sinceStart < .seconds(1))
      #expect(cluster.state.lease(of: "lab")?.uuid == "mine")
    }
    #expect(notes.isEmpty)
  }

  @Test func aRunWaitsForAnotherToEnd() throws {
    let cluster = SimulatedCluster(seed: 6)
    cluster.plantLease(Others.alice(on: cluster), renewing: .seconds(5))
    _ = try Simulation.run(on: cluster) { cluster in
      async let other: Void = {
        try await cluster.clock.sleep(for: .seconds(90))
        try await cluster.hypervisor.removeLease(uuid: "alice")
      }()
      let notes = try await Run.hold(cluster, waiting: .seconds(100)) {
        #expect(cluster.state.now.sinceStart < .seconds(93))
      }
      #expect(notes.count == 1 && notes.first?.hasPrefix("waiting for alice@desk") == true)
      try await other
    }
  }

  @Test func aRunWaitsNoLongerThanItShould() throws {
    let cluster = SimulatedCluster(seed: 7)
    cluster.plantLease(Others.alice(on: cluster), renewing: .seconds(5))
    let error = #expect(throws: ForgeError.self) {
      try Run.body(on: cluster, waiting: .seconds(100)) {}
    }
    #expect(error?.category == .locked)
    #expect(cluster.state.now.sinceStart >= .seconds(100))
    #expect(cluster.state.now.sinceStart < .seconds(102))
  }

  /// Both find a dead holder and follow it in the same moments; never both, never neither.
  @Test func ofTwoContendersOneWins() throws {
    for seed in 0..<UInt64(UpTests.seeds) {
      let cluster = SimulatedCluster(seed: seed)
      cluster.plantLease(Others.alice(on: cluster, ahead: .seconds(-100)))
      let inside = Locked((now: 0, most: 0, wins: 0))
      _ = try Simulation.run(on: cluster) { cluster in
        await withTaskGroup(of: Void.self) { group in
          for name in ["one", "two"] {
            group.addTask {
              do {
                try await Run.hold(cluster, uuid: name, origin: name) {
                  inside.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.wins + 1) }
                  try await cluster.clock.sleep(for: .seconds(60))
                  inside.withLock { $0.now -= 1 }
                }
              } catch {
                #expect((error as? ForgeError)?.category == .locked, "\(error)")
              }
            }
          }
        }
      }
      #expect(inside.withLock { $0.most == 1 && $0.wins == 1 }, "seed \(seed)")
      #expect(cluster.state.lease(of: "lab") == nil)
    }
  }

  @Test func somebodyElsesDomainOfThatNameIsNotTouched() throws {
    let cluster = SimulatedCluster(seed: 8)
    let record = DomainRecord(
      name: "dcosforge-lease-lab", uuid: "theirs", state: .shutoff, mark: nil)
    cluster.plantForeign(domain: record)
    let error = #expect(throws: ForgeError.self) { try Run.body(on: cluster) {} }
    #expect(error?.category == .hypervisor)
    #expect(cluster.state.domains["theirs"]?.record == record)
  }

  // MARK: given back

  @Test func theLeaseIsHeldExactlyDuringTheBody() throws {
    let cluster = SimulatedCluster(seed: 9)
    try Run.body(on: cluster) {
      for beat in 0..<20 {
        #expect(cluster.state.lease(of: "lab")?.beat == beat)
        try await cluster.clock.sleep(for: ClusterLease.renewalInterval + .milliseconds(70))
      }
    }
    #expect(cluster.state.lease(of: "lab") == nil)
    #expect(Run.leaseEvents(cluster) == ["create-lease", "remove-lease"])
  }

  @Test func aBodyThatFailsGivesTheLeaseBack() throws {
    let cluster = SimulatedCluster(seed: 10)
    let failure = ForgeError(.step, "it broke")
    let error = #expect(throws: ForgeError.self) {
      try Run.body(on: cluster) { throw failure }
    }
    #expect(error == failure)
    #expect(cluster.state.lease(of: "lab") == nil)
  }

  @Test(arguments: [1, 3, 5, 40, 5001, 12_000])
  func aCancelledRunGivesTheLeaseBack(_ milliseconds: Int) throws {
    let cluster = SimulatedCluster(seed: 11)
    _ = try Simulation.run(on: cluster) { cluster in
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          await #expect(throws: (any Error).self) {
            try await Run.hold(cluster) { try await cluster.clock.sleep(for: .seconds(3600)) }
          }
        }
        try? await cluster.clock.sleep(for: .milliseconds(milliseconds))
        group.cancelAll()
      }
    }
    #expect(cluster.state.lease(of: "lab") == nil)
    #expect(cluster.state.now.sinceStart < .milliseconds(milliseconds + 100))
  }

  // MARK: lost

  @Test(arguments: [true, false])
  func aLostLeaseStopsTheRun(_ isTaken: Bool) throws {
    let cluster = SimulatedCluster(seed: 12)
    let theft = Duration.seconds(33)
    let error = #expect(throws: ForgeError.self) {
      _ = try Simulation.run(on: cluster) { cluster in
        async let thief: Void = {
          try await cluster.clock.sleep(for: theft)
          if isTaken {
            cluster.plantLease(Others.alice(on: cluster), renewing: .seconds(5))
          } else {
            try await cluster.hypervisor.removeLease(uuid: "mine")
          }
        }()
        let result = await Run.result {
          try await Run.hold(cluster) { try await Run.write(cluster) }
        }
        try await thief
        try await cluster.clock.sleep(for: .seconds(60))
        _ = try result.get()
      }
    }
    #expect(error?.category == .locked)
    #expect(
      error?.observed.hasPrefix(isTaken ? "alice@desk, pid 4711" : "the lease was removed") == true)
    let lastWrite = try #require(Run.lastWrite(cluster))
    #expect(lastWrite > theft - .seconds(1))
    #expect(lastWrite < theft + ClusterLease.renewalInterval + .seconds(1))
    #expect(cluster.state.lease(of: "lab")?.uuid == (isTaken ? "alice" : nil))
  }

  @Test func aShortBreakOfTheConnectionIsSatOut() throws {
    let cluster = SimulatedCluster(seed: 13)
    try Run.body(on: cluster) {
      try await cluster.clock.sleep(for: .seconds(12))
      Run.breakCalls(cluster, count: 8)
      try await cluster.clock.sleep(for: .seconds(60))
      #expect(try await cluster.hypervisor.lease(of: "lab")?.beat ?? 0 > 10)
    }
    #expect(cluster.state.lease(of: "lab") == nil)
    #expect(Run.leaseEvents(cluster) == ["create-lease", "remove-lease"])
  }

  /// When others may take the cluster, the run has stopped by itself.
  @Test func aLongBreakOfTheConnectionStopsTheRun() throws {
    let cluster = SimulatedCluster(seed: 14)
    let ended = Locked(Duration.zero)
    let error = #expect(throws: ForgeError.self) {
      try Run.body(on: cluster) {
        try await cluster.clock.sleep(for: .seconds(12))
        Run.breakCalls(cluster, count: 100)
        defer { ended.withLock { $0 = cluster.clock.now.sinceStart } }
        try await cluster.clock.sleep(for: .seconds(3600))
      }
    }
    #expect(error?.category == .hypervisor && error?.disposition == .retry)
    #expect(error?.observed.contains("Connection reset by peer") == true)
    let state = cluster.state
    let left = try #require(state.lease(of: "lab"))  // it could not be removed either
    let renewed = Duration.milliseconds(left.renewed - VirtualClock.calendarStart)
    let stopped = ended.withLock { $0 }
    #expect(stopped >= renewed + .seconds(14))
    #expect(stopped < renewed + ClusterLease.deathLimit - .seconds(4))
    state.faults.forEach(cluster.remove)
    try Run.body(on: cluster) {}
    #expect(cluster.state.lease(of: "lab") == nil)
  }

  // MARK: faults and kills everywhere

  /// Whichever call fails, with or without its effect: the run ends as it should or says why, and
  /// no lease is left that the next run would stumble over.
  @Test(arguments: 1...12, [false, true])
  func anyCallMayFail(_ number: Int, _ afterEffect: Bool) throws {
    let cluster = SimulatedCluster(
      seed: 15, faults: [.hypervisorCall(number, afterEffect: afterEffect)])
    try Run.body(on: cluster) { try await cluster.clock.sleep(for: .seconds(31)) }
    #expect(cluster.state.lease(of: "lab") == nil)
  }

  @Test func theNextRunFollowsAKilledOneAtOnce() throws {
    for (index, pause) in [0, 1, 5, 40, 4999, 5003, 5010, 30_000].enumerated() {
      let cluster = SimulatedCluster(seed: 16 + UInt64(index))
      #expect(throws: Simulation.Failure.self) {
        try Run.body(on: cluster) {
          try await cluster.clock.sleep(for: .milliseconds(pause))
          cluster.killRun()
          try await cluster.clock.sleep(for: .seconds(3600))
        }
      }
      #expect(cluster.state.lease(of: "lab") != nil)
      let start = cluster.state.now.sinceStart
      try Run.body(on: cluster, uuid: "next") {
        #expect(cluster.state.now.sinceStart - start < .seconds(1))
      }
      #expect(cluster.state.lease(of: "lab") == nil)
    }
  }

  /// A whole `up` under a lease, killed at every so many changes; somebody else continues it.
  @Test func anotherMachineContinuesAKilledUp() throws {
    let total = 120
    for point in stride(from: 1, to: total, by: max(1, total / UpTests.seeds * 4)) {
      let cluster = SimulatedCluster(seed: 17)
      #expect(throws: Simulation.Failure.self) {
        try Simulation.run(on: cluster, killAtChanges: point) { try await Run.up($0, "one") }
      }
      let status = try Simulation.run(on: cluster) { cluster in
        let error = await #expect(throws: ForgeError.self) { try await Run.up(cluster, "two") }
        #expect(error?.category == .locked)
        try await cluster.clock.sleep(for: .seconds(21))
        return try await Run.up(cluster, "two")
      }
      #expect(status.value == .success, "killed at \(point)")
      #expect(cluster.state.leases.isEmpty)
    }
  }
}

/// Holders other than the run.
private enum Others {
  /// A run on another machine whose last heartbeat was now by its own clock.
  static func alice(on cluster: SimulatedCluster, ahead: Duration = .zero) -> Lease {
    let now = cluster.clock.wallMilliseconds
    return Lease(
      cluster: "lab", uuid: "alice",
      holder: LockHolder(
        user: "alice", host: "desk", pid: 4711, command: "up",
        since: VirtualClock.calendarStart - 3_600_000),
      origin: "elsewhere", beat: 7, renewed: now + ahead.wholeMilliseconds)
  }
}

/// Runs under a lease.
private enum Run {
  static let origin = "here"

  @discardableResult
  static func hold(
    _ cluster: SimulatedCluster, uuid: String = "mine", origin: String = origin,
    waiting limit: Duration = .zero, _ body: @escaping @Sendable () async throws -> Void
  ) async throws -> [String] {
    let notes = Locked<[String]>([])
    let holder = LockHolder(
      user: "bob", host: "lap", pid: 1, command: "up", since: cluster.clock.wallMilliseconds)
    let lease = ClusterLease(
      "lab", uuid: uuid, holder: holder, origin: origin, on: cluster.hypervisor,
      clock: cluster.clock
    ) { note in notes.withLock { $0.append(note) } }
    try await lease.hold(until: cluster.clock.now.advanced(by: limit), body)
    return notes.withLock { $0 }
  }

  /// One run of its own; what the operator saw.
  @discardableResult
  static func body(
    on cluster: SimulatedCluster, uuid: String = "mine", waiting limit: Duration = .zero,
    _ body: @escaping @Sendable () async throws -> Void
  ) throws -> [String] {
    try Simulation.run(on: cluster) { cluster in
      try await hold(cluster, uuid: uuid, waiting: limit, body)
    }.value
  }

  static func result(_ body: () async throws -> [String]) async -> Result<[String], any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
  }

  static func up(_ cluster: SimulatedCluster, _ name: String) async throws
    -> ForgeModel.ExitStatus
  {
    let status = Locked(ForgeModel.ExitStatus.internalFault)
    try await hold(cluster, uuid: name, origin: name) {
      let report = try await Up(
        Samples.wanted(), context: cluster.context()
      ).run()
      status.withLock { $0 = report.status }
    }
    return status.withLock { $0 }
  }

  /// Changes the hypervisor again and again, and does not mind failures.
  static func write(_ cluster: SimulatedCluster) async throws {
    for number in 0..<10_000 {
      var network = try SmallWorld.network([SmallWorld.node(1 + number % 2)])
      network.name = "written"
      try? await cluster.hypervisor.ensureNetwork(network)
      try? await cluster.clock.sleep(for: .milliseconds(100))
    }
  }

  static func lastWrite(_ cluster: SimulatedCluster) -> Duration? {
    cluster.state.trace.last {
      $0.kind == .hypervisor(verb: "ensure-network", object: "written")
    }?.moment.sinceStart
  }

  static func leaseEvents(_ cluster: SimulatedCluster) -> [String] {
    cluster.state.trace.compactMap {
      guard case .hypervisor(let verb, "dcosforge-lease-lab") = $0.kind else { return nil }
      return verb
    }
  }

  /// The next calls of the hypervisor lose their connection.
  static func breakCalls(_ cluster: SimulatedCluster, count: Int) {
    let next = cluster.state.hypervisorCalls + 1
    for number in next..<next + count {
      cluster.plant(.hypervisorCall(number, afterEffect: false))
    }
  }
}
