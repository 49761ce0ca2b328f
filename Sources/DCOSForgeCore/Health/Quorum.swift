import ForgeDCOS
package import ForgeNodeProtocol
package import ForgeModel

/// What was read from the masters within one polling round.
package struct QuorumRound: Hashable, Sendable {
  /// What each master saw, or why it could not be asked.
  package var readings: [NodeName: Result<QuorumReport, ForgeError>]

  package init(_ readings: [NodeName: Result<QuorumReport, ForgeError>]) {
    self.readings = readings
  }
}

/// Whether one polling round proves the ZooKeeper quorum.
///
/// Proved means: every master was read; every master got the same answer from every server, namely
/// exactly one leader and all others followers (a single master is standalone); and Exhibitor on
/// every master lists exactly the planned servers, all serving, exactly one of them leading, the
/// same one.
///
/// Less would do for ZooKeeper itself, but not for DC/OS: see ``rule(for:)``.
package enum QuorumEvaluation: Hashable, Sendable {
  /// One thing that is not yet so.
  package struct Reason: Hashable, Sendable, CustomStringConvertible {
    /// The master it is about; nil when it is about the ensemble.
    package var master: NodeName?
    /// What was seen last.
    package var seen: String

    package init(_ master: NodeName?, _ seen: String) {
      self.master = master
      self.seen = seen
    }

    /// The master and what was seen.
    package var description: String { master.map { "\($0): \(seen)" } ?? seen }
  }

  /// It is proved; who leads, and what was seen, a line for each master.
  case proved(leader: NodeName, evidence: [String])
  /// It is not proved; never empty, the master that most is wrong with first.
  case notYet([Reason])

  /// Evaluates a round against the planned masters.
  package init(_ round: QuorumRound, masters: [NodeSpec]) {
    var evaluate = QuorumEvaluator(masters: masters)
    let reasons = evaluate.reasons(round)
    if reasons.isEmpty, let leader = evaluate.leader {
      self = .proved(leader: leader.name, evidence: evaluate.evidence(round, leader: leader))
    } else {
      let fallback = Reason(nil, "there are no masters to ask")
      self = .notYet(reasons.isEmpty ? [fallback] : reasons)
    }
  }

  /// Why the whole ensemble is demanded before an agent is installed, in one sentence.
  ///
  /// Source: `dcos_internal_utils/exhibitor.py` of the releases 1.11.2 to 2.2.1.
  package static func rule(for version: DCOSVersion) -> String {
    switch version.masterStart {
    case .allMasters:
      "DC/OS \(version) starts nothing on any master before all masters serve and one leads"
    case .majority:
      "DC/OS \(version) starts on a majority; the gate asks for all masters, "
        + "so that none is left behind"
    case .localServer:
      "DC/OS \(version) starts each master by its own ZooKeeper; the gate asks for all masters, "
        + "so that none is left behind"
    }
  }
}

/// The working of ``QuorumEvaluation``.
struct QuorumEvaluator {
  let masters: [NodeSpec]
  /// The one leader that all agree on; set by ``reasons(_:)``.
  private(set) var leader: NodeSpec?

  init(masters: [NodeSpec]) { self.masters = masters }

  /// What speaks against the proof; empty when nothing does.
  mutating func reasons(_ round: QuorumRound) -> [QuorumEvaluation.Reason] {
    var reasons: [QuorumEvaluation.Reason] = []
    var readings: [(observer: NodeSpec, reading: QuorumReport)] = []
    for master in masters {
      switch round.readings[master.name] {
      case nil: reasons.append(.init(master.name, "was not asked"))
      case .failure(let error):
        reasons.append(.init(master.name, "could not be asked: \(error.summary)"))
      case .success(let reading):
        if reading.observer == master.address {
          readings.append((master, reading))
        } else {
          reasons.append(.init(master.name, "does not have its planned address \(master.address)"))
        }
      }
    }
    var complaints: [(weight: Int, reason: QuorumEvaluation.Reason)] = []
    for server in masters { complaints += zooKeeper(server, readings) }
    for (observer, reading) in readings { complaints += exhibitor(on: observer, reading) }
    // What several masters complain of is nearer to the cause than what one does.
    let order = complaints.indices.sorted {
      (complaints[$1].weight, $0) < (complaints[$0].weight, $1)
    }
    reasons += order.map { complaints[$0].reason }
    return reasons + leaders(readings)
  }

  /// What the observers see of one server that is not good, grouped by what they see.
  private func zooKeeper(
    _ server: NodeSpec, _ readings: [(observer: NodeSpec, reading: QuorumReport)]
  ) -> [(weight: Int, reason: QuorumEvaluation.Reason)] {
    var observations: [(answer: ZooKeeperAnswer?, observers: [String])] = []
    for (observer, reading) in readings {
      let answer = reading.servers[server.address]
      let isGood =
        switch answer?.mode {
        case .leader?, .follower?: masters.count > 1
        case .standalone?: masters.count == 1
        case nil: false
        }
      guard !isGood else { continue }
      let name = observer.name == server.name ? "itself" : observer.name.description
      if let index = observations.firstIndex(where: { $0.answer == answer }) {
        observations[index].observers.append(name)
      } else {
        observations.append((answer, [name]))
      }
    }
    return observations.map { answer, observers in
      let seen = answer?.observation ?? "was not asked"
      let names = observers.joined(separator: ", ")
      // One that runs without a quorum waits for the others: they are nearer to the cause.
      let weight = observers.count + (answer == .notServing ? 0 : masters.count)
      return (
        weight, .init(server.name, "ZooKeeper on \(server.address) \(seen), as seen from \(names)")
      )
    }
  }

