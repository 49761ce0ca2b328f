import ForgeSupport
import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel

/// What `Resources/Node/time.sh` says it did (`time`).
private struct TimeRecord: Decodable {
  var state: PrerequisiteReport.State

  static func read(
    _ result: CommandResult, on node: NodeName
  ) throws(ForgeError) -> TimeRecord {
    let action = "configuring the clock"
    return try NodeReport(result, of: action, on: node.description)
      .record("time", of: action, on: node.description)
  }
}

extension StepRunner {
  /// Configures the node's clock and waits until the kernel counts it as synchronised.
  func time(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    let settings = blueprint.timeSettings(node)
    let result = try await run(
      .configureTime(settings), on: node, timeout: limits.timeSync)
    let changed = try TimeRecord.read(result, on: node.name).state == .fixed
    let serves = settings.servesTo != nil
    while true {
      let clock = try ClockReading(
        try await run(.clock, on: node, timeout: limits.timeSync), on: node.name)
      if clock.isGood || serves && clock.source == ClockReading.local {
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
    let reports = try Prerequisites.reports(result, on: node.name)
    if let failure = Prerequisites.failure(in: reports, on: node.name) { throw failure }
    let fixed = reports.filter { $0.state == .fixed }
    return fixed.isEmpty
      ? .unchanged("\(reports.count) items are right")
      : .changed(fixed.map(\.item).joined(separator: ", "))
  }

  /// Runs ip-detect as DC/OS would: exactly the planned address, or stop.
  func ipDetect(_ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let script = blueprint.wanted.genconf.ipDetect
    let result = try await run(.detectIP(script: script), on: node, timeout: limits.preflight)
    let runs = try IPDetect.runs(result, on: node.name)
    if let failure = IPDetect.failure(
      of: script, runs: runs, on: node, genconf: spec.dcos.genconf)
    {
      throw failure
    }
    let slow = IPDetect.slowness(runs: runs).map { "; \($0)" } ?? ""
    return .unchanged("gives \(node.address)\(slow)")
  }
}
