import ForgeSupport
package import ForgeModel

/// Evaluates DC/OS's own configuration file as a release of DC/OS would, without running it.
///
/// Source: `dcos_installer/config.py`, `gen/__init__.py`, `gen/internals.py`, `gen/calc.py` of the
/// tags 1.11.0 to 2.2.1 of `dcos/dcos`.
package struct GenconfEvaluator: Sendable {
  /// The release.
  package let version: DCOSVersion
  private let parameters: [GenconfParameter]
  private let known: Set<String>

  /// Makes the evaluator of a release.
  package init(version: DCOSVersion) {
    self.version = version
    self.parameters = GenconfParameters.known(in: version)
    self.known = Set(parameters.map(\.name))
  }

  /// Evaluates a file.
  ///
  /// `config` is what stands in `genconf/config.yaml`, `file` its name in positions. `isSSH` asks
  /// for the rules of the SSH installer too, which releases from 2.0 on do not have. With `cluster`
  /// the configuration is compared with the planned nodes. Findings of this tool whose id is in
  /// `silenced` are left out. `written` is the file that positions lead into, when it is another.
  package func evaluate(
    config: [UInt8], file: String, files: GenconfContents, isSSH: Bool = false,
    cluster: ClusterSpec? = nil, silenced: Set<String> = [], written: [UInt8]? = nil
  ) -> GenconfEvaluation {
    var document: PythonYAML.Document
    do throws(PythonYAML.Failure) {
      document = try PythonYAML.load(config, file: file, version: version)
    } catch { return unreadable(error, config: config, file: file) }
    guard case .dictionary(let pairs) = document.value else {
      return crash(at: SourcePosition(file: file, line: 1, column: 1), "the file is no mapping")
    }
    if let written, let own = try? PythonYAML.load(written, file: file, version: version) {
      document = own
    }
    let texts = GenconfTexts(pairs)
    let ignored = texts.names.filter { !known.contains($0) }.sorted()
    var evaluation: GenconfEvaluation
    var values: [String: String] = [:]
    var causes = GenconfCauses(version: version, document: document, values: [:])
    if let fault = texts.fault {
      evaluation = crash(at: document.place(of: fault.key), fault.message)
    } else {
      var resolver = GenconfResolver(
        parameters: parameters, given: texts.texts, files: files, version: version,
        isSSH: isSSH && !GenconfSpan.v2_0.contains(version))
      let outcome = resolver.resolve()
      causes = GenconfCauses(version: version, document: document, values: outcome.values)
      evaluation = answer(to: outcome, causes)
      if !evaluation.hasCrashed { values = outcome.values }
    }
    evaluation.ignoredKeys = ignored
    let review = GenconfReview(
      version: version, document: document, given: texts.texts, values: values,
      reported: Set(evaluation.reportedParameters), contents: files, cluster: cluster,
      causes: causes, isSSH: isSSH)
    evaluation.findings += review.findings().filter { !silenced.contains($0.id) }
    return evaluation
  }

  // MARK: DC/OS's own findings

  private func unreadable(_ failure: PythonYAML.Failure, config: [UInt8], file: String)
    -> GenconfEvaluation
  {
    let isForeign = config.contains { $0 >= 0x80 }
    let finding = GenconfFinding(
      id: failure.isCrash ? "generator-crash" : "invalid-yaml", position: failure.position,
      message: failure.message, fix: isForeign ? "use ASCII only, comments included" : "",
      source: .dcos)
    var evaluation = GenconfEvaluation(
      verdict: .rejected, hasCrashed: failure.isCrash,
      reportedParameters: failure.isCrash && !isForeign ? [] : [""], ignoredKeys: [],
      findings: [finding])
    guard isForeign else { return evaluation }
    let readable = config.map { $0 >= 0x80 ? UInt8(ascii: "?") : $0 }
    if let document = try? PythonYAML.load(readable, file: file, version: version),
      case .dictionary(let pairs) = document.value
    {
      evaluation.ignoredKeys = GenconfTexts(pairs).names.filter { !known.contains($0) }.sorted()
    }
    return evaluation
  }

  private func crash(
    at position: SourcePosition?, _ message: String, of parameter: String = "", fix: String = ""
  ) -> GenconfEvaluation {
    let finding = GenconfFinding(
      id: "generator-crash", parameter: parameter, position: position, message: message, fix: fix,
      source: .dcos)
    return GenconfEvaluation(
      verdict: .rejected, hasCrashed: true, reportedParameters: [], ignoredKeys: [],
      findings: [finding])
  }

  private func answer(to outcome: GenconfResolver.Outcome, _ causes: GenconfCauses)
    -> GenconfEvaluation
  {
    if let (name, message, fix) = outcome.crash {
      return crash(at: causes.place(of: name), message, of: causes.key(for: name), fix: fix)
    }
    let names = Set(outcome.reports.keys).union(outcome.missing).sorted()
    let written = causes.document.keys
    let findings = names.compactMap { name -> GenconfFinding? in
      guard let report = outcome.reports[name] else { return missing(name, causes) }
      // Of values that do not fit together, those that are not written are DC/OS's own.
      let isAside = written[name] == nil && report.shared.contains { written[$0] != nil }
      return isAside ? nil : finding(report, of: name, causes)
    }
    return GenconfEvaluation(
      verdict: names.isEmpty ? .accepted : .rejected, hasCrashed: false,
      reportedParameters: names, ignoredKeys: [], findings: findings)
  }

  private func missing(_ name: String, _ causes: GenconfCauses) -> GenconfFinding {
    let parameter = GenconfParameters.named(name)
    let reason = causes.reason(for: name)
    let advice = parameter?.advice ?? ""
    return GenconfFinding(
      id: "missing-parameter", parameter: name, position: causes.place(of: name),
      message: reason.isEmpty ? "needed, and not given" : "needed with \(reason), and not given",
      fix: advice.isEmpty ? parameter?.meaning ?? "" : advice, source: .dcos)
  }

  /// Under the key that the operator writes.
  private func finding(
    _ report: GenconfResolver.Report, of name: String, _ causes: GenconfCauses
  ) -> GenconfFinding {
    let parameter = GenconfParameters.named(name)
    let rule = parameter?.ruleText ?? ""
    var fix = report.fix
    if fix.isEmpty, report.id == "invalid-value", !rule.isEmpty {
      fix = report.message.contains(rule) ? "" : rule
    } else if fix.isEmpty, report.id != "conflicting-values" {
      fix = parameter?.advice ?? ""
    }
    return GenconfFinding(
      id: report.id, parameter: causes.key(for: name), position: causes.place(of: name),
      message: report.message, fix: fix, source: .dcos)
  }
}

/// The text that DC/OS makes of each value, or why it cannot.
struct GenconfTexts {
  /// By parameter; complete only without a fault.
  private(set) var texts: [String: String] = [:]
  /// Every key, as text.
  private(set) var names: [String] = []
  /// The first value or key that ends in a traceback.
  private(set) var fault: (key: String, message: String)?

  init(_ pairs: [PythonPair]) {
    for pair in pairs {
      guard case .string(let name) = pair.key else {
        let shown = pair.key.shown
        names.append(shown)
        fault = fault ?? (shown, "the key \(shown.excerpt) is a \(pair.key.typeName), not text")
        continue
      }
      names.append(name)
      texts[name] = Self.text(of: pair.value)
      if texts[name] == nil, fault == nil {
        fault = (name, "\(name.excerpt): a \(pair.value.typeName) cannot be used; quote the value")
      }
    }
  }

  private static func text(of value: PythonValue) -> String? {
    switch value {
    case .string(let text): text
    case .bool, .integer, .list, .dictionary: PythonJSON.dump(value)
    case .none, .float, .opaque: nil
    }
  }
}
