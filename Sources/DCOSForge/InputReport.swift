import ForgeConfiguration
import ForgeModel
import ForgeGenconf
import DCOSForgeCore

/// All findings about the operator's files.
struct InputReport {
  /// The cluster; nil without a cluster file, or with one that has errors.
  private(set) var spec: ClusterSpec?
  /// All findings, those of the cluster file first.
  private(set) var diagnostics: [Diagnostic] = []
  /// The same for programs.
  private(set) var records: [FindingRecord] = []
  /// DC/OS's answer; nil when there was nothing to evaluate.
  private(set) var verdict: GenconfEvaluation.Verdict?
  private var version = DCOSVersion.founding
  private var name = ""

  /// Evaluates a folder alone.
  init(genconf: String, _ version: DCOSVersion, _ silenced: Set<String>) throws(ForgeError) {
    let contents = try GenconfFolder(path: genconf).contents()
    self.version = version
    let review = EvaluatedGenconf(
      config: contents.config, file: contents.configPath, contents: contents.asInstallerSees,
      version: version, silenced: silenced)
    add(review, contents)
  }

  /// Evaluates a cluster file and the folder that it names, or `genconf`.
  init(
    _ options: ClusterOptions, genconf: String?, version: DCOSVersion?, _ silenced: Set<String>
  ) throws(ForgeError) {
    let (input, reading) = try options.read()
    name = input.isBuiltIn ? "no \(input.name), built-in cluster" : input.name
    diagnostics = reading.diagnostics.filter { $0.severity == .error || !silenced.contains($0.id) }
    records = diagnostics.map(FindingRecord.init)
    guard var spec = reading.cluster else { return }
    if let version { spec.dcos.version = version }
    self.spec = spec
    self.version = spec.dcos.version
    do throws(ForgeError) {
      let contents = try GenconfFolder(path: genconf ?? spec.dcos.genconf).contents()
      let review = EvaluatedGenconf(
        config: contents.config, file: contents.configPath, contents: contents.asInstallerSees,
        for: spec, silenced: silenced)
      add(review, contents)
    } catch {
      guard genconf == nil else { throw error }
      let finding = Diagnostic(
        id: "genconf-missing", severity: .warning,
        "the DC/OS configuration is not evaluated: \(error.description)", hint: error.advice)
      diagnostics.append(finding)
      records.append(FindingRecord(finding))
    }
  }

  private mutating func add(_ review: EvaluatedGenconf, _ contents: GenconfFolder.Contents) {
    verdict = review.evaluation.verdict
    diagnostics += review.diagnostics(of: contents.config, version)
    records += review.evaluation.findings.map { FindingRecord($0, in: contents.configPath) }
  }

  /// The lines that end the text form.
  func summary(isVerbose: Bool) -> [String] {
    var lines: [String] = []
    if let spec {
      lines.append("\(name): valid, \(spec.summary)")
      if isVerbose { lines += spec.nodeTable }
    }
    switch verdict {
    case .accepted: lines.append("DC/OS \(version) accepts its configuration")
    case .rejected: lines.append("DC/OS \(version) refuses its configuration")
    case nil: break
    }
    return lines
  }
}
