import ForgeEvents
import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel

/// Does the steps of a plan: one method per kind, each safe to repeat.
struct StepRunner: Sendable {
  let blueprint: Blueprint
  let context: ForgeContext
  let connections: NodeConnections
  let usesKVM: Bool

  var spec: ClusterSpec { blueprint.wanted.spec }
  var limits: LimitSpec { spec.limits }

  /// Does one step until the deadline.
  func perform(_ step: PlannedStep, _ deadline: Moment) async throws(ForgeError) -> StepOutcome {
    switch step.id.kind {
    case .network: return try await network()
    case .pool: return try await pool()
    case .baseImage: return try await baseImage(step.id)
    case .quorum: return try await quorum(step.id, deadline)
    case .health: return try await health(step.id, deadline)
    case .retire: return try await retire(step.id, deadline)
    case .adopt, .drain, .quorumGuard, .remove, .preparedLayer, .machine, .reachable, .time,
      .prerequisites, .ipDetect, .generate, .serve, .fetch, .preflight, .installMaster,
      .installAgent, .join:
      guard let node = spec.nodes.first(where: { $0.name == step.id.node }) else {
        throw ForgeError(
          .internalFault, "is planned for no node of the cluster", on: step.id.description,
          disposition: .final)
      }
      return try await performOnNode(step.id, node, deadline)
    }
  }

  private func performOnNode(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    switch id.kind {
    case .drain: try await drain(id, node.name, deadline)
    case .quorumGuard: try await quorumGuard(id, node, deadline)
    case .remove: try await remove(node)
    case .preparedLayer: try await preparedLayer(id, node, deadline)
    case .machine: try await machine(id, node)
    case .reachable: try await reachable(id, node, deadline)
    case .time: try await time(id, node, deadline)
    case .prerequisites: try await prerequisites(id, node)
    case .ipDetect: try await ipDetect(node)
    case .generate: try await generate(id, node)
    case .serve: try await serve(id, node)
    case .fetch: try await fetch(node)
    case .preflight: try await preflight(node)
    case .installMaster, .installAgent: try await install(id, node)
    case .join: try await join(id, node, deadline)
    case .adopt, .network, .pool, .baseImage, .quorum, .retire, .health: .unchanged("")
    }
  }

  /// Runs a task on a node.
  func run(
    _ task: NodeTask, on node: NodeSpec, timeout: Duration
  ) async throws(ForgeError) -> CommandResult {
    try await connections.run(task, on: node, timeout: timeout)
  }

  /// Runs a task on a node and shows each line it writes to standard error as the step's progress.
  func runShowing(
    _ id: StepID, _ task: NodeTask, on node: NodeSpec, timeout: Duration
  ) async throws(ForgeError) -> CommandResult {
    let context = self.context
    return try await connections.run(task, on: node, timeout: timeout) { chunk in
      guard case .standardError(let bytes) = chunk,
        let line = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).last
      else { return }
      context.emit(.stepProgress(id, detail: String(line)))
    }
  }

  /// Says what a step is doing.
  func progress(_ id: StepID, _ detail: String) { context.emit(.stepProgress(id, detail: detail)) }

  /// Waits between two looks; throws when the operator stopped the run, or `expired` when the deadline is
  /// nearer than that.
  func pause(
    _ interval: Duration, before deadline: Moment, expired: () async -> ForgeError
  ) async throws(ForgeError) {
    if context.stop.isRaised { throw .stopped }
    guard context.clock.now.advanced(by: interval) < deadline else { throw await expired() }
    do {
      try await context.clock.sleep(for: interval)
    } catch {
      throw .stopped
    }
  }
}
