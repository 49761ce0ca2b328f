extension StepRunner {
  /// The pause between two rounds of a gate.
  private static let pollInterval = Duration.seconds(5)
  /// How long one reading on a node may take.
  private static let readingTimeout = Duration.seconds(30)

  /// Proves the ZooKeeper quorum: no agent is installed before this step has succeeded.
  func quorum(_ id: StepID, _ deadline: Moment) async throws(ForgeError) -> StepOutcome {
    let masters = spec.nodes(.master)
    var gate = QuorumGate(masters: masters)
    var seen: [QuorumJudgement.Reason] = []
    return try await poll(until: deadline) {
      switch gate.feed(await quorumRound(masters)) {
      case .open(let leader, let evidence):
        let rule = QuorumJudgement.rule(for: spec.dcos.version)
        context.emit(.gateOpened(id, evidence: evidence + [rule]))
        return .unchanged("\(leader) leads, \(masters.count) of \(masters.count) serve")
      case .awaiting(let good, let objections):
        seen = objections
        let text =
          seen.isEmpty
          ? "\(good) good rounds of \(gate.needed)"
          : seen.map(\.description).joined(separator: "; ")
        progress(id, text)
        return nil
      }
    } expired: {
      ForgeError(
        .timeout, "the ZooKeeper quorum was not proved within \(limits.quorum.brief)",
        on: seen.compactMap(\.master?.description).first ?? spec.name,
        observed: seen.map(\.description).joined(separator: "\n"),
        advice: "no agent was touched; see that ports 2181, 2888 and 3888 are open between the "
          + "masters, and `journalctl -u dcos-exhibitor` on the first one named",
        disposition: .final)
    }
  }

  /// Reads all masters at once.
  private func quorumRound(_ masters: [NodeSpec]) async -> QuorumRound {
    let addresses = masters.map(\.address)
    let readings = await connections.onEach(masters) { (master) async throws(ForgeError) in
      let result = try await run(
        .readQuorum(masters: addresses), on: master, timeout: Self.readingTimeout)
      return try MasterReading(result, on: master.name)
    }
    return QuorumRound(readings)
  }

  /// Waits until the leading master lists the agent, active and with resources.
  func join(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    let masters = spec.nodes(.master)
    var round = 0
    var seen = ""
    return try await poll(until: deadline) {
      let master = masters[round % masters.count]
      round += 1
      switch await standing(of: node, at: master) {
      case .joined(let evidence): return .unchanged(evidence)
      case .notYet(let why):
        seen = why
        progress(id, seen)
        return nil
      }
    } expired: {
      ForgeError(
        .timeout, "the leader did not list it within \(limits.join.brief)",
        on: node.name.description, observed: seen,
        advice: "see `journalctl -u dcos-mesos-slave` on the node", disposition: .final)
    }
  }

  private func standing(of node: NodeSpec, at master: NodeSpec) async -> AgentListing.Standing {
    do throws(ForgeError) {
      let result = try await run(
        .listAgents(at: master.address), on: master, timeout: Self.readingTimeout)
      return try AgentListing(result, at: master.address, on: master.name)
        .standing(of: node.address)
    } catch {
      return .notYet("\(master.name) could not be asked: \(error.summary)")
    }
  }

  /// Waits until every component on every node answers well: the verdict that exit 0 means.
  func health(_ id: StepID, _ deadline: Moment) async throws(ForgeError) -> StepOutcome {
    let reader = HealthReader(spec: spec, connections: connections)
    var health: ClusterHealth?
    return try await poll(until: deadline) {
      let now = await reader.read()
      health = now
      if now.verdict == .healthy { return .unchanged(now.summary) }
      progress(id, now.summary)
      return nil
    } expired: {
      ForgeError(
        .timeout, "the cluster was not healthy within \(limits.health.brief)",
        on: health?.firstCause?.node.description ?? spec.name, observed: health?.summary ?? "",
        advice: "dcosforge status shows every component", disposition: .final)
    }
  }

  /// Takes readings until one gives an outcome.
  ///
  /// The pause between two is as long as the last one took, and at least ``pollInterval``: a node
  /// that answers slowly keeps half of its time for its work.
  private func poll(
    until deadline: Moment, _ read: () async -> StepOutcome?, expired: () -> ForgeError
  ) async throws(ForgeError) -> StepOutcome {
    while true {
      let began = context.clock.now
      if let outcome = await read() { return outcome }
      let took = context.clock.now.since(began)
      try await pause(max(Self.pollInterval, took), before: deadline, expired: expired)
    }
  }
}
