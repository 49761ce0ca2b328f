package import ForgeModel

/// What DC/OS would say to a configuration, and what it should have said.
package struct GenconfEvaluation: Sendable {
  /// DC/OS's own answer.
  package enum Verdict: String, Codable, Sendable {
    /// The parameters pass.
    case accepted
    /// They do not, or the generator ends in a traceback.
    case rejected
  }

  /// DC/OS's own answer alone.
  ///
  /// It is that of its validation: a value that passes and then breaks the rendering of the
  /// templates counts as accepted here and has a finding `generation-fails`.
  package var verdict: Verdict
  /// Whether DC/OS ends in a traceback that names no parameter.
  package var hasCrashed: Bool
  /// The parameters that DC/OS names, in order; an empty name is the file itself.
  package var reportedParameters: [String]
  /// The keys that DC/OS does not know and skips in silence, in order.
  package var ignoredKeys: [String]
  /// All findings, DC/OS's own first.
  package var findings: [GenconfFinding]
}

/// One thing that is wrong with a configuration, or likely to be.
package struct GenconfFinding: Hashable, Codable, Sendable {
  /// Who finds it.
  package enum Source: String, Codable, Sendable {
    /// DC/OS's installer itself.
    case dcos
    /// Only this tool.
    case dcosforge
  }

  /// A stable name of the rule, such as `unknown-parameter`.
  package var id: String
  /// How bad it is: an error means that DC/OS refuses the file or that nodes break for certain.
  package var severity: Diagnostic.Severity
  /// The parameter; empty for the file itself.
  package var parameter: String
  /// Where it stands; nil when it is not in the file.
  package var position: SourcePosition?
  /// What is wrong.
  package var message: String
  /// What to do; empty when the message says it.
  package var fix: String
  /// Who finds it.
  package var source: Source

  /// Makes a finding.
  package init(
    id: String, severity: Diagnostic.Severity = .error, parameter: String = "",
    position: SourcePosition? = nil, message: String, fix: String = "", source: Source
  ) {
    self.id = id
    self.severity = severity
    self.parameter = parameter
    self.position = position
    self.message = message
    self.fix = fix
    self.source = source
  }
}
