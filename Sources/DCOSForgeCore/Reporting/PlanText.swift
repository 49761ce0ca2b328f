/// A plan in words: what would be done to each node, and why.
public struct PlanText: Sendable {
  private let spec: ClusterSpec
  private let plan: Plan

  /// Makes the text of a plan.
  public init(_ spec: ClusterSpec, _ plan: Plan) {
    self.spec = spec
    self.plan = plan
  }

  /// The lines: refusals first, then the steps by node, warnings, and the count.
  public var lines: [String] {
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
  public var refusalLines: [String] {
    plan.refusals.flatMap { refusal in
      var lines = "refused: \(refusal)".split(whereSeparator: \.isNewline).map(String.init)
      lines = lines.prefix(1) + lines.dropFirst().map { "    \($0)" }
      return lines + (refusal.advice.isEmpty ? [] : ["  → \(refusal.advice)"])
    }
  }

  /// One line: how much there is to do.
  public var summary: String {
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
public struct PlanRecord: Codable, Sendable {
  /// One step.
  public struct Step: Codable, Sendable {
    /// The kind.
    public var step: String
    /// The node; absent for a step of the whole cluster.
    public var node: String?
    /// The stage.
    public var stage: String
    /// Why it is planned.
    public var reason: String
    /// Whether it changes something.
    public var changes: Bool
    /// The names of the steps that must have succeeded.
    public var requires: [String]
    /// The names of the steps that must have ended.
    public var after: [String]
    /// The longest it may take, in milliseconds.
    public var limitMilliseconds: Int64

    enum CodingKeys: String, CodingKey {
      case step, node, stage, reason, changes, requires, after
      case limitMilliseconds = "limit_ms"
    }
  }

  /// The version of this form.
  public var schema = 1
  /// The cluster.
  public var cluster: String
  /// Whether anything would be changed.
  public var changes: Bool
  /// The steps in order.
  public var steps: [Step]
  /// What stands in the way.
  public var refusals: [EventRecord.Failure]
  /// Doubts that do not stop the run.
  public var warnings: [String]

  /// Flattens a plan.
  public init(_ spec: ClusterSpec, _ plan: Plan) {
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
