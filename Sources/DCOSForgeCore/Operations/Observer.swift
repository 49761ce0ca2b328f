import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel

/// Takes the snapshot that a plan starts from: the hypervisor's objects, then the facts of every
/// node whose machine runs, all at once.
struct Observer: Sendable {
  let blueprint: Blueprint
  let context: ForgeContext
  let connections: NodeConnections

  /// How long a node may take to say its facts.
  static let factsTimeout = Duration.seconds(60)

  /// Reads everything; throws only when the hypervisor cannot be asked, a broken connection tried
  /// again.
  func observe() async throws(ForgeError) -> ObservedCluster {
    var observed = try await hypervisorObjects()
    let running = blueprint.wanted.spec.nodes.filter {
      switch blueprint.transition($0, among: observed.domains) {
      case .keep: true
      case .changed(let changes): !changes.contains { $0.need == .keys }
      case .create, .remake, .start, .replace, .foreign: false
      }
    }
    observed.nodes = await withTaskGroup(of: (NodeName, ObservedCluster.Node).self) { group in
      for node in running { group.addTask { (node.name, await ask(node)) } }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    return observed
  }

  private func hypervisorObjects() async throws(ForgeError) -> ObservedCluster {
    let hypervisor = context.hypervisor
    let policy = RetryPolicy.hypervisor
    var attempt = 0
    while true {
      attempt += 1
      do throws(ForgeError) {
        // Before the list: libvirt stops a pool whose folder is gone.
        let contents = try await hypervisor.poolContents(uuid: blueprint.pool.uuid)
        return ObservedCluster(
          host: try await hypervisor.host(), networks: try await hypervisor.networks(),
          pools: try await hypervisor.pools(),
          poolContents: contents,
          domains: try await hypervisor.domains())
      } catch {
        guard error.disposition == .retry, attempt < policy.attempts else { throw error }
      }
      let delay = policy.delay(after: attempt, of: StepID(.network), seed: context.jitterSeed)
      do { try await context.clock.sleep(for: delay) } catch { throw .stopped }
    }
  }

  private func ask(_ node: NodeSpec) async -> ObservedCluster.Node {
    do throws(ForgeError) {
      let result = try await connections.run(
        .facts(blueprint.factsRequest(node)), on: node, timeout: Self.factsTimeout)
      let report = try result.reading { (result) throws(ForgeError) in
        try FactsReport(result, on: node.name)
      }
      return .facts(report)
    } catch {
      return .unreachable(error)
    }
  }
}
