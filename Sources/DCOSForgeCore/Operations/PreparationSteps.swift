extension StepRunner {
  /// Configures the node's clock and waits until the kernel counts it as synchronised.
  func time(
    _ id: StepID, _ node: NodeSpec, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    let settings = blueprint.timeSettings(node)
    let result = try await run(
      .configureTime(settings), on: node, timeout: limits.timeSync)
    let changed = try NodeReading.timeConfigured(result, on: node.name)
    while true {
      let clock = try NodeReading.clock(
        try await run(.clock, on: node, timeout: limits.timeSync), on: node.name)
      if clock.isGood {
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
    let reports = try NodeReading.prerequisites(result, on: node.name)
    let failed = reports.filter { $0.state == .failed || $0.state == .missing }
    guard failed.isEmpty else {
      throw ForgeError(
        .step, "\(failed.count) prerequisites could not be put right", on: node.name.description,
        observed: failed.map { "\($0.item): \($0.detail)" }.joined(separator: "\n"),
        advice: "put these right on the node or in the cluster file, and run up again")
    }
    let fixed = reports.filter { $0.state == .fixed }
    return fixed.isEmpty
      ? .unchanged("\(reports.count) items are right")
      : .changed(fixed.map(\.item).joined(separator: ", "))
  }

  /// Runs ip-detect as DC/OS would: exactly the planned address, or stop.
  func ipDetect(_ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let script = blueprint.wanted.genconf.ipDetect
    let result = try await run(.detectIP(script: script), on: node, timeout: limits.preflight)
    let faults = try NodeReading.detectedIP(
      result, script: script, planned: node.address, on: node.name)
    guard faults.isEmpty else {
      throw ForgeError(
        .step, "ip-detect does not give the planned address \(node.address)",
        on: node.name.description, observed: faults.joined(separator: "\n"),
        advice: "correct ip-detect in the genconf folder \(spec.dcos.genconf)")
    }
    return .unchanged("gives \(node.address)")
  }
}
