import ForgeNodeProtocol
import ForgeSupport
package import ForgeModel
package import ForgeHealth
import ForgeDCOS

/// A diagnosis in words: the walk through the checks in order, then the cause with its proof and
/// what to do.
package struct DiagnosisText: Sendable {
  private let spec: ClusterSpec
  private let diagnosis: Diagnosis

  package init(_ spec: ClusterSpec, _ diagnosis: Diagnosis) {
    self.spec = spec
    self.diagnosis = diagnosis
  }

  package var lines: [String] {
    let health = diagnosis.health
    let groups: [(String, [NodeHealth])] = [
      ("masters", health.nodes.filter { $0.role == .master }),
      ("agents", health.nodes.filter(\.role.isAgent)),
      ("bootstrap", health.nodes.filter { $0.role == .bootstrap }),
    ]
    return groups.filter { !$0.1.isEmpty }.flatMap { walk($0.0, $0.1) } + explanation
      + ["\(spec.name) is \(health.summary)"]
  }

  /// One line for each check: how many are well, and what the others show.
  private func walk(_ title: String, _ nodes: [NodeHealth]) -> [String] {
    var table = Table(header: [title.uppercased(), "", ""])
    for component in HealthComponent.allCases {
      let parts = nodes.compactMap { node in node[component].map { (node.node, $0) } }
      guard !parts.isEmpty else { continue }
      let bad = parts.filter { $0.1.state != .ok }
      let waiting = bad.filter { $0.1.waitsOn != nil }
      let own = bad.filter { $0.1.waitsOn == nil }
      let state = own.map(\.1.state).max() ?? (waiting.isEmpty ? .ok : nil)
      var words = own.prefix(3).map { "\($0.0): \($0.1.evidence)" }
      if own.count > 3 { words.append("and \(own.count - 3) more") }
      if let cause = waiting.first?.1.waitsOn {
        words.append("\(waiting.map(\.0.description).joined(separator: ", ")) waits on \(cause)")
      }
      table.add([
        "  \(component.rawValue)", state?.rawValue ?? "waits",
        words.isEmpty ? "\(parts.count) of \(parts.count)" : words.joined(separator: "\n"),
      ])
    }
    return table.lines + [""]
  }

  private var explanation: [String] {
    guard let cause = diagnosis.health.firstCause else { return [] }
    var lines = ["cause: \(cause): \(diagnosis.health[cause]?.evidence ?? "")"]
    if let fault = diagnosis.fault {
      lines += [
        "known fault \(fault.id): \(fault.title)", "  why: \(fault.cause)", "  fix: \(fault.fix)",
      ]
    }
    lines += ["  next: \(next(cause))"]
    if !diagnosis.journal.isEmpty {
      lines.append("journal of \(cause.node):")
      let text = LogText(
        nodes: [], units: diagnosis.journal.map(\.unit), style: TextStyle(isColoured: false))
      lines += diagnosis.journal.flatMap(text.lines).map { " " + $0.content }
    }
    if let error = diagnosis.journalError { lines.append("its journal: \(error)") }
    if !diagnosis.console.isEmpty {
      lines.append("console of \(cause.node):")
      lines += diagnosis.console.map { "  " + ReportText.plain($0) }
    }
    return lines + [""]
  }

  /// The command to go on with.
  private func next(_ cause: HealthCause) -> String {
    let command = diagnosis.fault?.command ?? ""
    return command.isEmpty
      ? "dcosforge logs \(cause.node) --component \(cause.component.rawValue)"
      : command.replacing("NODE", with: cause.node.description)
  }
}

/// A diagnosis as a JSON value, schema 1.
package struct DiagnosisRecord: Codable, Sendable {
  /// A known fault.
  package struct Fault: Codable, Sendable {
    package var id: String
    /// One line.
    package var title: String
    /// Why it happens.
    package var cause: String
    /// What to do.
    package var fix: String
  }

  /// The version of this form.
  package var schema = 1
  /// How everything is; `status -o json` prints the same.
  package var status: StatusRecord
  /// The entry that fits the cause; absent when none does.
  package var fault: Fault?
  /// Lines of the journal that prove it.
  package var journal: [String]
  /// The end of the machine's console.
  package var console: [String]

  /// Flattens a diagnosis.
  package init(_ spec: ClusterSpec, _ diagnosis: Diagnosis, at time: Int64) {
    status = StatusRecord(spec, diagnosis.health, at: time)
    fault = diagnosis.fault.map {
      Fault(id: $0.id, title: $0.title, cause: $0.cause, fix: $0.fix)
    }
    journal = diagnosis.journal.map(\.message)
    console = diagnosis.console
  }
}

/// What is known of a fault, for `explain`.
package struct KnownFaultText: Sendable {
  private let fault: KnownFault

  package init(_ fault: KnownFault) { self.fault = fault }

  package var lines: [String] {
    [
      "\(fault.id): \(fault.title)", "",
      "seen when: \(fault.signs.map(\.description).joined(separator: "; "))",
      "why: \(fault.cause)", "fix: \(fault.fix)",
    ] + (fault.command.isEmpty ? [] : ["command: \(fault.command)"]) + ["source: \(fault.source)"]
  }
}
