package import ForgeModel

/// What happens in one simulation run of a simulated cluster: a value that follows from its seed.
package struct Scenario: Hashable, Sendable {
  /// How a run is cut short.
  package enum Interruption: Hashable, Sendable {
    /// Killed as soon as it has made so many changes.
    case killAtChange(Int)
    /// Killed once so many records of it are in the journal.
    case killAtRecord(Int)
    /// The first Ctrl-C after so many records.
    case stopAtRecord(Int)
    /// The second Ctrl-C after so many records.
    case cancelAtRecord(Int)
    /// Killed after so many pieces of work, each of which ends at an `await` that waits.
    case killAtJob(Int)
  }

  /// What there is when a simulation run begins.
  package enum Beginning: String, Hashable, Sendable {
    /// Nothing of the cluster.
    case nothing
    /// A cluster that is up.
    case healthy
  }

  /// What the first run of a simulation run is there to do.
  package enum Act: Hashable, Sendable {
    case up
    /// `wipe` of these nodes, with `--rejoin` or without.
    case wipe([NodeName], rejoins: Bool)
    case repair
    case destroy
  }

  /// What times, order and everything else are drawn from.
  package var seed: UInt64
  /// What there is at first.
  package var beginning = Beginning.nothing
  /// What the first run does.
  package var act = Act.up
  /// What goes wrong.
  package var faults: FaultPlan
  /// How the first run is cut short, if it is.
  package var interruption: Interruption?
  /// After how many of its changes the removal is killed, if it is.
  package var destroyKill: Int?
  /// Whether the base image is kept at first when everything is removed.
  package var keepsImage = false

  /// Makes a simulation run in which these faults happen and nothing else.
  package init(
    seed: UInt64, _ act: Act = .up, of beginning: Beginning = .nothing, faults: FaultPlan = .none,
    interruption: Interruption? = nil
  ) {
    self.seed = seed
    self.beginning = beginning
    self.act = act
    self.faults = faults
    self.interruption = interruption
  }

  /// Draws a simulation run.
  package static func drawn(seed: UInt64, for spec: ClusterSpec) -> Scenario {
    var draw = SeededGenerator(seed: seed, stream: "scenario")
    var scenario = Scenario(seed: seed)
    var machines = spec.nodes.count
    if draw.chance(percent: 80), !spec.nodes.isEmpty {
      scenario.beginning = .healthy
      scenario.act = Act.drawn(for: spec.nodes, &draw)
      machines = if case .wipe(let names, _) = scenario.act { names.count } else { 1 }
    }
    scenario.faults = .drawn(seed: seed, for: spec, making: machines)
    if scenario.act == .repair, draw.chance(percent: 80) {
      scenario.faults.faults.append(
        .powersOff(spec.nodes[draw.index(below: spec.nodes.count)].name, at: .zero))
    }
    let records = 1 + draw.index(below: 20 * machines)
    let changes = 1 + draw.index(below: 30 * machines)
    scenario.interruption =
      switch draw.index(below: 100) {
      case 0..<35: nil
      case 35..<55: .killAtChange(changes)
      case 55..<65: .killAtRecord(records)
      case 65..<77: .killAtJob(1 + draw.index(below: 600 * machines))
      case 77..<88: .stopAtRecord(records)
      default: .cancelAtRecord(records)
      }
    let destroyKill = 1 + draw.index(below: 2 * spec.nodes.count + 2)
    scenario.destroyKill = draw.chance(percent: 40) ? destroyKill : nil
    scenario.keepsImage = draw.chance(percent: 10)
    if case .wipe = scenario.act, draw.chance(percent: 20) {
      scenario.faults.faults.append(.callRefused)
    }
    return scenario
  }
}

extension Scenario.Act {
  /// Draws what is done with a cluster that is up.
  fileprivate static func drawn(
    for nodes: [NodeSpec], _ draw: inout SeededGenerator
  ) -> Self {
    let one = nodes[draw.index(below: nodes.count)].name
    let other = nodes[draw.index(below: nodes.count)].name
    let rejoins = draw.chance(percent: 50)
    let agents = nodes.filter(\.role.isAgent).map(\.name)
    return switch draw.index(below: 20) {
    case 0: .wipe(nodes.map(\.name), rejoins: rejoins)
    case 1 where !agents.isEmpty: .wipe(agents, rejoins: rejoins)
    case 2, 3: .wipe(one == other ? [one] : [one, other].sorted(), rejoins: rejoins)
    case 1, 4..<14: .wipe([one], rejoins: rejoins)
    case 14..<18: .repair
    default: .up
    }
  }
}

extension FaultPlan {
  /// Draws faults of every kind that ends by itself, is repaired from outside, or by a wipe.
  ///
  /// - Parameter machines: how many machines are to be made, which says how long there is something
  ///   to disturb.
  static func drawn(
    seed: UInt64, for spec: ClusterSpec, making machines: Int
  ) -> FaultPlan {
    var draw = SeededGenerator(seed: seed, stream: "faults of a life")
    let nodes = spec.nodes
    guard !nodes.isEmpty else { return .none }
    return FaultPlan(
      (0..<draw.index(below: 6)).map { _ in
        let node = nodes[draw.index(below: nodes.count)].name
        return draw.chance(percent: 60)
          ? passing(node, of: machines, &draw) : lasting(node, of: machines, &draw)
      })
  }

  /// What a patient run may survive.
  private static func passing(
    _ node: NodeName, of count: Int, _ draw: inout SeededGenerator
  ) -> Fault {
    switch draw.index(below: 9) {
    case 0:
      .hypervisorCall(1 + draw.index(below: 12 * count), afterEffect: draw.chance(percent: 50))
    case 1: .uploadCut(1 + draw.index(below: count + 1))
    case 2: .connectionRefused(node, times: 1 + draw.index(below: 3))
    case 3: .connectionDropped(node, atCommand: 1 + draw.index(below: 25))
    case 4: .slowBoot(node, by: draw.duration(in: .seconds(5)...(.seconds(60))))
    case 5: .prerequisiteFails(node, times: 1)
    case 6: .twoLeaders(lasting: draw.duration(in: .seconds(1)...(.seconds(20))))
    case 7: .exhibitorDisagrees(lasting: draw.duration(in: .seconds(5)...(.seconds(60))))
    default: .leaderFlaps(times: 1 + draw.index(below: 3), after: .seconds(3))
    }
  }

  /// What ends a run.
  private static func lasting(
    _ node: NodeName, of count: Int, _ draw: inout SeededGenerator
  ) -> Fault {
    switch draw.index(below: 10) {
    case 0, 1: .powersOff(node, at: draw.duration(in: .seconds(1)...(.seconds(200 * count))))
    case 2:
      .reboot(node, during: TaskKind.rebooting[draw.index(below: TaskKind.rebooting.count)])
    case 3: .diskFull(atVolume: 1 + draw.index(below: 2 * count + 1))
    case 4: .installFails(node)
    case 5: .installBreaks(node)
    case 6: .portsBlocked(node)
    case 7: .preflightFails(node, check: "drawn check")
    case 8: .wrongDetectedIP(node, "127.0.0.1")
    default: .prerequisiteFails(node, times: nil)
    }
  }
}

extension TaskKind {
  /// The tasks in whose middle a drawn reboot strikes.
  fileprivate static let rebooting: [TaskKind] = [
    .awaitCloudInit, .facts, .configureTime, .prepare, .detectIP, .checksum, .generate, .serve,
    .preflight, .install, .readQuorum, .readHealth,
  ]
}
