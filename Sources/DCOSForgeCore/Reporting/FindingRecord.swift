package import ForgeSupport
package import ForgeModel
package import ForgeGenconf

/// A finding about input as `validate` prints it for programs.
package struct FindingRecord: Encodable, Sendable {
  /// The stable name of the rule.
  package var id: String
  /// `error` or `warning`.
  package var severity: Diagnostic.Severity
  /// DC/OS's parameter; empty for a finding about something else.
  package var parameter: String
  /// The file; empty when the finding is about none.
  package var file: String
  /// The line, from 1; 0 without a place.
  package var line: Int
  /// The column in characters, from 1; 0 without a place.
  package var column: Int
  /// What is wrong.
  package var message: String
  /// What to do; empty when the message says it.
  package var fix: String
  /// Who finds it: DC/OS's installer, or only this tool.
  package var source: GenconfFinding.Source

  /// A finding about DC/OS's configuration in a file; about what is missing it has no line.
  package init(_ finding: GenconfFinding, in file: String) {
    self.init(
      finding.id, finding.severity, finding.position, finding.message, fix: finding.fix,
      parameter: finding.parameter, source: finding.source)
    if finding.position == nil { self.file = file }
  }

  /// A finding about the cluster file.
  package init(_ diagnostic: Diagnostic) {
    self.init(
      diagnostic.id, diagnostic.severity, diagnostic.position, diagnostic.message,
      fix: diagnostic.hint, parameter: "", source: .dcosforge)
  }

  private init(
    _ id: String, _ severity: Diagnostic.Severity, _ place: SourcePosition?, _ message: String,
    fix: String, parameter: String, source: GenconfFinding.Source
  ) {
    self.id = id
    self.severity = severity
    self.parameter = parameter
    self.file = place?.file ?? ""
    self.line = place?.line ?? 0
    self.column = place?.column ?? 0
    self.message = message
    self.fix = fix
    self.source = source
  }
}

/// All findings of a `validate`, in the forms that programs read.
package struct FindingReport: Encodable, Sendable {
  /// The version of this form.
  package let schema = 1
  /// DC/OS's own answer alone; nil when its configuration could not be evaluated.
  package var verdict: GenconfEvaluation.Verdict?
  package var findings: [FindingRecord]

  package init(verdict: GenconfEvaluation.Verdict?, findings: [FindingRecord]) {
    self.verdict = verdict
    self.findings = findings
  }

  private enum Name: CodingKey { case schema, verdict, findings }

  /// Encodes a missing verdict as null.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(findings, forKey: .findings)
  }

  /// The findings as annotations of GitHub Actions, a line each
  /// (docs.github.com, "Workflow commands for GitHub Actions").
  package var gitHubLines: [String] {
    findings.map { finding in
      let file = finding.file.isEmpty ? "" : "file=\(Self.property(finding.file)),"
      let place = finding.line == 0 ? file : "\(file)line=\(finding.line),col=\(finding.column),"
      let subject = finding.parameter.isEmpty ? "" : "\(finding.parameter): "
      let fix = finding.fix.isEmpty ? "" : "; \(finding.fix)"
      return "::\(finding.severity.rawValue) \(place)title=\(Self.property(finding.id))::"
        + Self.data(subject + finding.message + fix)
    }
  }

  private static func data(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }

  /// The findings as a log in SARIF 2.1.0 (OASIS), which code hosts take in.
  package var sarif: JSONValue {
    .object([
      "$schema": .string("https://json.schemastore.org/sarif-2.1.0.json"),
      "version": .string("2.1.0"),
      "runs": .array([
        .object([
          "tool": .object([
            "driver": .object([
              "name": .string("dcosforge"),
              "rules": .array(
                Set(findings.map(\.id)).sorted().map { .object(["id": .string($0)]) }),
            ])
          ]),
          "results": .array(findings.map(Self.result)),
        ])
      ]),
    ])
  }

  private static func result(_ finding: FindingRecord) -> JSONValue {
    let subject = finding.parameter.isEmpty ? "" : "\(finding.parameter): "
    let fix = finding.fix.isEmpty ? "" : "; \(finding.fix)"
    var place = JSONValue.object([
      "artifactLocation": .object(["uri": .string(finding.file)])
    ])
    if finding.line > 0 {
      let region = JSONValue.object([
        "startLine": .integer(finding.line), "startColumn": .integer(finding.column),
      ])
      place = place.adding([.init(name: "region", value: region)])
    }
    return .object([
      "ruleId": .string(finding.id), "level": .string(finding.severity.rawValue),
      "message": .object(["text": .string(subject + finding.message + fix)]),
      "locations": .array(finding.file.isEmpty ? [] : [.object(["physicalLocation": place])]),
    ])
  }
}
