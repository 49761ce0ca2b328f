@testable import ForgeNodeProtocol
@testable import ForgePorts
@testable import ForgeModel
@testable import ForgeSimulation
import DCOSForgeCore
import Testing

@Suite struct SimulatedMachineTests {
  private let one = SmallWorld.node(1)

  @Test func machinesBootAndAnswer() throws {
    let cluster = SimulatedCluster(seed: 1)
    let outcome = try Simulation.run(on: cluster) { try await SmallWorld.up($0, count: 4) }
    #expect(outcome.elapsed > .seconds(20))
    #expect(cluster.state.nodes.map(\.hostname) == ["n1", "n2", "n3", "n4"])
    #expect(cluster.state.runningDomains == ["t-n1", "t-n2", "t-n3", "t-n4"])
    // network, pool, base; then disk, seed, definition and start of each machine.
    #expect(cluster.state.changes == 3 + 4 * 4)
  }

  @Test func digestsDifferBySeed() throws {
    #expect(try SmallWorld.digest(seed: 1) == SmallWorld.digest(seed: 1))
    #expect(try SmallWorld.digest(seed: 1) != SmallWorld.digest(seed: 2))
  }

  @Test func aRunIsKilledAtAnyChangeAndTheWorldStays() throws {
    for changes in 1...18 {
      let cluster = SimulatedCluster(seed: 4)
      let failure = #expect(throws: Simulation.Failure.self) {
        try Simulation.run(on: cluster, killAtChanges: changes) {
          try await SmallWorld.up($0, count: 4)
        }
      }
      #expect(failure?.reason == .killed)
      #expect(cluster.state.changes == changes)
      let hosts = try Simulation.run(on: cluster) { try await $0.hypervisor.networks() }
      #expect(hosts.value.count == 1)
    }
  }

  @Test func anotherHostKeyIsFinal() throws {
    let cluster = SimulatedCluster(seed: 2, faults: [.wrongHostKey(one.name)])
    let error = #expect(throws: ForgeError.self) {
      try Simulation.run(on: cluster) { try await SmallWorld.up($0, count: 1) }
    }
    #expect(error?.category == .unreachable)
    #expect(error?.disposition == .final)
  }

  @Test func aRebootBreaksTheCommandAndTheDiskSurvives() throws {
    let one = one
    let cluster = SimulatedCluster(seed: 2, faults: [.reboot(one.name, during: .shell)])
    let lines = try Simulation.run(on: cluster) { cluster in
      try await SmallWorld.up(cluster, count: 1)
      let connection = try await SmallWorld.connect(cluster, one)
      try await connection.upload(
        .bytes([1, 2]), to: "/f", mode: 0o644, timeout: .seconds(9), progress: nil)
      let error = await #expect(throws: ForgeError.self) {
        try await connection.run(.shell("sleep 60"), timeout: .seconds(90))
      }
      #expect(error?.category == .unreachable)
      #expect(error?.disposition == .retry)
      let again = try await SmallWorld.connect(cluster, one)
      #expect(try await again.download("/f", limit: 9, timeout: .seconds(9)) == [1, 2])
      return try await again.run(.shell("echo a b"), timeout: .seconds(9)).standardOutput
    }
    #expect(lines.value == "a b\n")
    #expect(cluster.state.node(one.name)?.boots == 2)
  }

  @Test func aCallThatLostItsConnectionMayHaveWorked() throws {
    for afterEffect in [false, true] {
      let cluster = SimulatedCluster(
        seed: 2, faults: [.hypervisorCall(1, afterEffect: afterEffect)])
      let pools = try Simulation.run(on: cluster) { cluster in
        let error = await #expect(throws: ForgeError.self) {
          try await cluster.hypervisor.ensurePool(SmallWorld.pool)
        }
        #expect(error?.disposition == .retry)
        return try await cluster.hypervisor.pools().count
      }
      #expect(pools.value == (afterEffect ? 1 : 0))
    }
  }

  @Test func anObserverEndsTheRun() throws {
    let cluster = SimulatedCluster(seed: 2)
    cluster.observe { event, world in
      if case .booting = event.kind, world.runningDomains.count > 1 { "two machines" } else { nil }
    }
    let failure = #expect(throws: Simulation.Failure.self) {
      try Simulation.run(on: cluster) { try await SmallWorld.up($0, count: 2) }
    }
    guard case .violation(let text)? = failure?.reason else {
      Issue.record("no violation: \(String(describing: failure))")
      return
    }
    #expect(text.hasSuffix("two machines"))
    #expect(failure?.lastEvents.last?.contains("boots") == true)
  }

  @Test func manySeeds() throws {
    let digests = try (1...100).map { try SmallWorld.digest(seed: $0) }
    #expect(Set(digests).count == 100)
  }
}
