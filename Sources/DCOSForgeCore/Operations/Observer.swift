/// Takes the snapshot that a plan starts from: the hypervisor's objects, then the facts of every node
/// whose machine runs, all at once.
struct Observer: Sendable {
  let blueprint: Blueprint
  let context: ForgeContext
  let connections: NodeConnections

  /// How long a node may take to tell its facts.
  static let factsTimeout = Duration.seconds(60)

  /// Reads everything; throws only when the hypervisor cannot be asked.
  func observe() async throws(ForgeError) -> ObservedCluster {
    let hypervisor = context.hypervisor
    var observed = ObservedCluster(
      host: try await hypervisor.host(), networks: try await hypervisor.networks(),
      pools: try await hypervisor.pools(), domains: try await hypervisor.domains())
    let running = blueprint.wanted.spec.nodes.filter {
      blueprint.transition($0, among: observed.domains) == .keep
    }
    observed.nodes = await withTaskGroup(of: (NodeName, ObservedCluster.Node).self) { group in
      for node in running { group.addTask { (node.name, await ask(node)) } }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    return observed
  }

  private func ask(_ node: NodeSpec) async -> ObservedCluster.Node {
    do throws(ForgeError) {
      let result = try await connections.run(
        .facts(blueprint.factsRequest(node)), on: node, timeout: Self.factsTimeout)
      return .facts(try NodeFacts(result, on: node.name))
    } catch {
      return .unreachable(error)
    }
  }
}