  private func exhibitor(
    on observer: NodeSpec, _ reading: QuorumReport
  ) -> [(weight: Int, reason: QuorumEvaluation.Reason)] {
    guard case .servers(let servers) = reading.exhibitor else {
      guard case .failed(let why) = reading.exhibitor else { return [] }
      return [(1, .init(observer.name, "Exhibitor: \(why)"))]
    }
    let listed = servers.map(\.hostname)
    guard listed.sorted() == masters.map(\.address.description).sorted() else {
      let seen = listed.isEmpty ? "no server" : listed.joined(separator: ", ")
      return [(1, .init(observer.name, "Exhibitor lists \(seen), not the planned masters"))]
    }
    return servers.compactMap { server in
      guard server.code != 3 else { return nil }
      let subject = masters.first { $0.address.description == server.hostname }
      return (
        1,
        .init(
          subject?.name,
          "Exhibitor on \(observer.name) says \(server.description) (code \(server.code))")
      )
    }
  }

  /// Whether all agree on one leader.
  private mutating func leaders(
    _ readings: [(observer: NodeSpec, reading: QuorumReport)]
  ) -> [QuorumEvaluation.Reason] {
    var reasons: [QuorumEvaluation.Reason] = []
    var all = Set<NodeName>()
    for (observer, reading) in readings {
      let seen = masters.filter { master in
        switch reading.servers[master.address]?.mode {
        case .leader?, .standalone?: true
        case .follower?, nil: false
        }
      }
      all.formUnion(seen.map(\.name))
      if seen.count != 1 {
        reasons.append(.init(nil, "seen from \(observer.name), \(Self.leading(seen))"))
      }
      guard case .servers(let servers) = reading.exhibitor else { continue }
      let said = masters.filter { master in
        servers.contains { $0.isLeader && $0.hostname == master.address.description }
      }
      if said != seen {
        reasons.append(
          .init(nil, "Exhibitor on \(observer.name) says that \(Self.leading(said))"))
      }
    }
    if all.count > 1 {
      let names = all.sorted().map(\.description).joined(separator: " and ")
      reasons.append(.init(nil, "\(names) both led within one round; reading again"))
    }
    leader = all.count == 1 ? masters.first { all.contains($0.name) } : nil
    return reasons
  }

  private static func leading(_ nodes: [NodeSpec]) -> String {
    switch nodes.count {
    case 0: "nobody leads"
    case 1: "\(nodes[0].name) leads"
    default: "\(nodes.map(\.name.description).joined(separator: ", ")) lead"
    }
  }

  /// A line for each master, for the journal.
  func evidence(_ round: QuorumRound, leader: NodeSpec) -> [String] {
    let count = masters.count
    let by = count == 1 ? "by itself" : "by all \(count) masters"
    return masters.map { master in
      guard case .success(let reading)? = round.readings[master.name],
        case .serving(let mode, let zxid)? = reading.servers[master.address]
      else { return "\(master.name): no reading" }
      return "\(master.name) (\(master.address)): ZooKeeper \(mode.rawValue), asked \(by)"
        + (zxid.isEmpty ? "" : ", zxid \(zxid)")
        + "; its Exhibitor: \(count) of \(count) serving, \(leader.name) leads"
    }
  }
}

/// Opens after enough good rounds in a row with the same leader.
///
/// One round can catch an ensemble in the moment before it falls apart.
package struct QuorumGate: Hashable, Sendable {
  /// Where the gate stands after a round.
  package enum State: Hashable, Sendable {
    /// Still shut: how many good rounds in a row there were, and what was seen last.
    case awaiting(good: Int, seen: [QuorumEvaluation.Reason])
    /// Open: the leader, and the evidence of the last round.
    case open(leader: NodeName, evidence: [String])
  }

  /// The planned masters.
  package let masters: [NodeSpec]
  /// How many good rounds in a row open the gate.
  package let needed: Int
  /// How many there were.
  package private(set) var good = 0
  private var leader: NodeName?

  /// Makes a shut gate.
  package init(masters: [NodeSpec], needed: Int = 3) {
    self.masters = masters
    self.needed = needed
  }

  /// Takes the next round in.
  package mutating func feed(_ round: QuorumRound) -> State {
    switch QuorumEvaluation(round, masters: masters) {
    case .notYet(let reasons):
      good = 0
      leader = nil
      return .awaiting(good: 0, seen: reasons)
    case .proved(let leader, let evidence):
      good = leader == self.leader ? good + 1 : 1
      self.leader = leader
      guard good >= needed else { return .awaiting(good: good, seen: []) }
      return .open(leader: leader, evidence: evidence)
    }
  }
}
