package import ForgePorts
package import ForgeModel

/// The ZooKeeper ensemble of a simulated cluster, and the Mesos masters that elect through it.
package struct SimulatedEnsemble: Sendable {
  /// A member as an Exhibitor sees it.
  package struct Member: Hashable, Sendable {
    package var address: IPv4Address
    /// Exhibitor's code: 1 down, 2 not serving, 3 serving.
    package var code: Int
    /// Whether it leads.
    package var isLeader: Bool
  }

  /// The addresses that the installed configuration names.
  package internal(set) var members: [IPv4Address] = []
  /// The leader that a quorum follows.
  package internal(set) var leader: IPv4Address?
  /// A second member that takes itself for the leader, for a moment.
  package internal(set) var secondLeader: IPv4Address?
  /// The members that serve clients, sorted; the leader is one of them.
  package internal(set) var serving: [IPv4Address] = []
  /// Since when every member has served under one leader; nil while that is not so.
  package internal(set) var completeSince: Moment?
  /// When every member served under one leader for the first time.
  package internal(set) var firstComplete: Moment?
  /// The leading Mesos master.
  package internal(set) var mesosLeader: IPv4Address?
  /// The agents that the leading Mesos master lists, sorted.
  package internal(set) var registered: [IPv4Address] = []

  var round = 0

  /// The id that Mesos gives the agent at the address.
  static func agentID(_ address: IPv4Address) -> String { "S-\(address)" }

  /// How many members make a quorum.
  package var quorum: Int { members.count / 2 + 1 }
  /// Whether every member serves under exactly one leader.
  package var isComplete: Bool { completeSince != nil }
}

extension SimulatedWorld {
  /// Whether the member runs and its peers reach it.
  private func isConnected(_ address: IPv4Address) -> Bool {
    guard let disk = disk(at: address), let node = machines[disk] else { return false }
    return node.isUp && node.runsZooKeeper
      && (ensemble.members.count == 1 || !faults.contains(.portsBlocked(node.name)))
  }

  /// Settles the ensemble after a member came, went, or was cut off.
  mutating func membershipChanged() {
    let connected = ensemble.members.filter(isConnected)
    let before = (ensemble.leader, ensemble.serving)
    if let leader = ensemble.leader, connected.contains(leader),
      connected.count >= ensemble.quorum
    {
      ensemble.serving.removeAll { !connected.contains($0) }
      for address in connected where !ensemble.serving.contains(address) {
        scheduleFollower(address)
      }
    } else {
      ensemble.leader = nil
      ensemble.secondLeader = nil
      ensemble.serving = []
      ensemble.round += 1
      if connected.count >= ensemble.quorum, !connected.isEmpty {
        schedule(.election(round: ensemble.round), within: timings.election)
      }
    }
    if before != (ensemble.leader, ensemble.serving) { ensembleChanged() }
  }

  private mutating func scheduleFollower(_ address: IPv4Address) {
    guard let disk = disk(at: address) else { return }
    schedule(.follows(round: ensemble.round), within: timings.follow, disk: disk)
  }

  /// Chooses a leader among the connected members.
  mutating func elect(round: Int) {
    guard round == ensemble.round, ensemble.leader == nil else { return }
    let connected = ensemble.members.filter(isConnected)
    guard !connected.isEmpty, connected.count >= ensemble.quorum else { return }
    let leader = connected[draw.index(below: connected.count)]
    let others = connected.filter { $0 != leader }
    ensemble.leader = leader
    ensemble.serving = [leader]
    for address in others { scheduleFollower(address) }
    if let rival = others.first,
      case .twoLeaders(let lasting)? = strike(where: {
        if case .twoLeaders = $0 { true } else { false }
      })
    {
      ensemble.secondLeader = rival
      schedule(.secondLeaderEnds, after: lasting)
    }
    ensembleChanged()
  }

  /// Lets a member serve under the leader.
  mutating func follow(_ disk: String, round: Int) {
    guard round == ensemble.round, ensemble.leader != nil, let address = machines[disk]?.address,
      isConnected(address), !ensemble.serving.contains(address)
    else { return }
    ensemble.serving = (ensemble.serving + [address]).sorted()
    ensembleChanged()
  }

  /// Ends the second leader's error.
  mutating func endSecondLeader() {
    guard ensemble.secondLeader != nil else { return }
    ensemble.secondLeader = nil
    ensembleChanged()
  }

  /// Lets the ensemble lose its leader and elect again.
  mutating func flap(round: Int) {
    guard round == ensemble.round, ensemble.leader != nil else { return }
    ensemble.leader = nil
    ensemble.serving = []
    ensemble.secondLeader = nil
    ensemble.round += 1
    ensembleChanged()
    schedule(.election(round: ensemble.round), within: timings.election)
  }

