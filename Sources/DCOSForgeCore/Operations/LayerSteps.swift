import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel

extension StepRunner {
  private var hypervisor: any Hypervisor { context.hypervisor }

  /// Makes a prepared layer: a machine in the node's place gets the prerequisites, is sealed,
  /// powers off and goes; its disk stays.
  ///
  /// The machine's mark says from its definition on that it is not the node's own, so that whatever
  /// cuts this off, the next step or run that meets it makes the node's machine in its place.
  func preparedLayer(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    do throws(ForgeError) {
      return try await makeLayer(id, node, deadline)
    } catch {
      guard error.category != .interrupted else { throw error }
      var error = error
      error.advice +=
        (error.advice.isEmpty ? "" : "; ")
        + "its nodes start from the base image; --no-prepared-layer makes no layer"
      throw error
    }
  }

  private func makeLayer(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    let layer = blueprint.layer(node)
    // An attempt before this one may have come to its end unheard; disks may stand on what is
    // sealed.
    if try await isSealed(layer) { return .unchanged("\(layer.disk.name) is there") }
    switch blueprint.transition(node, among: try await hypervisor.domains()) {
    case .create: break
    case .remake(let record, _): try await removeUnanswered(record, node)
    case .keep, .start, .replace, .changed, .foreign: throw Self.changedSincePlan(node)
    }
    let builder = blueprint.builder(of: layer, node, usesKVM: usesKVM)
    try await hypervisor.deleteVolume(layer.seal.name, in: builder.pool)
    try await make(builder, over: layer.disk, for: node, id)
    progress(id, "boots")
    let boot = min(deadline, context.clock.now.advanced(by: limits.boot))
    try await untilReachable(id, node, boot) { () throws(ForgeError) in }
    _ = try await prerequisites(id, node)
    progress(id, "is sealed")
    let result = try await run(.seal, on: node, timeout: limits.boot)
    try SealReport.check(result, on: node.name)
    await connections.close(node.name)
    try await untilOff(builder, node, deadline)
    try await hypervisor.undefineDomain(uuid: builder.uuid)
    try await hypervisor.createVolume(layer.seal, in: builder.pool)
    return .changed(layer.disk.name)
  }

  /// Removes a machine that never became the node's own, and what it left of a layer that is not
  /// sealed.
  func removeUnanswered(_ record: DomainRecord, _ node: NodeSpec) async throws(ForgeError) {
    await connections.close(node.name)
    try await hypervisor.destroyDomain(uuid: record.uuid)
    let layer = blueprint.layer(node)
    if record.mark?.preparesLayer == true, try await !isSealed(layer) {
      try await hypervisor.deleteVolume(layer.disk.name, in: blueprint.pool.name)
    }
    try await hypervisor.undefineDomain(uuid: record.uuid)
  }

  private func isSealed(_ layer: PreparedLayer) async throws(ForgeError) -> Bool {
    layer.isSealed(among: try await volumes() ?? [])
  }

  /// Waits until a machine has powered itself off.
  private func untilOff(
    _ domain: DomainDefinition, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) {
    let deadline = min(deadline, context.clock.now.advanced(by: limits.boot))
    while true {
      let state = try await hypervisor.domains().first { $0.uuid == domain.uuid }?.state
      if state == .shutoff { return }
      let seen = "the domain is \(state?.rawValue ?? "gone")"
      try await pause(.seconds(2), before: deadline) {
        ForgeError(
          .timeout, "did not power off", on: node.name.description, observed: seen,
          disposition: .final)
      }
    }
  }
}
