@testable import ForgeSupport
@testable import ForgePlanning
@testable import ForgeNodeProtocol
@testable import ForgeModel
@testable import ForgeSimulation
import Testing

@testable import DCOSForgeCore

/// Questions to the simulated cluster.
@Suite struct AskMastersTests {
  private static func masters(_ cluster: SimulatedCluster) -> AskMasters {
    AskMasters(
      Samples.spec, keys: Samples.wanted().keys, context: cluster.context())
  }

  /// A cluster that is up; `after` changes it before it is asked.
  private func ask<Answer: Sendable>(
    up: Bool = true, _ after: (SimulatedCluster) -> Void = { _ in },
    _ body: @escaping @Sendable (AskMasters) async throws -> Answer
  ) throws -> (answer: Answer, took: Duration) {
    let cluster = SimulatedCluster(seed: 7)
    let report = try UpTests.up(on: cluster, until: up ? .health : .machines).report
    #expect(report.status == .success)
    after(cluster)
    let outcome = try Simulation.run(on: cluster) { cluster in
      try await body(Self.masters(cluster))
    }
    return (outcome.value, outcome.elapsed)
  }

  @Test func aWholeClusterAnswers() throws {
    let nodes = try ask { try await $0.nodes() }.answer
    #expect(nodes.members.count { $0.kind == .agent } == 3)
    #expect(nodes.members.count { $0.kind == .leader && $0.id != nil } == 1)
    #expect(NodeListingText(Samples.spec, nodes).notes.isEmpty)
    #expect(
      try ask { try await $0.services() }.answer.services.map(\.name) == ["marathon", "metronome"])
    let marathon = try ask { try await $0.marathon() }.answer
    #expect(marathon.content.members.contains { $0.name == "leader" })
  }

  @Test func aDeadFollowerCostsNothing() throws {
    let cluster = SimulatedCluster(seed: 7)
    _ = try UpTests.up(on: cluster)
    let leaders = [cluster.state.ensemble.leader, cluster.state.ensemble.mesosLeader]
    let follower = try #require(
      Samples.spec.nodes(.master).first { !leaders.contains($0.address) })
    cluster.powerOff(follower.name)
    let outcome = try Simulation.run(on: cluster) { cluster in
      try await Self.masters(cluster).nodes()
    }
    #expect(outcome.value.members.count == 6)
    #expect(outcome.elapsed < .seconds(10), "\(outcome.elapsed)")
  }

  @Test func whatEveryMasterSaidIsReported() throws {
    let error = #expect(throws: ForgeError.self) { try ask(up: false) { try await $0.nodes() } }
    #expect(error?.category == .step)
    for name in ["lxzk01", "lxzk02", "lxzk03"] {
      #expect(
        error?.observed.contains("\(name): the Mesos master gives no answer: connection refused")
          == true)
    }
    let off = #expect(throws: ForgeError.self) {
      try ask({ cluster in
        for node in Samples.spec.nodes(.master) { cluster.powerOff(node.name) }
      }) { try await $0.services() }
    }
    #expect(off?.category == .unreachable)
  }
}
