import ForgeNodeProtocol
package import ForgeModel

/// Keeps a wipe from ending the ZooKeeper ensemble, and says in which order masters can go.
package struct QuorumGuard: Sendable {
  /// What a master is to the ensemble.
  package enum Standing: Hashable, Sendable {
    /// Set-up never finished on it: there is nothing to lose.
    case neverInstalled
    /// It is, or was, a member, and is not proved to serve; what was seen.
    case unproved(String)
    /// It serves under the one leader.
    case follows
    /// It is the one leader.
    case leads
  }

  /// The planned masters with their standing, in file order.
  package let masters: [(name: NodeName, standing: Standing)]
  /// Whether the masters are, or may once have been, an ensemble.
  private let isEnsemble: Bool

  /// Makes a guard; masters without a standing are not proved.
  package init(
    _ masters: [NodeSpec], _ standings: [NodeName: Standing], isEnsemble: Bool = true
  ) {
    self.masters = masters.map { ($0.name, standings[$0.name] ?? .unproved("was not asked")) }
    self.isEnsemble = isEnsemble
  }

  /// Whether any master sees one that serves, which takes a quorum.
  package static func isServing(_ round: QuorumRound) -> Bool {
    round.readings.values.contains { reading in
      guard case .success(let report) = reading else { return false }
      return report.servers.values.contains { $0.mode != nil }
    }
  }

  /// What each master is proved to be: it serves when every master that answered sees it serve, and
  /// all that answered see one leader only.
  ///
  /// What those that are to go see does not count, unless they are all: a sick one would veto its
  /// own leave.
  package static func standings(
    _ masters: [NodeSpec], wiping going: [NodeName], _ round: QuorumRound
  ) -> [NodeName: Standing] {
    var readings: [QuorumReport] = []
    var standings: [NodeName: Standing] = [:]
    let goes = masters.allSatisfy { going.contains($0.name) } ? [] : Set(going)
    for master in masters {
      switch round.readings[master.name] {
      case .success(let reading):
        if !goes.contains(master.name) { readings.append(reading) }
      case .failure(let error): standings[master.name] = .unproved(error.summary)
      case nil: standings[master.name] = .unproved("was not asked")
      }
    }
    func modes(of master: NodeSpec) -> [ZooKeeperAnswer.Mode?] {
      readings.map { $0.servers[master.address]?.mode }
    }
    let leaders = masters.filter { master in
      modes(of: master).contains { $0 == .leader || $0 == .standalone }
    }
    for master in masters where standings[master.name] == nil {
      let seen = modes(of: master)
      if seen.contains(nil) {
        standings[master.name] = .unproved("does not serve")
      } else if leaders.count != 1 {
        standings[master.name] = .unproved("no single leader")
      } else {
        standings[master.name] = master.name == leaders[0].name ? .leads : .follows
      }
    }
    return standings
  }

  /// Why these nodes must not go together; nil when the ensemble survives, or there is none.
  package func refusal(wiping nodes: [NodeName], of spec: ClusterSpec) -> ForgeError? {
    // One whose set-up never finished takes nothing away.
    let going = masters.filter {
      nodes.contains($0.name) && $0.standing != .neverInstalled
    }
    let isWhole = spec.nodes.allSatisfy { nodes.contains($0.name) }
    guard !going.isEmpty, !isWhole, isEnsemble else { return nil }
    if masters.allSatisfy({ nodes.contains($0.name) }) {
      return refused(
        "would end the ZooKeeper ensemble while other nodes still belong to it", spec,
        seen: masters.count == 1
          ? "\(going[0].name) is the only master: the state of the whole cluster goes with it"
          : "all \(masters.count) masters, not the whole cluster",
        way: "begin again with everything: dcosforge wipe --all")
    }
    let left = masters.filter { !nodes.contains($0.name) }
    if going.count > 1 {
      return refused(
        "would take \(going.count) masters at once", spec,
        seen: "each must be back and proved before the next may go",
        way: "in this order: \(Self.order(going))")
    }
    let majority = masters.count / 2 + 1
    let serving = left.filter { $0.standing == .follows || $0.standing == .leads }
    let isServing = going[0].standing == .follows || going[0].standing == .leads
    guard serving.count < (isServing ? masters.count - 1 : majority) else { return nil }
    let others = masters.filter { $0.name != going[0].name }
    let doubts = others.compactMap { master -> String? in
      switch master.standing {
      case .unproved(let why): "\(master.name): \(why)"
      case .neverInstalled: "\(master.name): DC/OS is not installed"
      case .follows, .leads: nil
      }
    }
    guard serving.count < majority else {
      return refused(
        "would take another master before the last one is back", spec,
        seen: doubts.joined(separator: "\n"),
        way: "dcosforge up brings them back; then wipe it")
    }
    return refused(
      "would leave the ZooKeeper ensemble without a majority", spec,
      seen: ([
        "\(serving.count) of \(masters.count) masters are proved to serve without "
          + "\(going[0].name), \(majority) are needed"
      ] + doubts).joined(separator: "\n"),
      way: "repair the others first (dcosforge diagnose), or begin again: dcosforge wipe --all")
  }

  /// The commands that take masters one after the other: those that do not serve first, the leader
  /// last.
  private static func order(_ going: [(name: NodeName, standing: Standing)]) -> String {
    going.enumerated().sorted {
      ($0.element.standing.rank, $0.offset) < ($1.element.standing.rank, $1.offset)
    }.map { "dcosforge wipe \($0.element.name) --rejoin" }.joined(separator: " && ")
  }

  private func refused(
    _ summary: String, _ spec: ClusterSpec, seen: String, way: String
  ) -> ForgeError {
    ForgeError(
      .refused, summary, on: spec.name, observed: seen, advice: way + "; --force does not ask",
      disposition: .final)
  }
}

extension QuorumGuard.Standing {
  /// The place in the order of going.
  fileprivate var rank: Int {
    switch self {
    case .neverInstalled, .unproved: 0
    case .follows: 1
    case .leads: 2
    }
  }
}
