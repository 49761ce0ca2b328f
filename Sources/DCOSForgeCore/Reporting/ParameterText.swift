import ForgeModel
package import ForgeGenconf

/// What is known of a parameter of DC/OS's configuration, for people.
package struct ParameterText: Sendable {
  private let parameter: GenconfParameter

  /// Describes a parameter.
  package init(_ parameter: GenconfParameter) { self.parameter = parameter }

  /// The lines that `explain` prints.
  package var lines: [String] {
    var lines = ["\(parameter.name): \(parameter.meaning)", ""]
    lines.append("  type      \(parameter.kind.rawValue)")
    if !parameter.ruleText.isEmpty { lines.append("  must be   \(parameter.ruleText)") }
    lines += standings.enumerated().map { index, standing in
      (index == 0 ? "  value     " : "            ") + standing
    }
    lines.append("  releases  \(parameter.span)")
    if !parameter.advice.isEmpty { lines.append("  advice    \(parameter.advice)") }
    return lines
  }

  /// The row of the reference page.
  var row: String {
    let cells = [
      "`\(parameter.name)`", parameter.meaning, parameter.kind.rawValue, parameter.ruleText,
      standings.joined(separator: "; "), parameter.span.description, parameter.advice,
    ]
    return "| "
      + cells.map { $0.isEmpty ? "–" : $0.replacing("|", with: "\\|") }
      .joined(separator: " | ") + " |"
  }

  /// What holds without a value, branch by branch where that differs.
  private var standings: [String] {
    var found: [(text: String, from: String)] = []
    for version in Self.branches where parameter.span.contains(version) {
      let text = standing(in: version)
      if found.last?.text != text { found.append((text, "\(version.major).\(version.minor)")) }
    }
    guard found.count > 1 else { return found.map(\.text) }
    return found.map { "from \($0.from): \($0.text)" }
  }

  /// The last release of each branch.
  private static let branches = [
    DCOSVersion(1, 11, 13), DCOSVersion(1, 12, 5), DCOSVersion(1, 13, 10), DCOSVersion(2, 0, 6),
    DCOSVersion(2, 1, 3), DCOSVersion(2, 2, 1),
  ]

  private func standing(in version: DCOSVersion) -> String {
    if parameter.isFixed(in: version) { return "computed by DC/OS; giving one is an error" }
    if parameter.isRequired(in: version) { return "needed where DC/OS looks at it" }
    switch parameter.defaultValue(in: version) {
    case nil: return "computed by default"
    case ""?: return "none by default"
    case let text?: return "\(text) by default"
    }
  }
}
