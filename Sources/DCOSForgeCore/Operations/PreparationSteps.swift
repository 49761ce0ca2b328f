import ForgeSupport
import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel

extension StepRunner {
  /// Configures the node's clock and waits until the kernel counts it as synchronised.
  func time(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    let settings = blueprint.timeSettings(node)
    let result = try await run(
      .configureTime(settings), on: node, timeout: limits.timeSync)
    let changed = try TimeReport(result, on: node.name).changed
    let serves = settings.servesTo != nil
    while true {
      let clock = try ClockRecord(
        try await run(.clock, on: node, timeout: limits.timeSync), on: node.name)
      if clock.isGood || serves && clock.source == ClockRecord.local {
        let text = "synchronised by \(clock.source)"
        return changed ? .changed(text) : .unchanged(text)
      }
      progress(id, "not synchronised yet (\(clock.source))")
      try await pause(.seconds(3), before: deadline) {
        ForgeError(
          .timeout, "its clock was not synchronised within \(limits.timeSync.brief)",
          on: node.name.description,
          observed:
            "\(clock.source), error \(clock.errorMilliseconds.map { "\($0) ms" } ?? "unknown")",
          advice:
            "see `chronyc sources` on the node; time.servers in the cluster file names the servers",
          disposition: .final)
      }
    }
  }

  /// Brings what DC/OS needs on a node.
  func prerequisites(_ id: StepID, _ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let result = try await runShowing(
      id, .prepare(blueprint.preparation(node)), on: node, timeout: limits.prerequisites)
    let report = try PrepareReport(result, on: node.name)
    if let failure = report.failure(on: node.name) { throw failure }
    let fixed = report.items.filter { $0.state == .fixed }
    return fixed.isEmpty
      ? .unchanged("\(report.items.count) items are right")
      : .changed(fixed.map(\.item).joined(separator: ", "))
  }

  /// Runs ip-detect as DC/OS would: exactly the planned address, or stop.
  func ipDetect(_ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let script = blueprint.wanted.genconf.ipDetect
    let result = try await run(.detectIP(script: script), on: node, timeout: limits.preflight)
    let report = try DetectIPReport(result, on: node.name)
    if let failure = report.failure(of: script, on: node, genconf: spec.dcos.genconf) {
      throw failure
    }
    let slow = report.slowness.map { "; \($0)" } ?? ""
    return .unchanged("gives \(node.address)\(slow)")
  }
}
