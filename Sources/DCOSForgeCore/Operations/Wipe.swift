/// Reimages nodes: DC/OS has no uninstall, so a fresh machine is how a node is made clean.
///
/// It is decided by counting the nodes' generation up; whatever interrupts it, the next run that meets
/// machines of an earlier generation removes and remakes them.
public struct Wipe: Sendable {
  private let wanted: WantedCluster
  private let context: ForgeContext

  /// What a wipe would do.
  public struct Preview: Sendable {
    /// The nodes, in file order.
    public var nodes: [NodeSpec]
    /// What goes, in words.
    public var inventory: [String]
    /// Why it is refused; nil when nothing speaks against it.
    public var refusal: ForgeError?
  }

  /// Makes the operation for a cluster with the keys that its nodes have now.
  public init(_ wanted: WantedCluster, context: ForgeContext) {
    self.wanted = wanted
    self.context = context
  }

  /// Looks what would go and whether the masters keep their quorum; changes nothing.
  ///
  /// `force` overrides the quorum guard. Throws category `refused` when a domain that is not ours stands in a
  /// node's place.
  public func preview(_ nodes: [NodeSpec], force: Bool) async throws(ForgeError) -> Preview {
    let connections = NodeConnections(wanted.spec, keys: wanted.keys, shell: context.shell)
    do throws(ForgeError) {
      let preview = try await look(at: nodes, force: force, connections)
      await connections.close()
      return preview
    } catch {
      await connections.close()
      throw error
    }
  }

  private func look(
    at nodes: [NodeSpec], force: Bool, _ connections: NodeConnections
  ) async throws(ForgeError) -> Preview {
    let identity = ClusterIdentity(wanted.spec)
    let domains = try await context.hypervisor.domains()
    var inventory: [String] = []
    for node in nodes {
      switch identity.place(of: node, among: domains) {
      case .empty: inventory.append("\(node.name): no machine")
      case .ours(let record, let mark):
        inventory.append(
          "\(node.name): domain \(record.name), \(record.state.rawValue), generation \(mark.generation)"
        )
      case .foreign(let record):
        throw ForgeError(
          .refused, "a domain that is not ours has its name", on: node.name.description,
          observed: "domain \(record.name) carries no mark of cluster \(wanted.spec.name)",
          advice: "dcosforge never removes what it did not make", disposition: .final)
      }
    }
    let takesMaster = nodes.contains { $0.role == .master }
    let refusal =
      force || !takesMaster
      ? nil
      : try await quorumGuard(connections).refusal(
        wiping: nodes.map(\.name), of: wanted.spec)
    return Preview(nodes: nodes, inventory: inventory, refusal: refusal)
  }

  /// Asks every master what it is to the ensemble.
  private func quorumGuard(_ connections: NodeConnections) async throws(ForgeError) -> QuorumGuard {
    let masters = wanted.spec.nodes(.master)
    let observer = Observer(
      blueprint: Blueprint(wanted), context: context, connections: connections)
    let observed = try await observer.observe()
    let round = await connections.readQuorum(masters, timeout: StepRunner.readingTimeout)
    var standings = QuorumGuard.standings(masters, round)
    for master in masters {
      let transition = observer.blueprint.transition(master, among: observed.domains)
      switch (transition, observed.nodes[master.name]) {
      case (.create, _): standings[master.name] = .neverInstalled
      case (_, .facts(let facts)):
        if !facts.dcos.isFinished { standings[master.name] = .neverInstalled }
      default: break
      }
    }
    return QuorumGuard(masters, standings)
  }

  /// Makes the nodes anew, and goes on as far as `extent` says.
  ///
  /// `renew` counts the generation of the nodes up, durably, and gives the keys that they have from
  /// then on. With `drains` agents leave Mesos first.
  public func run(
    _ nodes: [NodeSpec], _ extent: Up.Extent, drains: Bool,
    renew: @Sendable ([NodeName]) throws(ForgeError) -> ClusterKeys,
    show: @Sendable (Plan) -> Void = { _ in }
  ) async throws(ForgeError) -> Up.Report {
    var renewed = wanted
    renewed.keys = try renew(nodes.map(\.name))
    let up = Up(renewed, context: context, command: "wipe", drains: drains)
    return try await up.run(extent, show: show)
  }
}

extension DCOSState {
  /// Whether set-up has finished on the node, for whatever role.
  var isFinished: Bool {
    if case .installed = self { true } else { false }
  }
}
