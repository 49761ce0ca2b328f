import ForgeSupport
package import ForgePlanning
package import ForgeModel
import ForgeDCOS

/// What is shown at the end of a run: nodes, failures, endpoints, and the time against the critical
/// path.
package struct RunSummary: Sendable {
  private let spec: ClusterSpec
  private let report: RunReport

  package init(_ spec: ClusterSpec, _ report: RunReport) {
    self.spec = spec
    self.report = report
  }

  /// The lines of the whole summary.
  package var lines: [String] {
    var lines = nodeTable + [""]
    lines += failureLines
    if report.status == .success, report.records.contains(where: { $0.step.id.kind == .health }) {
      lines += endpointLines + [""]
    }
    return lines + timeLines
  }

  private var nodeTable: [String] {
    var table = Table(header: ["NODE", "ROLE", "ADDRESS", "RESULT"])
    for node in spec.nodes {
      table.add([
        node.name.description, node.role.rawValue, node.address.description, result(node.name),
      ])
    }
    return table.lines
  }

  /// The first failure of a node, else why it was skipped, else what was changed.
  private func result(_ node: NodeName) -> String {
    let own = report.records.filter { $0.step.id.node == node }
    if let failed = own.first(where: { $0.failure != nil }), let error = failed.failure {
      return "FAILED \(failed.step.id.kind.rawValue): \(error.summary)"
    }
    for record in own {
      switch record.outcome {
      case .skipped(let because, _):
        return "skipped at \(record.step.id.kind.rawValue) because of \(because)"
      case .stopped: return "stopped before \(record.step.id.kind.rawValue)"
      case .changed(let text) where record.step.id.kind == .adopt: return text
      case .changed, .unchanged, .failed: continue
      }
    }
    let verdict = report.records.first { $0.step.id.kind == .health }
    let state: String
    switch verdict?.outcome {
    case .changed, .unchanged: state = "healthy"
    default: state = "done"
    }
    let changes = own.count { if case .changed = $0.outcome { true } else { false } }
    return changes == 0 ? "\(state), unchanged" : "\(state), \(changes.of("change"))"
  }

  private var failureLines: [String] {
    let failures = report.records.compactMap { record in
      record.failure.map { (step: record.step.id, error: $0) }
    }
    let single = failures.filter { $0.error.findings.isEmpty }.flatMap {
      (step, error) -> [String] in
      ["\(step) failed\(place(of: error, in: step)): \(error.summary)"]
        + error.detailLines.map { "  " + $0 } + [""]
    }
    return single + findingLines(failures.map(\.error).filter { !$0.findings.isEmpty })
  }

  /// Where a step failed, when its name does not say so.
  private func place(of error: ForgeError, in step: StepID) -> String {
    let isSaid = error.subject.isEmpty || error.subject == step.node?.description
    return isSaid ? "" : " on \(error.subject)"
  }

  /// The faults of all nodes in one table.
  private func findingLines(_ errors: [ForgeError]) -> [String] {
    guard !errors.isEmpty else { return [] }
    var table = Table(header: ["NODE", "FAILED", "SEEN", "FIX"])
    for error in errors {
      for finding in error.findings {
        table.add([error.subject, finding.check, finding.detail, finding.fix])
      }
    }
    return table.lines + Set(errors.map(\.advice)).sorted().map { "→ " + $0 } + [""]
  }

  private var endpointLines: [String] {
    let masters = spec.nodes(.master)
    return masters.prefix(1).map { "DC/OS dashboard     \(Endpoint(.dashboard, on: $0).url)" }
      + masters.map {
        "Exhibitor \($0.name.description.padded(to: 10))\(Endpoint(.exhibitor, on: $0).url)"
      }
  }

  private var timeLines: [String] {
    let path = CriticalPath(report.records)
    let names = path.steps.map(\.description).joined(separator: " → ")
    var line = "Took \(report.elapsed.brief)"
    if !path.steps.isEmpty { line += "; critical path \(path.duration.brief): \(names)" }
    return [line]
  }
}

/// The chain of steps that decided how long a run took: from the step that ended last, back through
/// the one that each waited for last.
package struct CriticalPath: Hashable, Sendable {
  /// The chain, first step first; steps that took no time are left out.
  package let steps: [StepID]
  /// The sum of the steps' times.
  ///
  /// What the run took beyond it is waiting and dcosforge's own share.
  package let duration: Duration

  /// Finds the path in the records of a run.
  package init(_ records: [StepRecord]) {
    let ran = records.filter { $0.ended > $0.started }
    let byID = Dictionary(ran.map { ($0.step.id, $0) }) { first, _ in first }
    var chain: [StepRecord] = []
    var current = ran.max { $0.ended < $1.ended }
    while let record = current {
      chain.append(record)
      let before = (record.step.requires + record.step.after).compactMap { byID[$0] }
      current = before.max { $0.ended < $1.ended }
    }
    steps = chain.reversed().map(\.step.id)
    duration = chain.reduce(.zero) { $0 + ($1.ended - $1.started) }
  }
}
