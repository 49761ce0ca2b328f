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
  /// `silenced` are left out.
  package func evaluate(
    config: [UInt8], file: String, files: GenconfContents, isSSH: Bool = false,
    cluster: ClusterSpec? = nil, silenced: Set<String> = []
  ) -> GenconfEvaluation {
    let document: PythonYAML.Document
    do throws(PythonYAML.Failure) {
      document = try PythonYAML.load(config, file: file, version: version)
    } catch { return unreadable(error, config: config, file: file) }
    guard case .dictionary(let pairs) = document.value else {
      return crash(at: SourcePosition(file: file, line: 1, column: 1), "the file is no mapping")
    }
    let texts = GenconfTexts(pairs)
    let ignored = texts.names.filter { !known.contains($0) }.sorted()
    var evaluation: GenconfEvaluation
    var values: [String: String] = [:]
    if let fault = texts.fault {
      evaluation = crash(at: document.values[fault.key], fault.message)
    } else {
      var resolver = GenconfResolver(
        parameters: parameters, given: texts.texts, files: files, version: version,
        isSSH: isSSH && !GenconfSpan.v2_0.contains(version))
      let outcome = resolver.resolve()
      evaluation = answer(to: outcome, document)
      if !evaluation.hasCrashed { values = outcome.values }
    }
    evaluation.ignoredKeys = ignored
    let review = GenconfReview(
      version: version, document: document, given: texts.texts, values: values,
      reported: Set(evaluation.reportedParameters), contents: files, cluster: cluster)
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

  private func crash(at position: SourcePosition?, _ message: String) -> GenconfEvaluation {
    let finding = GenconfFinding(
      id: "generator-crash", position: position, message: message, source: .dcos)
    return GenconfEvaluation(
      verdict: .rejected, hasCrashed: true, reportedParameters: [], ignoredKeys: [],
      findings: [finding])
  }

  private func answer(to outcome: GenconfResolver.Outcome, _ document: PythonYAML.Document)
    -> GenconfEvaluation
  {
    if let (name, message) = outcome.crash {
      return crash(at: document.values[name], name.isEmpty ? message : "\(name): \(message)")
    }
    let names = Set(outcome.reports.keys).union(outcome.missing).sorted()
    let findings = names.map { name in
      let report = outcome.reports[name]
      let isMissing = outcome.missing.contains(name)
      return GenconfFinding(
        id: isMissing ? "missing-parameter" : report?.id ?? "", parameter: name,
        position: document.values[name] ?? document.keys[name],
        message: isMissing ? "needed, and not given" : report?.message ?? "",
        fix: GenconfParameters.named(name)?.advice ?? "", source: .dcos)
    }
    return GenconfEvaluation(
      verdict: names.isEmpty ? .accepted : .rejected, hasCrashed: false,
      reportedParameters: names, ignoredKeys: [], findings: findings)
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
