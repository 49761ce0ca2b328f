import ForgeEvents
import ForgeSupport
import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel
import ForgeHealth

extension StepRunner {
  /// The pause between two rounds of a gate.
  private static let pollInterval = Duration.seconds(5)
  /// How long one reading on a node may take.
  static let readingTimeout = Duration.seconds(30)
  /// How long one reading of a node's whole health may take, DC/OS's own checks included.
  private static let healthDeadline = Duration.seconds(45)

  /// Proves the ZooKeeper quorum: no agent is installed before this step has succeeded.
  func quorum(_ id: StepID, _ deadline: Moment) async throws(ForgeError) -> StepOutcome {
    let masters = spec.nodes(.master)
    var gate = QuorumGate(masters: masters)
    var proof: [String] = []
    let outcome = try await poll(id, until: deadline, quorumError([])) {
      switch gate.feed(await connections.readQuorum(masters, timeout: Self.readingTimeout)) {
      case .open(let leader, let evidence):
        proof = evidence + [QuorumEvaluation.rule(for: spec.dcos.version)]
        return .ended(.unchanged("\(leader) leads, \(masters.count) of \(masters.count) serve"))
      case .awaiting(let good, let seen):
        let text =
          seen.isEmpty
          ? "\(good) good rounds of \(gate.needed)"
          : seen.map(\.description).joined(separator: "; ")
        return .waiting(text, quorumError(seen))
      }
    }
    // Before any agent: from here on the guard protects these masters, whatever becomes of them.
    try await note(on: masters) { $0.awaitsProof = false }
    context.emit(.gateOpened(id, evidence: proof))
    return outcome
  }

  /// Proves, right before a master's machine goes, that the masters that stay keep the quorum;
  /// waits for those that are coming back.
  func quorumGuard(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    let masters = spec.nodes(.master)
    let domains = try await context.hypervisor.domains()
    let going = masters.filter { blueprint.transition($0, among: domains).makes }.map(\.name)
    let staying = masters.filter { !going.contains($0.name) }
    let never = QuorumGuard(masters, [:]).refusal(wiping: [node.name], of: spec)
    return try await poll(id, until: deadline, never ?? .stopped) {
      let round = await connections.readQuorum(masters, on: staying, timeout: Self.readingTimeout)
      let standings = QuorumGuard.standings(masters, wiping: going, round)
      let isEnsemble = await mayBeEnsemble() || QuorumGuard.isServing(round)
      let survivors = QuorumGuard(masters, standings, isEnsemble: isEnsemble)
      if let refusal = survivors.refusal(wiping: [node.name], of: spec) {
        return .waiting(refusal.observed, refusal)
      }
      return .ended(.unchanged("\(staying.count) of \(masters.count) masters keep the quorum"))
    }
  }

  /// As ``Blueprint/mayBeEnsemble(among:volumes:)``; when the hypervisor cannot be asked, they may.
  private func mayBeEnsemble() async -> Bool {
    do throws(ForgeError) {
      let domains = try await context.hypervisor.domains()
      return blueprint.mayBeEnsemble(among: domains, volumes: try await volumes())
    } catch {
      return true
    }
  }

  private func quorumError(_ seen: [QuorumEvaluation.Reason]) -> ForgeError {
    ForgeError(
      .timeout, "the ZooKeeper quorum was not proved within \(limits.quorum.brief)",
      on: seen.compactMap(\.master?.description).first ?? spec.name,
      observed: seen.map(\.description).joined(separator: "\n"),
      advice: "no agent was touched; see that ports 2181, 2888 and 3888 are open between the "
        + "masters, and `journalctl -u dcos-exhibitor` on the first one named",
      disposition: .final)
  }

  /// Waits until the leading master lists the agent, active and with resources.
  func join(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    let masters = spec.nodes(.master)
    var round = 0
    return try await poll(id, until: deadline, joinError(node, "")) {
      let master = masters[round % masters.count]
      round += 1
      switch await standing(of: node, at: master) {
      case .joined(let evidence): return .ended(.unchanged(evidence))
      case .notYet(let seen): return .waiting(seen, joinError(node, seen))
      }
    }
  }

  private func joinError(_ node: NodeSpec, _ seen: String) -> ForgeError {
    ForgeError(
      .timeout, "the leader did not list it within \(limits.join.brief)",
      on: node.name.description, observed: seen,
      advice: "see `journalctl -u dcos-mesos-slave` on the node", disposition: .final)
  }

  private func standing(of node: NodeSpec, at master: NodeSpec) async -> AgentsReport.Standing {
    do throws(ForgeError) {
      return try await listing(at: master).standing(of: node.address)
    } catch {
      return .notYet("\(master.name) could not be asked: \(error.summary)")
    }
  }

  /// What the leading Mesos master lists, asked through a master.
  func listing(at master: NodeSpec) async throws(ForgeError) -> AgentsReport {
    let result = try await run(
      .listAgents(at: master.address), on: master, timeout: Self.readingTimeout)
    return try AgentsReport(result, at: master.address, on: master.name)
  }

  /// Waits until every component on every node answers well: the verdict that exit 0 means.
  func health(_ id: StepID, _ deadline: Moment) async throws(ForgeError) -> StepOutcome {
    let reader = HealthReader(
      spec: spec, context: context, connections: connections, deadline: Self.healthDeadline,
      runsChecks: true)
    return try await poll(id, until: deadline, healthError(nil)) {
      let health = await reader.read()
      if health.verdict == .healthy { return .ended(.unchanged(health.summary)) }
      return .waiting(health.summary, healthError(health))
    }
  }

  private func healthError(_ health: ClusterHealth?) -> ForgeError {
    ForgeError(
      .timeout, "the cluster was not healthy within \(limits.health.brief)",
      on: health?.firstCause?.node.description ?? spec.name, observed: health?.summary ?? "",
      advice: "dcosforge status shows every component", disposition: .final)
  }

  /// What a reading means for the step.
  enum Reading {
    case ended(StepOutcome)
    /// Not yet: what was seen, and the error should it have been the last reading.
    case waiting(String, ForgeError)
  }

  /// Takes readings until one ends the step; what is seen is reported when it changes.
  ///
  /// The pause between two is as long as the last one took, and at least ``pollInterval``: a node
  /// that answers slowly keeps half of its time for its work. It grows to a twentieth of the time
  /// for which nothing has changed. The error is that of the last whole reading, also when the
  /// limit comes in the middle of one; `never` is for a limit that comes before the first.
  func poll(
    _ id: StepID, until deadline: Moment, _ never: ForgeError, _ read: () async -> Reading
  ) async throws(ForgeError) -> StepOutcome {
    var (reported, error) = ("", never)
    var changed = context.clock.now
    while true {
      let began = context.clock.now
      let reading = await read()
      if case .ended(let outcome) = reading { return outcome }
      guard context.clock.now < deadline else { throw error }
      if case .waiting(let seen, let latest) = reading {
        if seen != reported {
          progress(id, seen)
          changed = began
        }
        (reported, error) = (seen, latest)
      }
      let now = context.clock.now
      let last = error
      try await pause(
        max(Self.pollInterval, now.since(began), now.since(changed) / 20), before: deadline
      ) { last }
    }
  }
}
