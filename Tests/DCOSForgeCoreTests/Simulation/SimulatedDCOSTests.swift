@testable import ForgePorts
@testable import ForgeSimulation
@testable import ForgeNodeProtocol
@testable import ForgeModel
import DCOSForgeCore
import Testing

/// DC/OS on the simulated nodes, driven by the tasks alone: n1 bootstrap, n2 to n4 masters, n5 an
/// agent.
@Suite struct SimulatedDCOSTests {
  static let version = DCOSVersion(1, 11, 2)
  static let url = "http://10.1.1.1:8080"
  static let serving = Serving(
    folder: "/root/dcos", image: "nginx", archive: nil, address: SmallWorld.node(1).address,
    port: 8080)
  /// The `dcos_install.sh` of what ``bootstrap(_:)`` generates.
  static let served = SimulatedCluster.installer(of: "f")
  static let installer = ByteSource.bytes(Array("#!/bin/bash".utf8))

  static func role(_ number: Int) -> NodeRole {
    number == 1 ? .bootstrap : number < 5 ? .master : .agent
  }

  static func run(
    _ task: NodeTask, _ number: Int, _ cluster: SimulatedCluster
  ) async throws -> CommandResult {
    while true {
      do {
        let connection = try await SmallWorld.connect(cluster, SmallWorld.node(number))
        return try await connection.run(task, timeout: .seconds(2000))
      } catch let error as ForgeError {
        guard error.disposition == .retry else { throw error }
      }
    }
  }

  static func prepare(_ number: Int, _ cluster: SimulatedCluster) async throws {
    let result = try await run(
      .prepare(Preparation(role: role(number), version: version, packages: PackageSpec())), number,
      cluster)
    #expect(result.succeeded)
  }

  static func install(_ number: Int, _ cluster: SimulatedCluster) async throws {
    _ = try await run(
      .install(
        Installation(
          role: role(number), version: version, bootstrapURL: url, installer: served,
          inputs: "x 1")), number, cluster)
  }

  static func bootstrap(_ cluster: SimulatedCluster) async throws {
    try await prepare(1, cluster)
    let connection = try await SmallWorld.connect(cluster, SmallWorld.node(1))
    let config = "bootstrap_url: \(url)\nmaster_list:\n- 10.1.1.2\n- 10.1.1.3\n- 10.1.1.4\nx: 1\n"
    try await connection.upload(
      .bytes(Array(config.utf8)), to: "/root/dcos/genconf/config.yaml", mode: 0o644,
      timeout: .seconds(60), progress: nil)
    try await connection.upload(
      installer, to: "/root/dcos/dcos_generate_config.sh", mode: 0o755, timeout: .seconds(60),
      progress: nil)
    _ = try await run(
      .generate(
        Generation(
          folder: "/root/dcos", installer: SimulatedCluster.checksum(of: installer),
          inputs: "f")), 1, cluster)
    _ = try await run(.serve(serving), 1, cluster)
  }

