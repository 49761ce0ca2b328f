@testable import ForgeConfiguration
@testable import ForgeSimulation
@testable import ForgeModel
import ForgeSupport
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

/// Simulation runs of clusters that are drawn as well: their nodes, limits, parallelism and
/// release.
///
/// `DCOSFORGE_SEEDS` says how many; `DCOSFORGE_CLUSTER` names one and prints it.
@Suite struct AnyClusterTests {
  /// How many seeds in a row share a cluster: one undisturbed `up` makes it for all of them.
  private static let shared: UInt64 = 10

  private static let only =
    ProcessInfo.processInfo.environment["DCOSFORGE_CLUSTER"].flatMap { UInt64($0) }

  private static func spec(of seed: UInt64) -> ClusterSpec { .drawn(seed / shared) }

  private static func command(_ seed: UInt64) -> String {
    "DCOSFORGE_CLUSTER=\(seed) swift test --disable-xctest --filter AnyClusterTests"
  }

  @Test func runsOfAnyClusterKeepEveryInvariant() async throws {
    if let seed = Self.only { return show(seed) }
    let last = UInt64(UpTests.seeds)
    for first in stride(from: 0, through: last, by: Int(Self.shared)) {
      let seeds = max(1, first)...min(last, first + Self.shared - 1)
      let spec = Self.spec(of: first)
      let summary = await Rehearsal(spec).simulate(seeds: seeds)
      #expect(summary.entries.count == seeds.count)
      for entry in summary.entries {
        guard let violation = entry.violation else { continue }
        Issue.record("\(violation)\n\(spec.shape)\nrepeat   \(Self.command(entry.seed))")
      }
    }
    print("rehearsed \(last) simulation runs of \(last / Self.shared + 1) drawn clusters")
  }

  private func show(_ seed: UInt64) {
    let spec = Self.spec(of: seed)
    let simulationRun = Rehearsal(spec).simulate(seed: seed)
    let text = RehearsalText(spec, simulationRun, command: Self.command(seed))
    print(([spec.shape] + text.lines).joined(separator: "\n"))
    #expect(simulationRun.violation == nil)
  }

  @Test func everyShapeIsDrawn() {
    let specs = (0..<200).map { ClusterSpec.drawn($0) }
    #expect(Set(specs.map { $0.nodes(.master).count }) == Set(ClusterRules.masterCounts))
    #expect(Set(specs.map { $0.nodes(.agent).count }) == Set(0...10))
    #expect(Set(specs.map { $0.nodes(.publicAgent).count }) == Set(0...10))
    #expect(Set(specs.map(\.dcos.version)).count == ClusterSpec.releases.count)
    #expect(specs.contains { $0.parallel.steps == 1 })
    #expect(specs.contains { $0.parallel.installs == 1 })
    #expect(specs.contains { $0.nodes.first?.role == .bootstrap })
    #expect(specs.contains { $0.nodes.last?.role == .bootstrap })
    #expect(ClusterSpec.drawn(7) == ClusterSpec.drawn(7))
  }
}

extension ClusterSpec {
  /// One release at least of each way in which masters start and agents are drained.
  fileprivate static let releases = [
    DCOSVersion(1, 11, 2), DCOSVersion(1, 12, 4), DCOSVersion(1, 13, 3), DCOSVersion(2, 0, 5),
    DCOSVersion(2, 0, 6), DCOSVersion(2, 1, 0), DCOSVersion(2, 1, 1), DCOSVersion(2, 2, 1),
  ]

  /// The cluster that a number draws; what the file does not bound ends at ten.
  fileprivate static func drawn(_ number: UInt64) -> ClusterSpec {
    var draw = SeededGenerator(seed: number, stream: "cluster")
    func one<Value>(of values: [Value], _ draw: inout SeededGenerator) -> Value {
      values[draw.index(below: values.count)]
    }
    var spec = Samples.cluster(
      masters: one(of: ClusterRules.masterCounts, &draw), agents: draw.index(below: 11),
      publicAgents: draw.index(below: 11))
    if draw.chance(percent: 30) { spec.nodes.reverse() }
    spec.parallel.steps = one(of: [1, 2, 5, 32], &draw)
    spec.parallel.machines = one(of: [1, 2, 4], &draw)
    spec.parallel.transfers = one(of: [1, 4], &draw)
    spec.parallel.installs = one(of: [1, 2, 10], &draw)
    spec.dcos.version = one(of: releases, &draw)
    let factor = one(of: [1, 1, 2, 3], &draw)
    for limit: WritableKeyPath<LimitSpec, Duration> in [
      \.boot, \.timeSync, \.prerequisites, \.generate, \.install, \.quorum, \.join, \.health,
    ] {
      spec.limits[keyPath: limit] *= factor
    }
    return spec
  }

  /// What was drawn, in a line.
  fileprivate var shape: String {
    let roles = NodeRole.allCases.map { "\(nodes($0).count) \($0.rawValue)" }
    return "DC/OS \(dcos.version): \(roles.joined(separator: ", ")); "
      + "parallel: \(parallel.steps) steps, \(parallel.machines) machines, "
      + "\(parallel.transfers) transfers, \(parallel.installs) installs; "
      + "boot within \(limits.boot.brief)"
  }
}
