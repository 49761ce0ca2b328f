import ForgeModel

/// Computes the parameters as DC/OS does: only what the templates use under the chosen switches,
/// each at most once, and what depends on a refused value silently not at all.
///
/// Source: `gen/internals.py`, which is the same in all supported releases.
struct GenconfResolver {
  /// What came out.
  struct Outcome {
    /// What DC/OS reports, by parameter.
    var reports: [String: Report] = [:]
    /// The parameters that lack a value.
    var missing: Set<String> = []
    /// What ended in a traceback, with the parameter at which it did.
    var crash: (parameter: String, message: String, fix: String)?
    /// The values that were computed.
    var values: [String: String] = [:]
  }

  /// A message with the kind of fault.
  struct Report: Hashable {
    var id: String
    var message: String
    /// Empty where the fault names none.
    var fix: String
    /// The parameters that DC/OS reports for the same reason.
    var shared: [String] = []
  }

  private enum State {
    case value(String)
    case failed
  }

  let version: DCOSVersion
  let isSSH: Bool
  let files: GenconfContents
  let given: [String: String]
  private let parameters: [String: GenconfParameter]
  private var states: [String: State] = [:]
  private var outcome = Outcome()
  /// Fixed parameters that are given.
  private var fixedNames: Set<String> = []

  init(
    parameters: [GenconfParameter], given: [String: String], files: GenconfContents,
    version: DCOSVersion, isSSH: Bool
  ) {
    self.parameters = Dictionary(parameters.map { ($0.name, $0) }) { first, _ in first }
    self.given = given
    self.files = files
    self.version = version
    self.isSSH = isSSH
  }

  /// Computes everything.
  mutating func resolve() -> Outcome {
    do throws(GenconfFault) {
      for name in parameters.keys.sorted() {
        guard let parameter = parameters[name] else { continue }
        try visit(parameter)
      }
      try checkCombinations()
    } catch {
      if outcome.crash == nil, case .crash(let message, let fix) = error {
        outcome.crash = ("", message, fix)
      }
    }
    for case (let name, .value(let value)) in states { outcome.values[name] = value }
    return outcome
  }

  /// Settles a parameter if a template uses it.
  private mutating func visit(_ parameter: GenconfParameter) throws(GenconfFault) {
    switch parameter.use.chosen(for: version) {
    case .always: try settle(parameter.name)
    case .ssh where isSSH: try settle(parameter.name)
    case .when(let alternatives):
      if isSSH, parameter.name == "master_list" { try settle(parameter.name) }
      for path in alternatives where try isOpen(path) { try settle(parameter.name) }
    case .indirectly, .never, .ssh, .varying: return
    }
  }

  private mutating func isOpen(_ path: [GenconfSwitch]) throws(GenconfFault) -> Bool {
    for condition in path {
      try settle(condition.name)
      guard case .value(condition.value)? = states[condition.name] else { return false }
    }
    return true
  }

  /// Makes sure that a parameter has a value or has failed; throws on a traceback only.
  private mutating func settle(_ name: String) throws(GenconfFault) {
    guard states[name] == nil else { return }
    do throws(GenconfFault) {
      let value = try calculate(name)
      states[name] = .value(value)
    } catch {
      states[name] = .failed
      switch error {
      case .rejected(let message, let fix): report(name, given: message, fix)
      case .skipped: break
      case .crash(let message, let fix):
        if outcome.crash == nil { outcome.crash = (name, message, fix) }
        throw error
      }
    }
  }

  private mutating func report(_ name: String, given message: String, _ fix: String) {
    let isFixed = given[name] != nil && fixedNames.contains(name)
    outcome.reports[name] = Report(
      id: isFixed ? "fixed-parameter" : "invalid-value", message: message, fix: fix)
  }

  private mutating func value(of name: String) throws(GenconfFault) -> String {
    try settle(name)
    guard case .value(let value)? = states[name] else { throw .skipped }
    return value
  }

  private mutating func calculate(_ name: String) throws(GenconfFault) -> String {
    let parameter = parameters[name]
    var origin = parameter?.origin.chosen(for: version) ?? .required
    if case .fixedIf(let other, let wanted, let formula, let otherwise) = origin {
      origin = try value(of: other) == wanted ? .fixedBy(formula) : otherwise
    }
    if let text = given[name] {
      switch origin {
      case .fixedBy(let formula):
        for input in formula.inputs { try settle(input) }
        fixedNames.insert(name)
        throw .rejected("DC/OS computes it; remove it from the file")
      case .fixed:
        fixedNames.insert(name)
        throw .rejected("DC/OS sets it itself; remove it from the file")
      default: break
      }
      try check(text, parameter)
      return text
    }
    let text: String
    switch origin {
    case .preset(let preset), .fixed(let preset): text = preset
    case .computed(let formula), .fixedBy(let formula): text = try compute(formula)
    case .required, .fixedIf, .varying:
      outcome.missing.insert(name)
      throw .skipped
    }
    try check(text, parameter)
    return text
  }

  private func check(_ text: String, _ parameter: GenconfParameter?) throws(GenconfFault) {
    try parameter?.rule.check(text, GenconfRule.Setting(version: version, contents: files))
  }

  private mutating func compute(_ formula: GenconfFormula) throws(GenconfFault) -> String {
    for input in formula.inputs { try settle(input) }
    var values: [String: String] = [:]
    for input in formula.inputs { values[input] = try value(of: input) }
    return try formula.compute(
      GenconfFormula.Inputs(values: values, files: files, version: version))
  }

  private mutating func checkCombinations() throws(GenconfFault) {
    var found: [Report] = []
    for rule in GenconfCrossRule.all
    where rule.span.contains(version) && (isSSH || !rule.isSSH) {
      var values: [String: String] = [:]
      for name in rule.parameters {
        if case .value(let value)? = states[name] { values[name] = value }
      }
      guard values.count == rule.parameters.count else { continue }
      do throws(GenconfFault) { try rule.check(values) } catch {
        guard case .rejected(let message, let fix) = error else { throw error }
        found.append(
          Report(
            id: "conflicting-values", message: message, fix: fix, shared: rule.parameters))
      }
    }
    for report in found {
      for name in report.shared where outcome.reports[name] == nil {
        outcome.reports[name] = report
      }
    }
  }
}
