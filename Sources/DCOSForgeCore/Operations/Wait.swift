import ForgeNodeProtocol
import ForgeSupport
import ForgePorts
package import ForgeModel
package import ForgeHealth

/// Waiting until a cluster is as it should be.
package struct Wait: Sendable {
  /// What is waited for.
  package enum Goal: String, CaseIterable, Sendable {
    /// Everything is well.
    case healthy
    /// Every master's ZooKeeper serves and exactly one leads.
    case quorum
    /// Every check on every master is well.
    case masters
    /// Every check on every agent is well.
    case agents
  }

  private let status: Status
  private let clock: any ForgeClock

  /// The pause between two readings, at least.
  private static let pause = Duration.seconds(3)

  /// Makes the operation; `deadline` as for ``Status``.
  package init(
    _ spec: ClusterSpec, keys: ClusterKeys, context: ForgeContext,
    deadline: Duration = Status.deadline
  ) {
    status = Status(spec, keys: keys, context: context, deadline: deadline)
    clock = context.clock
  }

  /// Reads until the goal is reached; ends all connections and returns the last reading.
  ///
  /// `seen` gets what still lacks, each time it changes. Throws category `timeout` with what was
  /// last seen.
  package func until(
    _ goal: Goal, within limit: Duration, seen: (String) -> Void
  ) async throws(ForgeError) -> ClusterHealth {
    let end = clock.now.advanced(by: limit)
    var last = ""
    while true {
      let began = clock.now
      let health = await status.read()
      guard let lack = Self.lack(of: goal, in: health) else {
        await status.close()
        return health
      }
      if lack != last { seen(lack) }
      last = lack
      let next = clock.now.advanced(by: max(Self.pause, clock.now.since(began)))
      guard next < end else {
        throw ForgeError(
          .timeout, "not \(goal.rawValue) within \(limit.brief)", observed: lack,
          advice: "dcosforge diagnose explains the first cause", disposition: .final)
      }
      do { try await clock.sleep(until: next) } catch {
        throw ForgeError(.interrupted, "stopped while waiting", observed: lack)
      }
    }
  }

  /// What still lacks; nil once the goal is reached.
  static func lack(of goal: Goal, in health: ClusterHealth) -> String? {
    let masters = health.nodes.filter { $0.role == .master }
    let agents = health.nodes.filter(\.role.isAgent)
    func bad(_ nodes: [NodeHealth]) -> String? {
      guard !nodes.allSatisfy(\.state.isGood) else { return nil }
      let names = nodes.filter { !$0.state.isGood }.map(\.node.description)
      return "\(names.joined(separator: ", ")) not well; \(health.summary)"
    }
    switch goal {
    case .healthy: return health.isHealthy ? nil : health.summary
    case .masters: return bad(masters)
    case .agents: return bad(agents)
    case .quorum:
      let serving = masters.count { $0.zooKeeper != nil }
      let leaders = masters.count { $0.zooKeeper == .leader || $0.zooKeeper == .standalone }
      return serving == masters.count && leaders == 1
        ? nil : "\(serving) of \(masters.count) masters serve, \(leaders) lead"
    }
  }
}
