import ForgeNodeProtocol
package import ForgePlanning
package import ForgeModel
import ForgeHealth

/// Reimages nodes: DC/OS has no uninstall, so a fresh machine is how a node is made clean.
///
/// It is decided by counting the nodes' generation up; whatever interrupts it, the next run that
/// meets machines of an earlier generation removes and remakes them.
package struct Wipe: Sendable {
  private let wanted: WantedCluster
  private let context: ForgeContext

  /// What a wipe would do.
  package struct Preview: Sendable {
    /// The nodes, in file order.
    package var nodes: [NodeSpec]
    /// The generation of the machines that stand.
    package var standing: [NodeName: Int]
    /// What goes, in words.
    package var inventory: [String]
    /// Why it is refused; nil when nothing speaks against it.
    package var refusal: ForgeError?
  }

  /// Makes the operation for a cluster with the keys that its nodes have now.
  package init(_ wanted: WantedCluster, context: ForgeContext) {
    self.wanted = wanted
    self.context = context
  }

  /// Looks what would go, whether the masters keep their quorum and nothing else stands in the way
  /// of what follows; changes nothing.
  ///
  /// `force` overrides the quorum guard.
  package func preview(
    _ nodes: [NodeSpec], _ extent: RunExtent, force: Bool
  ) async throws(ForgeError) -> Preview {
    let connections = NodeConnections(wanted.spec, keys: wanted.keys, shell: context.shell)
    do throws(ForgeError) {
      let preview = try await look(at: nodes, extent, force: force, connections)
      await connections.close()
      return preview
    } catch {
      await connections.close()
      throw error
    }
  }

  private func look(
    at nodes: [NodeSpec], _ extent: RunExtent, force: Bool, _ connections: NodeConnections
  ) async throws(ForgeError) -> Preview {
    let observer = Observer(
      blueprint: Blueprint(wanted), context: context, connections: connections)
    let observed = try await observer.observe()
    let identity = ClusterIdentity(wanted.spec)
    var standing: [NodeName: Int] = [:]
    let inventory = nodes.map { node in
      guard case .ours(let record, let mark) = identity.place(of: node, among: observed.domains)
      else { return "\(node.name): no machine" }
      standing[node.name] = mark.generation
      return "\(node.name): domain \(record.name), \(record.state.rawValue), "
        + "generation \(mark.generation)"
    }
    var refusal = refusals(wiping: nodes.map(\.name), standing, extent, observed).first
    if refusal == nil, !force, nodes.contains(where: { $0.role == .master }) {
      let survivors = await quorumGuard(wiping: nodes.map(\.name), observed, connections)
      refusal = survivors.refusal(wiping: nodes.map(\.name), of: wanted.spec)
    }
    return Preview(nodes: nodes, standing: standing, inventory: inventory, refusal: refusal)
  }

  /// What the plan that follows would be refused for: better before anything is decided.
  private func refusals(
    wiping names: [NodeName], _ standing: [NodeName: Int], _ extent: RunExtent,
    _ observed: ObservedCluster
  ) -> [ForgeError] {
    var (next, left) = (wanted, observed)
    for name in names {
      left.nodes[name] = nil
      let own = next.keys.hosts[name]?.generation ?? 1
      next.keys.hosts[name]?.generation = max(own, standing[name] ?? 0) + 1
    }
    let planner = Planner(next, observed: left, wiping: names)
    return switch extent {
    case .cluster(let stage): planner.plan().until(stage).refusals
    case .machines(let nodes): planner.machinesPlan(of: nodes).refusals
    }
  }

  /// Asks every master what it is to the ensemble.
  private func quorumGuard(
    wiping nodes: [NodeName], _ observed: ObservedCluster, _ connections: NodeConnections
  ) async -> QuorumGuard {
    let masters = wanted.spec.nodes(.master)
    let round = await connections.readQuorum(masters, timeout: StepRunner.readingTimeout)
    var standings = QuorumGuard.standings(masters, wiping: nodes, round)
    let blueprint = Blueprint(wanted)
    for master in masters {
      let transition = blueprint.transition(master, among: observed.domains)
      switch (transition, observed.nodes[master.name]) {
      case (.create, _), (.remake, _): standings[master.name] = .neverInstalled
      case (_, .facts(let facts)):
        if !facts.dcos.isFinished { standings[master.name] = .neverInstalled }
      default: break
      }
    }
    let isEnsemble = blueprint.mayBeEnsemble(
      among: observed.domains, volumes: observed.poolContents?.volumes)
    return QuorumGuard(
      masters, standings, isEnsemble: isEnsemble || QuorumGuard.isServing(round))
  }

  /// Makes the nodes again, and goes on as far as `extent` says.
  ///
  /// `renew` counts the generation of the nodes up, durably and past the one that stands, and gives
  /// the keys that they have from then on. With `drains` agents leave Mesos first.
  package func run(
    _ preview: Preview, _ extent: RunExtent, drains: Bool,
    renew: @Sendable ([NodeName: Int]) throws(ForgeError) -> ClusterKeys,
    show: @Sendable (Plan) -> Void = { _ in }
  ) async throws(ForgeError) -> RunReport {
    let names = preview.nodes.map(\.name)
    var renewed = wanted
    renewed.keys = try renew(
      Dictionary(uniqueKeysWithValues: names.map { ($0, preview.standing[$0] ?? 0) }))
    let up = Up(renewed, context: context, command: "wipe", drains: drains, wiping: names)
    return try await up.run(extent, show: show)
  }
}
