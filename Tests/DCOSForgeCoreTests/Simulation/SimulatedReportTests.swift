@testable import ForgePorts
@testable import ForgeHealth
@testable import ForgeSimulation
@testable import ForgeNodeProtocol
@testable import ForgeModel
@testable import DCOSForgeCore
import Testing

/// What simulated nodes print, read by the parsers that read real ones.
@Suite struct SimulatedReportTests {
  private typealias Cluster = SimulatedDCOSTests

  private static let masters = (2...4).map { number in
    NodeSpec(
      name: SmallWorld.node(number).name, role: .master, address: SmallWorld.node(number).address)
  }

  private static func installation(_ role: NodeRole) -> Installation {
    Installation(
      role: role, version: Cluster.version, bootstrapURL: Cluster.url,
      installer: Cluster.served, inputs: "version 1\nx 'y' $z")
  }

  private static func facts(
    _ number: Int, _ cluster: SimulatedCluster
  ) async throws -> FactsReport {
    let request = FactsRequest(
      role: Cluster.role(number),
      preparation: Preparation(
        role: Cluster.role(number), version: Cluster.version, packages: PackageSpec()),
      time: TimeSettings(servers: []),
      serving: number == 1 ? Cluster.serving : nil)
    return try FactsReport(
      try await Cluster.run(.facts(request), number, cluster), on: SmallWorld.node(number).name)
  }

