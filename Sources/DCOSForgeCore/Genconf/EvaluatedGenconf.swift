package import ForgeModel
import ForgeConfiguration

/// What is to be said of a genconf folder before anything is made: DC/OS's answer and this tool's
/// own.
package struct EvaluatedGenconf: Sendable {
  /// The evaluation; positions lead into the operator's file.
  package let evaluation: GenconfEvaluation
  /// What the installer gets.
  package let filled: FilledGenconf?

  /// Reviews the folder of a planned cluster: what follows from its nodes is filled in first.
  ///
  /// `config` and `file` are the operator's configuration and its name, `contents` the files beside
  /// it.
  package init(
    config: [UInt8], file: String, contents: GenconfContents, for cluster: ClusterSpec,
    silenced: Set<String> = []
  ) {
    let filled = FilledGenconf(config: config, file: file, cluster: cluster)
    self.evaluation = GenconfEvaluator(version: cluster.dcos.version).evaluate(
      config: filled.config, file: file, files: contents, cluster: cluster, silenced: silenced,
      written: config)
    self.filled = filled
  }

  /// Reviews a folder by itself, for a release.
  package init(
    config: [UInt8], file: String, contents: GenconfContents, version: DCOSVersion,
    silenced: Set<String> = []
  ) {
    evaluation = GenconfEvaluator(version: version).evaluate(
      config: config, file: file, files: contents, silenced: silenced)
    filled = nil
  }

  /// The findings as diagnostics with the lines of the operator's file; DC/OS's own say so.
  package func diagnostics(of config: [UInt8], _ version: DCOSVersion) -> [Diagnostic] {
    let lines = SourceText(config).lines
    return evaluation.findings.map { finding in
      let speaker = finding.source == .dcos ? "DC/OS \(version) refuses " : ""
      let subject = finding.parameter.isEmpty ? "the file" : finding.parameter
      let line = finding.position.flatMap { place in
        lines.indices.contains(place.line - 1) ? String(lines[place.line - 1].prefix(500)) : nil
      }
      return Diagnostic(
        id: finding.id, severity: finding.severity, "\(speaker)\(subject): \(finding.message)",
        hint: finding.fix, at: finding.position, sourceLine: line)
    }
  }
}
