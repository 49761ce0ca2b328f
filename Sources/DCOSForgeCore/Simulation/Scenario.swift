/// What happens in one life of a simulated cluster: a value that follows from its seed.
public struct Scenario: Hashable, Sendable {
  /// How a run is cut short.
  public enum Interruption: Hashable, Sendable {
    /// Killed as soon as it has made so many changes.
    case killAtChange(Int)
    /// Killed once so many records of it are in the journal.
    case killAtRecord(Int)
    /// The first Ctrl-C after so many records.
    case stopAtRecord(Int)
    /// The second Ctrl-C after so many records.
    case cancelAtRecord(Int)
  }

  /// What times, order and everything else are drawn from.
  public var seed: UInt64
  /// What goes wrong.
  public var faults: FaultPlan
  /// How the first `up` is cut short, if it is.
  public var interruption: Interruption?
  /// The node that is wiped later on.
  public var wiped: NodeName?
  /// After how many of its changes the wipe is killed, if it is.
  public var wipeKill: Int?
  /// After how many of its changes the removal is killed, if it is.
  public var destroyKill: Int?

  /// Makes a life in which these faults happen and nothing else.
  public init(seed: UInt64, faults: FaultPlan = .none, interruption: Interruption? = nil) {
    self.seed = seed
    self.faults = faults
    self.interruption = interruption
  }

  /// Draws a life.
  public static func drawn(seed: UInt64, for spec: ClusterSpec) -> Scenario {
    var draw = SeededGenerator(seed: seed, stream: "scenario")
    var scenario = Scenario(seed: seed, faults: .drawn(seed: seed, for: spec))
    let records = 1 + draw.index(below: 20 * spec.nodes.count)
    let changes = 1 + draw.index(below: 30 * spec.nodes.count)
    scenario.interruption =
      switch draw.index(below: 100) {
      case 0..<35: nil
      case 35..<60: .killAtChange(changes)
      case 60..<75: .killAtRecord(records)
      case 75..<88: .stopAtRecord(records)
      default: .cancelAtRecord(records)
      }
    let nodes = spec.nodes
    scenario.wiped = nodes.isEmpty ? nil : nodes[draw.index(below: nodes.count)].name
    let wipeKill = 1 + draw.index(below: 6)
    scenario.wipeKill = draw.chance(percent: 40) ? wipeKill : nil
    let destroyKill = 1 + draw.index(below: 2 * nodes.count + 2)
    scenario.destroyKill = draw.chance(percent: 40) ? destroyKill : nil
    return scenario
  }
}

extension FaultPlan {
  /// Draws faults of every kind that ends by itself, is healed from outside, or by a wipe.
  public static func drawn(seed: UInt64, for spec: ClusterSpec) -> FaultPlan {
    var draw = SeededGenerator(seed: seed, stream: "faults of a life")
    let nodes = spec.nodes
    guard !nodes.isEmpty else { return .none }
    return FaultPlan(
      (0..<draw.index(below: 6)).map { _ in
        let node = nodes[draw.index(below: nodes.count)].name
        return draw.chance(percent: 60)
          ? passing(node, of: nodes.count, &draw) : lasting(node, of: nodes.count, &draw)
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
    case 0, 1: .powersOff(node, at: draw.duration(in: .seconds(1)...(.seconds(1500))))
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
