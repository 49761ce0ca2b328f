import ForgeSupport
import ForgePlanning
package import ForgeModel
package import ForgeEvents

/// Events as lines for logs and pipes: elapsed time, node, step, what happened.
package struct PlainText: Sendable {
  private let nodeWidth: Int

  /// Makes a form whose node column fits the cluster's names.
  package init(nodes: [NodeName]) {
    nodeWidth = nodes.map(\.description.count).max().map { max($0, 7) } ?? 7
  }

  /// The lines of an event; none for those that only a live view needs.
  package func lines(_ event: Event) -> [String] {
    let head =
      "[" + String(repeating: " ", count: max(0, 6 - event.elapsed.brief.count))
      + event.elapsed.brief + "] "
    switch event.kind {
    case .runStarted(let command, let cluster, let steps):
      return [head + "\(command) \(cluster): \(steps.of("step"))"]
    case .stepStarted(let id, let limit, let attempt):
      let again = attempt > 1 ? ", attempt \(attempt)" : ""
      return [head + label(id) + "started (limit \(limit.brief)\(again))"]
    case .stepProgress(let id, let detail):
      return [head + label(id) + "… " + detail]
    case .stepRetrying(let id, let error, let delay):
      return [head + label(id) + "again in \(delay.brief): \(error)"]
    case .stepFinished(let id, let outcome):
      return outcomeLines(outcome).enumerated().map { index, line in
        head + label(id) + (index == 0 ? "" : "    ") + line
      }
    case .gateOpened(let id, let evidence):
      return evidence.map { head + label(id) + "evidence: " + $0 }
    case .interrupted(let again):
      return [
        head
          + (again
            ? "stopping at once"
            : "stopping after the running steps; press Ctrl-C again to stop at once")
      ]
    case .runFinished(let status, let elapsed):
      return [head + "ended with exit code \(status.rawValue) after \(elapsed.brief)"]
    }
  }

  private func label(_ id: StepID) -> String {
    let node = id.node?.description ?? "cluster"
    return node.padded(to: nodeWidth) + "  " + id.kind.rawValue.padded(to: 14) + "  "
  }

  private func outcomeLines(_ outcome: StepOutcome) -> [String] {
    switch outcome {
    case .changed(let detail): ["done: " + (detail.isEmpty ? "changed" : detail)]
    case .unchanged(let detail): ["ok" + (detail.isEmpty ? "" : ": " + detail)]
    case .failed(let error): ["FAILED: " + error.summary] + error.detailLines
    case .skipped(let because, _): ["skipped because of " + because.description]
    case .stopped: ["stopped"]
    }
  }
}

extension ForgeError {
  /// What was seen and what to do, a line each.
  package var detailLines: [String] {
    observed.split(whereSeparator: \.isNewline).map(String.init)
      + (advice.isEmpty ? [] : ["→ " + advice])
  }
}
