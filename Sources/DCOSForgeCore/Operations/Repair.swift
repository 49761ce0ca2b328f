import ForgePorts
package import ForgePlanning
package import ForgeModel

/// Finds what is not as dcosforge left it, and repairs what can be repaired without losing the
/// quorum.
package struct Repair: Sendable {
  private let wanted: WantedCluster
  private let context: ForgeContext

  /// Makes the operation.
  package init(_ wanted: WantedCluster, context: ForgeContext) {
    self.wanted = wanted
    self.context = context
  }

  /// Looks for problems; changes nothing.
  package func problems() async throws(ForgeError) -> [Problem] {
    let connections = NodeConnections(wanted.spec, keys: wanted.keys, shell: context.shell)
    let observer = Observer(
      blueprint: Blueprint(wanted), context: context, connections: connections)
    let observed: ObservedCluster
    do throws(ForgeError) {
      observed = try await observer.observe()
      await connections.close()
    } catch {
      await connections.close()
      throw error
    }
    var addresses: [NodeName: [IPv4Address]] = [:]
    for node in wanted.spec.nodes {
      guard case .unreachable? = observed.nodes[node.name] else { continue }
      addresses[node.name] = try await context.hypervisor.addresses(
        of: node.name, in: wanted.spec)
    }
    return Planner(wanted, observed: observed).problems(addresses: addresses)
  }

  /// The nodes that these problems ask to be reimaged, in file order.
  package func reimages(_ problems: [Problem]) -> [NodeSpec] {
    let names = problems.filter { $0.resolution == .reimage }.compactMap(\.node)
    return wanted.spec.nodes.filter { names.contains($0.name) }
  }

  /// Repairs what these problems name, and goes on until the cluster is healthy.
  ///
  /// Throws category `refused`, before anything is touched, when a reimage would cost the quorum,
  /// and when a problem that only the operator can repair stands in the way. `renew` as for
  /// ``Wipe``.
  package func run(
    _ problems: [Problem],
    renew: @Sendable ([NodeName: Int]) throws(ForgeError) -> ClusterKeys,
    show: @Sendable (Plan) -> Void = { _ in }
  ) async throws(ForgeError) -> RunReport {
    if let problem = problems.first(where: { $0.resolution == .byHand }) {
      throw ForgeError(
        .refused, "only you can repair this", on: problem.node?.description ?? wanted.spec.name,
        observed: problem.seen, advice: problem.advice, disposition: .final)
    }
    let nodes = reimages(problems)
    guard nodes.isEmpty else {
      let wipe = Wipe(wanted, context: context)
      let preview = try await wipe.preview(nodes, .cluster(until: .health), force: false)
      if let refusal = preview.refusal { throw refusal }
      try await powerOff(problems)
      return try await wipe.run(
        preview, .cluster(until: .health), drains: true, renew: renew, show: show)
    }
    if let refusal = try await Up(wanted, context: context).plan().refusals.first { throw refusal }
    try await powerOff(problems)
    return try await Up(wanted, context: context, command: "repair").run(show: show)
  }

  /// Cuts the power of machines that are at another address than the planned one; `up` starts them
  /// again.
  private func powerOff(_ problems: [Problem]) async throws(ForgeError) {
    let identity = ClusterIdentity(wanted.spec)
    let owned = identity.owned(among: try await context.hypervisor.domains())
    for problem in problems where problem.resolution == .restart {
      guard let found = owned.first(where: { $0.mark.node == problem.node }) else { continue }
      try await context.hypervisor.destroyDomain(uuid: found.record.uuid)
    }
  }
}
