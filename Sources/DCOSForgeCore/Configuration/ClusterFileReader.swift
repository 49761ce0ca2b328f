package import ForgeSupport
package import ForgeModel

/// Reads the operator's cluster file.
///
/// Any bytes are accepted: what is wrong with them comes back as diagnostics, all in one run,
/// sorted by place. Reading touches neither files nor environment; both come in as values.
package struct ClusterFileReader: Sendable {
  /// What was read.
  package struct Reading: Sendable {
    /// The cluster; nil when there are errors.
    package var cluster: ClusterSpec?
    /// Every finding, sorted by place.
    package var diagnostics: [Diagnostic]
    /// The file with its defaults filled in, as `config show` prints it; nil when there are errors.
    package var settings: JSONValue?
  }

  /// What stands for the file when there is none: the founding installation's cluster.
  package static let emptyFile = Array("version: \(ClusterFile.supportedVersion)\n".utf8)
  /// The file that is looked for when none is named.
  package static let usualName = ClusterFile.usualName

  /// The variables that `${env:NAME}` stands for.
  private let environment: [String: String]

  package init(environment: [String: String]) { self.environment = environment }

  /// Reads a file's bytes; `file` is the name in diagnostics, `baseDirectory` the absolute folder
  /// that relative paths begin at.
  package func read(_ bytes: [UInt8], file: String, baseDirectory: String) -> Reading {
    let start = SourcePosition(file: file, line: 1, column: 1)
    let yaml = YAMLReader().read(bytes, file: file)
    if let fault = yaml.fault { return finish(nil, [fault], bytes) }
    var decoder = ClusterFileDecoder(environment: environment)
    if let second = yaml.documents.dropFirst().first {
      decoder.report(
        Diagnostic(
          id: "several-documents", "the file holds \(yaml.documents.count) YAML documents",
          hint: "keep one; --- begins a new one", at: second.position))
    }
    let document = yaml.documents.first ?? YAMLNode(.scalar("", .plain), position: start)
    var decoded = ClusterFile()
    decoder.section(document, ClusterFile.keys, at: "", into: &decoded)
    guard document.isUsable else {
      return finish(nil, decoder.findings, bytes)
    }
    var rules = ClusterRules(file: decoded, decoder: decoder, start: start)
    let nodes = rules.check()
    let findings = rules.decoder.findings
    guard !findings.contains(where: { $0.severity == .error }) else {
      return finish(nil, findings, bytes)
    }
    let resolved = decoded.resolvingPaths(from: baseDirectory)
    let settings = JSONValue.values(of: ClusterFile.keys.map { $0.describe(resolved.filledIn) })
    return finish((ClusterRules.cluster(of: resolved, nodes: nodes), settings), findings, bytes)
  }

  /// Sorts the findings and shows the lines they point to.
  private func finish(
    _ result: (cluster: ClusterSpec, settings: JSONValue)?, _ findings: [Diagnostic],
    _ bytes: [UInt8]
  ) -> Reading {
    var reading = Reading(
      cluster: result?.cluster, diagnostics: [], settings: result?.settings)
    guard !findings.isEmpty else { return reading }
    // The sort is made stable by the order of discovery.
    let sorted = findings.enumerated().sorted { one, other in
      switch (one.element.position, other.element.position) {
      case (let left?, let right?) where left != right: left < right
      default: one.offset < other.offset
      }
    }.map(\.element)
    reading.diagnostics = SourceText(bytes).quote(in: sorted)
    return reading
  }
}

extension YAMLNode {
  /// Whether the node can be a cluster file at all.
  fileprivate var isUsable: Bool {
    if case .mapping = content { tag == nil } else { false }
  }
}
