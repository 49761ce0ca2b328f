import ForgeSupport
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
  /// The SHA-256 of the `dcos_install.sh` that is served; nodes run no other.
  ///
  /// The bootstrap node says it over SSH, with its facts and at the step `serve`.
  let installer: Locked<SHA256Sum?>

  var spec: ClusterSpec { blueprint.wanted.spec }
  var limits: LimitSpec { spec.limits }

  /// Does one step until the deadline.
  func perform(_ step: PlannedStep, _ deadline: Moment) async throws(ForgeError) -> StepOutcome {
    let id = step.id
    return switch id.kind {
    case .adopt: throw id.misplaced("is no step of up")
    case .network: try await network()
    case .pool: try await pool()
    case .baseImage: try await baseImage(id)
    case .drain: try await drain(id, try node(of: id).name, deadline)
    case .quorumGuard: try await quorumGuard(id, try node(of: id), deadline)
    case .remove: try await remove(try node(of: id))
    case .preparedLayer: try await preparedLayer(id, try node(of: id), deadline)
    case .machine: try await machine(id, try node(of: id))
    case .reachable: try await reachable(id, try node(of: id), deadline)
    case .time: try await time(id, try node(of: id), deadline)
    case .prerequisites: try await prerequisites(id, try node(of: id))
    case .ipDetect: try await ipDetect(try node(of: id))
    case .generate: try await generate(id, try node(of: id))
    case .serve: try await serve(id, try node(of: id))
    case .fetch: try await fetch(try node(of: id))
    case .preflight: try await preflight(try node(of: id))
    case .installMaster, .installAgent: try await install(id, try node(of: id))
    case .quorum: try await quorum(id, deadline)
    case .join: try await join(id, try node(of: id), deadline)
    case .retire: try await retire(id, deadline)
    case .health: try await health(id, deadline)
    }
  }

  private func node(of id: StepID) throws(ForgeError) -> NodeSpec {
    guard let node = spec.nodes.first(where: { $0.name == id.node }) else {
      throw id.misplaced("is planned for no node of the cluster")
    }
    return node
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

  /// Waits between two looks; throws when the operator stopped the run, or `expired` when the
  /// deadline is nearer than that.
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

extension StepID {
  /// The fault of a plan that holds a step which cannot be done.
  func misplaced(_ why: String) -> ForgeError {
    ForgeError(.internalFault, why, on: description, disposition: .final)
  }
}