  private static func round(_ cluster: SimulatedCluster) async throws -> QuorumRound {
    let readings = try await withThrowingTaskGroup(
      of: (NodeName, Result<QuorumReport, ForgeError>).self
    ) { group in
      for (number, master) in zip(2...4, masters) {
        group.addTask {
          let task = NodeTask.readQuorum(masters: masters.map(\.address))
          let result = try await Cluster.run(task, number, cluster)
          return (master.name, .success(try QuorumReport(result, on: master.name)))
        }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    return QuorumRound(readings)
  }

  /// Feeds the gate until it opens, at most so often; nil when it stayed shut.
  private static func gate(
    _ cluster: SimulatedCluster, rounds: Int = 400
  ) async throws -> NodeName? {
    var gate = QuorumGate(masters: masters)
    for _ in 0..<rounds {
      if case .open(let leader, _) = gate.feed(try await round(cluster)) { return leader }
      try await cluster.clock.sleep(for: .seconds(3))
    }
    return nil
  }

  @Test func aWholeClusterComesUpByItsReports() throws {
    let cluster = SimulatedCluster(seed: 21)
    _ = try Simulation.run(on: cluster) { cluster in
      try await SmallWorld.up(cluster, count: 5)
      let fresh = try await Self.facts(1, cluster)
      #expect(fresh.hostname == "n1")
      #expect(fresh.dcos == .absent)
      #expect(fresh.generated == nil)
      #expect(fresh.prerequisites.contains { $0.item == "docker" && $0.state == .missing })
      try await Cluster.bootstrap(cluster)
      let ready = try await Self.facts(1, cluster)
      #expect(ready.generated == "f")
      #expect(ready.served == Cluster.served)
      #expect(ready.prerequisites.allSatisfy { !$0.isToDo })
      let served = try FetchReport(
        try await Cluster.run(.fetchServed(url: Cluster.url), 2, cluster), url: Cluster.url,
        on: Self.masters[0].name)
      #expect(served.bootstrapID == "simulated")

      let bare = try PreflightReport(
        try await Cluster.run(.preflight(Self.installation(.master)), 2, cluster),
        for: Self.installation(.master), on: Self.masters[0].name)
      #expect(bare.failures.contains { $0.check.contains("unzip") })
      for number in 2...4 {
        try await Cluster.prepare(number, cluster)
        try await Cluster.install(number, cluster)
      }
      let leader = try await Self.gate(cluster)
      #expect(leader != nil)
      #expect(
        leader
          == cluster.state.ensemble.leader.flatMap { address in
            Self.masters.first { $0.address == address }?.name
          })
      try await Cluster.prepare(5, cluster)
      try await Cluster.install(5, cluster)
      try await Self.expectHealth(cluster)
    }
  }

  private static func expectHealth(_ cluster: SimulatedCluster) async throws {
    let agent = SmallWorld.node(5)
    var standing = AgentsReport.Standing.notYet("")
    var states: [HealthState] = []
    for _ in 0..<200 {
      let result = try await Cluster.run(.listAgents(at: masters[0].address), 2, cluster)
      standing = try AgentsReport(result, at: masters[0].address, on: masters[0].name)
        .standing(of: agent.address)
      states = []
      for (number, node) in zip(2...5, masters + [agent]) {
        let request = HealthRequest(
          role: node.role, version: Cluster.version, address: node.address)
        let reading = try HealthReport(
          try await Cluster.run(.readHealth(request), number, cluster), on: node.name)
        let seen = NodeObservation(machine: .domain(.running), reading: .success(reading))
        states.append(
          NodeHealth(seen, of: node, version: Cluster.version, ClockComparison([])).state)
      }
      if case .joined = standing, states.allSatisfy(\.isGood) { break }
      try await cluster.clock.sleep(for: .seconds(5))
    }
    guard case .joined = standing else {
      Issue.record("the agent did not join: \(standing)")
      return
    }
    #expect(states == [.ok, .ok, .ok, .ok])
  }

  @Test(arguments: 1...20)
  func theGateStaysShutWhileAMasterIsBlocked(seed: UInt64) throws {
    let blocked = masters[1].name
    let cluster = SimulatedCluster(seed: seed, faults: [.portsBlocked(blocked)])
    let leader = try Simulation.run(on: cluster) { cluster in
      try await Cluster.up(cluster)
      return try await Self.gate(cluster, rounds: 60)
    }
    #expect(leader.value == nil)
  }

  private var masters: [NodeSpec] { Self.masters }

  @Test func whatFailsIsPrinted() throws {
    let one = SmallWorld.node(1).name
    let two = SmallWorld.node(2).name
    let cluster = SimulatedCluster(
      seed: 3,
      faults: [
        .wrongDetectedIP(two, "127.0.0.1"), .clockNeverSyncs(two),
        .prerequisiteFails(two, times: nil), .generationRejected(parameter: "x", message: "no"),
      ])
    _ = try Simulation.run(on: cluster) { cluster in
      try await SmallWorld.up(cluster, count: 2)
      let detected = try DetectIPReport(
        try await Cluster.run(.detectIP(script: "#!/bin/sh"), 2, cluster), on: two)
      #expect(!detected.findings(planned: SmallWorld.node(2).address).isEmpty)
      let clock = try ClockRecord(try await Cluster.run(.clock, 2, cluster), on: two)
      #expect(!clock.isGood)
      let preparation = Preparation(
        role: .master, version: Cluster.version, packages: PackageSpec())
      let prepared = try PrepareReport(
        try await Cluster.run(.prepare(preparation), 2, cluster), on: two)
      #expect(prepared.failure(on: two)?.disposition == .retry)
      try await Cluster.bootstrap(cluster)
      let generation = Generation(
        folder: "/root/dcos", installer: SimulatedCluster.checksum(of: Cluster.installer),
        inputs: "f")
      let report = try GenerateReport(
        try await Cluster.run(.generate(generation), 1, cluster), on: one)
      #expect(report.findings.map(\.parameter) == ["x"])
      let installation = Self.installation(.master)
      let result = try await Cluster.run(.install(installation), 2, cluster)
      let refused = #expect(throws: ForgeError.self) {
        try InstallReport(result, for: installation, on: two)
      }
      #expect(refused?.observed.contains("connection refused") == true)
    }
  }

  @Test func aConfigurationWithoutMastersIsRejected() throws {
    let one = SmallWorld.node(1).name
    let report = try Simulation.run(on: SimulatedCluster(seed: 4)) { cluster in
      try await SmallWorld.up(cluster, count: 1)
      try await Cluster.prepare(1, cluster)
      let connection = try await SmallWorld.connect(cluster, SmallWorld.node(1))
      let files = [
        ("genconf/config.yaml", ByteSource.bytes(Array("cluster_name: x\n".utf8))),
        ("dcos_generate_config.sh", Cluster.installer),
      ]
      for (name, content) in files {
        try await connection.upload(
          content, to: "/root/dcos/\(name)", mode: 0o644, timeout: .seconds(60), progress: nil)
      }
      let generation = Generation(
        folder: "/root/dcos", installer: SimulatedCluster.checksum(of: Cluster.installer),
        inputs: "f")
      return try GenerateReport(
        try await connection.run(.generate(generation), timeout: .seconds(900)), on: one)
    }
    #expect(report.value.findings.map(\.parameter) == ["master_list"])
  }
}
