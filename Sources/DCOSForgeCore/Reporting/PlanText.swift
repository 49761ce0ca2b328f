import ForgeSupport
package import ForgePlanning
package import ForgeModel
package import ForgeEvents

/// A plan in words: what would be done to each node, and why.
package struct PlanText: Sendable {
  private let spec: ClusterSpec
  private let plan: Plan

  package init(_ spec: ClusterSpec, _ plan: Plan) {
    self.spec = spec
    self.plan = plan
  }

  /// The lines: refusals first, then the steps by node, warnings, and the count.
  package var lines: [String] {
    var lines = refusalLines
    lines += group("cluster", plan.steps.filter { $0.id.node == nil })
    for node in spec.nodes {
      lines += group(
        "\(node.name)  \(node.role.rawValue)  \(node.address)",
        plan.steps.filter { $0.id.node == node.name })
    }
    let known = Set(spec.nodes.map(\.name))
    let departed = plan.steps.filter { $0.id.node.map { !known.contains($0) } ?? false }
    for step in departed {
      lines += group("\(step.id.node?.description ?? "")  not in the file", [step])
    }
    lines += plan.warnings.map { "warning: \($0)" }
    lines.append(summary)
    return lines
  }

  /// What stands in the way, each with its advice.
  package var refusalLines: [String] {
    plan.refusals.flatMap { refusal in
      var lines = "refused: \(refusal)".split(whereSeparator: \.isNewline).map(String.init)
      lines = lines.prefix(1) + lines.dropFirst().map { "    \($0)" }
      return lines + (refusal.advice.isEmpty ? [] : ["  → \(refusal.advice)"])
    }
  }

  /// One line: how much there is to do.
  package var summary: String {
    let changes = plan.steps.count(where: \.changes)
    if changes == 0 { return "No changes: \(spec.name) is as the file wants it." }
    let nodes = Set(plan.steps.filter(\.changes).compactMap(\.id.node)).count
    return
      "\(changes.of("change")) on \(nodes.of("node")), \((plan.steps.count - changes).of("check"))."
  }

  private func group(_ title: String, _ steps: [PlannedStep]) -> [String] {
    guard !steps.isEmpty else { return [] }
    return [title]
      + steps.map { step in
        let mark =
          switch step.id.kind {
          case .drain, .remove, .retire: "-"
          default: step.changes ? "+" : "?"
          }
        return "  \(mark) \(step.id.kind.rawValue.padded(to: 14))  \(step.reason)"
      } + [""]
  }
}

/// A plan as a JSON value, schema 1.
package struct PlanRecord: Codable, Sendable {
  package struct Step: Codable, Sendable {
    /// The kind.
    package var step: String
    /// The node; absent for a step of the whole cluster.
    package var node: String?
    package var stage: String
    /// Why it is planned.
    package var reason: String
    /// Whether it changes something.
    package var changes: Bool
    /// The names of the steps that must have succeeded.
    package var requires: [String]
    /// The names of the steps that must have ended.
    package var after: [String]
    /// The longest it may take, in milliseconds.
    package var limitMilliseconds: Int64

    enum CodingKeys: String, CodingKey {
      case step, node, stage, reason, changes, requires, after
      case limitMilliseconds = "limit_ms"
    }
  }

  /// The version of this form.
  package var schema = 1
  package var cluster: String
  /// Whether anything would be changed.
  package var changes: Bool
  /// The steps in order.
  package var steps: [Step]
  /// What stands in the way.
  package var refusals: [EventRecord.Failure]
  /// Doubts that do not stop the run.
  package var warnings: [String]

  /// Flattens a plan.
  package init(_ spec: ClusterSpec, _ plan: Plan) {
    cluster = spec.name
    changes = plan.hasChanges
    steps = plan.steps.map { step in
      Step(
        step: step.id.kind.rawValue, node: step.id.node?.description,
        stage: step.id.kind.stage.rawValue, reason: step.reason, changes: step.changes,
        requires: step.requires.map(\.description), after: step.after.map(\.description),
        limitMilliseconds: step.limit.wholeMilliseconds)
    }
    refusals = plan.refusals.map(EventRecord.Failure.init)
    warnings = plan.warnings
  }
}
