import ForgeModel
import ForgeSupport
package import ForgePlanning

/// Problems as a table, and as JSON.
package struct ProblemText: Sendable {
  private let cluster: String
  private let problems: [Problem]

  /// Makes the text of what `repair` found.
  package init(cluster: String, _ problems: [Problem]) {
    self.cluster = cluster
    self.problems = problems
  }

  /// The table with the advice under it, or one line when there is nothing to repair.
  package var lines: [String] {
    guard !problems.isEmpty else { return ["\(cluster): nothing to repair"] }
    var table = Table(header: ["NODE", "PROBLEM", "RESOLUTION", "SEEN"])
    for problem in problems {
      table.add([
        problem.node?.description ?? "-", problem.kind.rawValue, problem.resolution.rawValue,
        problem.seen.split(whereSeparator: \.isNewline).joined(separator: "; "),
      ])
    }
    return table.lines + problems.filter { !$0.advice.isEmpty }.map { "→ \($0.advice)" }
  }
}

/// What `repair --report` found, as a JSON value, schema 1.
package struct ProblemsRecord: Codable, Sendable {
  package struct Problem: Codable, Sendable {
    /// The kind.
    package var problem: String
    /// The node; absent for what all share.
    package var node: String?
    /// What was seen.
    package var seen: String
    /// What repairs it.
    package var resolution: String
    /// What to do where dcosforge does nothing by itself.
    package var advice: String
  }

  /// The version of this form.
  package var schema = 1
  package var cluster: String
  package var problems: [Problem]

  package init(cluster: String, _ problems: [ForgePlanning.Problem]) {
    self.cluster = cluster
    self.problems = problems.map {
      Problem(
        problem: $0.kind.rawValue, node: $0.node?.description, seen: $0.seen,
        resolution: $0.resolution.rawValue, advice: $0.advice)
    }
  }
}
