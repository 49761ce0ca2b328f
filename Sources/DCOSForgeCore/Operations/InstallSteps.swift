import ForgeSupport
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel

extension StepRunner {
  /// Fetches from a node what it will fetch first from the bootstrap node.
  func fetch(_ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let result = try await run(
      .fetchServed(url: spec.bootstrapURL), on: node, timeout: limits.preflight)
    return .unchanged(
      try FetchReport(result, url: spec.bootstrapURL, on: node.name).summary)
  }

  /// Runs DC/OS's own preflight and ours; every failing line comes with its fix.
  func preflight(_ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let installation = try installation(node)
    let result = try await run(.preflight(installation), on: node, timeout: limits.preflight)
    let report = try PreflightReport(result, for: installation, on: node.name)
    let failures = report.failures
    guard failures.isEmpty else {
      var error = ForgeError(
        .step, "\(failures.count) preflight checks failed", on: node.name.description,
        observed: failures.map(\.line).joined(separator: "\n"),
        advice: "put these right and run up again; nothing was installed on this node")
      error.findings = failures.map { .init(check: $0.check, detail: $0.detail, fix: $0.fix) }
      throw error
    }
    return .unchanged(
      report.isInstalled ? "installed already" : "\(report.findings.count) checks passed")
  }

  /// Runs `dcos_install.sh` for the node's role.
  func install(_ id: StepID, _ node: NodeSpec) async throws(ForgeError) -> StepOutcome {
    let installation = try installation(node)
    let result = try await runShowing(id, .install(installation), on: node, timeout: limits.install)
    let report = try InstallReport(result, for: installation, on: node.name)
    return report.changed ? .changed(report.summary) : .unchanged(report.summary)
  }

  private func installation(_ node: NodeSpec) throws(ForgeError) -> Installation {
    guard let installer = installer.withLock({ $0 }) else {
      throw ForgeError(
        .internalFault, "comes before the bootstrap node serves", on: node.name.description,
        disposition: .final)
    }
    return blueprint.installation(node, installer: installer)
  }
}

extension PreflightFinding {
  /// `check: detail → fix`.
  var line: String {
    (detail.isEmpty ? check : "\(check): \(detail)") + (fix.isEmpty ? "" : " → \(fix)")
  }
}