  private mutating func ensembleChanged() {
    let isComplete =
      ensemble.leader != nil && ensemble.secondLeader == nil
      && ensemble.serving.count == ensemble.members.count
    if isComplete {
      ensemble.completeSince = ensemble.completeSince ?? now
      ensemble.firstComplete = ensemble.firstComplete ?? now
    } else {
      ensemble.completeSince = nil
    }
    emit(
      .ensemble(
        leader: ensemble.leader.flatMap(name), serving: ensemble.serving.compactMap(name)))
    if let leader = ensemble.mesosLeader, !ensemble.serving.contains(leader) {
      ensemble.mesosLeader = nil
      ensemble.registered = []
      emit(.mesosLeader(nil))
    }
    if ensemble.mesosLeader != nil {
      fillMesosLogs()
    } else if canElectMesos {
      schedule(.mesosElection(round: ensemble.round), within: timings.mesosElection)
    }
    guard isComplete else { return }
    if let index = faults.firstIndex(where: {
      if case .leaderFlaps(let times, _) = $0 { times > 0 } else { false }
    }), case .leaderFlaps(let times, let after) = faults[index] {
      emit(.fault(faults[index]))
      faults[index] = .leaderFlaps(times: times - 1, after: after)
      schedule(.flaps(round: ensemble.round), after: after)
    }
  }

  /// Whether Mesos can elect: its replicated log is begun by all masters together, and goes on with
  /// a quorum of those that hold it.
  private var canElectMesos: Bool {
    let holders = ensemble.serving.count {
      disk(at: $0).flatMap { machines[$0]?.hasMesosLog } == true
    }
    return ensemble.isComplete || holders >= ensemble.quorum
  }

  /// Lets the serving masters catch up with Mesos' replicated log.
  private mutating func fillMesosLogs() {
    for disk in ensemble.serving.compactMap(disk) { machines[disk]?.hasMesosLog = true }
  }

  /// Lets one of the serving masters lead Mesos; agents register with it.
  mutating func electMesosMaster(round: Int) {
    guard round == ensemble.round, ensemble.mesosLeader == nil, canElectMesos else { return }
    let serving = ensemble.serving
    let leader = serving[draw.index(below: serving.count)]
    ensemble.mesosLeader = leader
    fillMesosLogs()
    emit(.mesosLeader(name(at: leader)))
    for node in nodes where node.isUp {
      switch node.installedRole {
      case .master: schedule(.settles, within: timings.settling, disk: node.disk)
      case .agent, .publicAgent: schedule(.registers, within: timings.registration, disk: node.disk)
      case .bootstrap, nil: break
      }
    }
  }

  /// Registers an agent with the leading master; does nothing while none leads.
  mutating func register(_ disk: String) {
    guard let node = machines[disk], let address = node.address, node.isUp,
      node.installedRole?.isAgent == true, ensemble.mesosLeader != nil,
      !ensemble.registered.contains(address), !node.isGone,
      !faults.contains(.neverRegisters(node.name))
    else { return }
    ensemble.registered = (ensemble.registered + [address]).sorted()
    emit(.registered(node.name))
    schedule(.settles, within: timings.settling, disk: disk)
  }

  /// Lets the leading master forget an agent for good: that machine registers no more.
  mutating func deregister(_ agent: String) {
    guard let address = ensemble.registered.first(where: { SimulatedEnsemble.agentID($0) == agent })
    else { return }
    ensemble.registered.removeAll { $0 == address }
    guard let disk = disk(at: address), let name = machines[disk]?.name else { return }
    machines[disk]?.isGone = true
    machines[disk]?.isSettled = false
    change(.deregistered(name))
  }

  /// Lets a master's Exhibitor look at the ensemble, and again after the pause.
  mutating func pollExhibitor(_ disk: String) {
    guard let node = machines[disk], node.isUp, node.runsZooKeeper else { return }
    let doubted = doubtedMember
    let view = ensemble.members.map { address in
      let isServing = ensemble.serving.contains(address) && address != doubted
      let runs = self.disk(at: address).flatMap { machines[$0] }.map { $0.isUp && $0.runsZooKeeper }
      return SimulatedEnsemble.Member(
        address: address, code: isServing ? 3 : runs == true ? 2 : 1,
        isLeader: isServing && address == ensemble.leader)
    }
    if view != node.exhibitorView {
      machines[disk]?.exhibitorView = view
      emit(.exhibitor(node.name, serving: view.count { $0.code == 3 }))
    }
    let pause = ensemble.members.count == 1 ? .seconds(2) : timings.exhibitorPoll
    schedule(.exhibitorPolls, after: pause, disk: disk)
  }

  /// The member that Exhibitors wrongly see as not serving now.
  private var doubtedMember: IPv4Address? {
    for case .exhibitorDisagrees(let lasting) in faults {
      if let first = ensemble.firstComplete, now.since(first) >= lasting { continue }
      return ensemble.members.last
    }
    return nil
  }
}