  /// Installs the masters, and the agent when the ensemble is complete; waits until all is healthy.
  static func up(_ cluster: SimulatedCluster, masters: ClosedRange<Int> = 2...4)
    async throws
  {
    try await SmallWorld.up(cluster, count: 5)
    try await bootstrap(cluster)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in masters {
        group.addTask {
          try await prepare(number, cluster)
          try await install(number, cluster)
        }
      }
      try await group.waitForAll()
    }
  }

  static func wait(
    _ cluster: SimulatedCluster, for limit: Duration = .seconds(1200),
    until isDone: @Sendable (SimulatedWorld) -> Bool
  ) async throws -> Bool {
    let end = cluster.clock.now.advanced(by: limit)
    while !isDone(cluster.state) {
      guard cluster.clock.now < end else { return false }
      try await cluster.clock.sleep(for: .seconds(2))
    }
    return true
  }

  @Test func mastersFormAnEnsembleAndTheAgentRegisters() throws {
    for seed: UInt64 in 1...10 {
      let cluster = SimulatedCluster(seed: seed)
      _ = try Simulation.run(on: cluster) { cluster in
        try await Self.up(cluster)
        #expect(try await Self.wait(cluster) { $0.ensemble.isComplete })
        try await Self.prepare(5, cluster)
        try await Self.install(5, cluster)
        #expect(try await Self.wait(cluster) { !$0.ensemble.registered.isEmpty })
        #expect(
          try await Self.wait(cluster) { world in
            world.nodes.filter { $0.installedRole != nil }.allSatisfy(\.isSettled)
          })
      }
      let world = cluster.state
      #expect(world.ensemble.serving.map(\.description) == ["10.1.1.2", "10.1.1.3", "10.1.1.4"])
      #expect(world.ensemble.registered.map(\.description) == ["10.1.1.5"])
    }
  }

  @Test func twoOfThreeMastersServeButAreNotComplete() throws {
    let cluster = SimulatedCluster(seed: 5)
    _ = try Simulation.run(on: cluster) { cluster in
      try await Self.up(cluster, masters: 2...3)
      #expect(try await Self.wait(cluster) { $0.ensemble.serving.count == 2 })
      #expect(!(try await Self.wait(cluster) { $0.ensemble.isComplete }))
    }
    #expect(cluster.state.ensemble.mesosLeader == nil)
  }

  @Test func aMasterWithBlockedPortsNeverServes() throws {
    let blocked = Fault.portsBlocked(SmallWorld.node(3).name)
    let cluster = SimulatedCluster(seed: 5, faults: [blocked])
    _ = try Simulation.run(on: cluster) { cluster in
      try await Self.up(cluster)
      #expect(!(try await Self.wait(cluster) { $0.ensemble.isComplete }))
      cluster.remove(blocked)
      #expect(try await Self.wait(cluster) { $0.ensemble.isComplete })
    }
  }

  @Test func aLeaderThatFallsIsReplaced() throws {
    let cluster = SimulatedCluster(seed: 6)
    _ = try Simulation.run(on: cluster) { cluster in
      try await Self.up(cluster)
      #expect(try await Self.wait(cluster) { $0.ensemble.mesosLeader != nil })
      let world = cluster.state
      let leader = try #require(world.ensemble.leader)
      let node = try #require(world.nodes.first { $0.address == leader })
      cluster.powerOff(node.name)
      #expect(cluster.state.ensemble.leader == nil)
      #expect(try await Self.wait(cluster) { $0.ensemble.serving.count == 2 })
      #expect(cluster.state.ensemble.leader != leader)
      // Mesos' log was begun by all three; two of them go on with it.
      #expect(
        try await Self.wait(cluster) { world in
          world.ensemble.mesosLeader.map(world.ensemble.serving.contains) == true
        })
    }
  }

  @Test func aTornConnectionDoesNotTearTheInstallation() throws {
    let cluster = SimulatedCluster(seed: 7)
    _ = try Simulation.run(on: cluster) { cluster in
      try await SmallWorld.up(cluster, count: 5)
      try await Self.bootstrap(cluster)
      try await Self.prepare(2, cluster)
      let count = try #require(cluster.state.node(SmallWorld.node(2).name)).commandCount
      cluster.plant(.connectionDropped(SmallWorld.node(2).name, atCommand: count + 1))
      try await Self.install(2, cluster)
    }
    let begun = cluster.state.trace.count { event in
      if case .dcos(_, .installing) = event.kind { true } else { false }
    }
    #expect(begun == 1)
    #expect(cluster.state.node(SmallWorld.node(2).name)?.dcos == .installed(.master))
  }

  @Test func aSecondRoundChangesNothing() throws {
    let cluster = SimulatedCluster(seed: 8)
    let changes = try Simulation.run(on: cluster) { cluster in
      try await Self.up(cluster)
      let changes = cluster.state.changes
      try await Self.bootstrap(cluster)
      for number in 2...4 {
        try await Self.prepare(number, cluster)
        try await Self.install(number, cluster)
      }
      return changes
    }
    #expect(cluster.state.changes == changes.value)
  }
}
