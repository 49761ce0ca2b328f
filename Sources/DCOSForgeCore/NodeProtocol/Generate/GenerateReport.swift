package import ForgeModel

/// One thing that `dcos_generate_config.sh` refused or stumbled over.
package struct GenerationFinding: Hashable, Sendable {
  /// The parameter of the DC/OS configuration; empty when the fault is not one parameter's.
  package var parameter: String
  /// What DC/OS says about it, or what happened.
  package var message: String
  /// What to do; empty when the message says it.
  package var advice: String

  /// Makes a finding.
  package init(parameter: String = "", _ message: String, advice: String = "") {
    self.parameter = parameter
    self.message = message
    self.advice = advice
  }
}

/// How a run of `dcos_generate_config.sh` ended.
package struct GenerateReport: Hashable, Sendable {
  /// Whether anything was generated; false when `genconf/serve` came from these inputs already.
  package var changed: Bool
  /// The faults, in the order they were printed; empty when it went well.
  package var findings: [GenerationFinding]

  /// What the script prints (`generation`).
  package struct Record: Codable, Hashable, Sendable {
    static let kind = "generation"

    /// `current`, `generated`, `joined`, `failed`, `torn` or `corrupt`.
    package var state: String
    /// The installer's exit status; nil when it did not run to an end.
    package var status: Int?
    /// Whether `genconf/serve/dcos_install.sh` is there now.
    package var installer: Bool
    /// The end of its output.
    package var log: String

    /// Makes a record.
    package init(state: String, status: Int? = nil, installer: Bool, log: String = "") {
      self.state = state
      self.status = status
      self.installer = installer
      self.log = log
    }
  }

  /// Makes a report.
  package init(changed: Bool, findings: [GenerationFinding] = []) {
    self.changed = changed
    self.findings = findings
  }

  /// Reads the output of ``NodeTask/generate(_:)``.
  ///
  /// Throws category `step` when the script failed, was torn, or the installer on the node is not
  /// the one that was planned. What DC/OS refused is in ``findings``, not thrown; ``failure(on:)``
  /// makes an error of it.
  package init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    let action = "generating DC/OS"
    let report = try NodeReport(result, of: action, on: node.description)
    let record: Record = try report.record(Record.kind, of: action, on: node.description)
    switch record.state {
    case "current": self.init(changed: false)
    case "generated", "joined": self.init(changed: true)
    case "torn":
      throw ForgeError(
        .step, "dcos_generate_config.sh was ended from outside", on: node.description,
        observed: ReportText.tail(record.log),
        advice: "see `journalctl -u dcosforge-generate`; lack of memory is the usual cause",
        disposition: .retry)
    case "corrupt":
      throw ForgeError(
        .step, "dcos_generate_config.sh on the node is not the planned one", on: node.description,
        observed: "its SHA-256 differs or it is missing", advice: "upload it again",
        disposition: .retry)
    default: self.init(changed: true, findings: Self.findings(record))
    }
  }

  /// The output of a script that prints this record.
  package static func text(_ record: Record) -> String {
    NodeReport.line(Record.kind, record) + NodeReport.end
  }

  /// The faults as one error of category `step`; nil when there are none.
  package func failure(on node: NodeName) -> ForgeError? {
    guard !findings.isEmpty else { return nil }
    let lines = findings.map { finding in
      finding.parameter.isEmpty ? finding.message : "\(finding.parameter): \(finding.message)"
    }
    let advice = findings.map(\.advice).first { !$0.isEmpty }
    return ForgeError(
      .step, "dcos_generate_config.sh failed", on: node.description,
      observed: lines.joined(separator: "\n"),
      advice: advice ?? "correct the DC/OS configuration in the genconf folder and run `up` again")
  }

  /// Never empty: an exit status that the output does not explain is a fault as well.
  static func findings(_ record: Record) -> [GenerationFinding] {
    let found = parse(log: record.log)
    guard found.isEmpty else { return found }
    let tail = ReportText.tail(record.log)
    guard record.status == 0 else {
      return [
        GenerationFinding(
          "ended with status \(record.status.map(String.init) ?? "unknown"):\n\(tail)")
      ]
    }
    let missing = record.installer ? "bootstrap.latest" : "dcos_install.sh"
    return [
      GenerationFinding(
        "ended with status 0 but left no genconf/serve/\(missing):\n\(tail)",
        advice: "the installer and its container may not match; fetch the installer again")
    ]
  }
}

/// Reading the installer's output.
extension GenerateReport {
  /// Programs whose own complaints look like `<parameter>: <message>`.
  private static let programs: Set<String> = [
    "awk", "bash", "cat", "cp", "docker", "mkdir", "mv", "rm", "sed", "tail", "tar", "warning",
  ]

  /// Takes the output apart: refused parameters, crashes of the generator, Docker's faults.
  static func parse(log: String) -> [GenerationFinding] {
    var findings: [GenerationFinding] = []
    var traceback = false
    var lastOfTraceback = ""
    for raw in ReportText.plain(log).split(whereSeparator: \.isNewline) {
      let line = ReportText.trimmed(raw)
      if line.hasPrefix("Traceback (most recent call last)") {
        traceback = true
      } else if traceback, raw.first?.isWhitespace != true {
        lastOfTraceback = line
      }
      // Indented lines are parts of something longer, such as the code in a traceback.
      let isWhole = raw.first?.isWhitespace == false
      guard let finding = known(line) ?? (isWhole ? parameter(line) : nil),
        !findings.contains(finding)
      else { continue }
      findings.append(finding)
    }
    if traceback, !findings.contains(where: { !$0.parameter.isEmpty }) {
      findings.append(crash(lastOfTraceback))
    }
    return findings
  }

  /// `master_list: Must be …`; Docker's and bash's own complaints have the same shape.
  private static func parameter(_ line: String) -> GenerationFinding? {
    guard let colon = line.firstIndex(of: ":") else { return nil }
    let name = line[..<colon]
    let message = ReportText.trimmed(line[line.index(after: colon)...])
    guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first),
      name.utf8.allSatisfy({
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }),
      !programs.contains(String(name)), !message.isEmpty,
      line[line.index(after: colon)...].first == " "
    else { return nil }
    return GenerationFinding(
      parameter: String(name), message, advice: advice(String(name), message))
  }

  private static func advice(_ parameter: String, _ message: String) -> String {
    if message.hasPrefix("Must set ") { return "add \(parameter) to the DC/OS configuration" }
    if message.contains("must be calculated, but was explicitly set") {
      return "remove \(parameter) from the DC/OS configuration; DC/OS works it out itself"
    }
    return ""
  }

  /// The last line of a Python traceback: the generator crashes on values it does not expect.
  private static func crash(_ line: String) -> GenerationFinding {
    let value = "a value that is null, a number with a point, or a date"
    if line.contains("Invalid type for value of ") {
      let rest = line.split(separator: "Invalid type for value of ", maxSplits: 1).last ?? ""
      let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      return GenerationFinding(
        parameter: String(name), line, advice: "give it a value: DC/OS crashes on \(value)")
    }
    if line.hasPrefix("NotImplementedError") {
      return GenerationFinding(
        "the generator crashed: \(line)",
        advice: "the DC/OS configuration must be a mapping of parameters, and not empty")
    }
    if line.contains("UnicodeDecodeError") || line.contains("UnicodeEncodeError") {
      return GenerationFinding(
        "the generator crashed: \(line)",
        advice: "keep the DC/OS configuration and ip-detect in ASCII, comments included")
    }
    return GenerationFinding(
      "the generator crashed: \(line)", advice: "look for \(value) in the DC/OS configuration")
  }

  /// Lines whose cause is known.
  private static func known(_ line: String) -> GenerationFinding? {
    if line.hasPrefix("Must set "), let end = line.firstIndex(of: ",") {
      let name = String(line[..<end].dropFirst("Must set ".count))
      return GenerationFinding(parameter: name, line, advice: advice(name, line))
    }
    if line.contains("No config file found at") {
      return GenerationFinding(line, advice: "the file must be there as genconf/config.yaml")
    }
    if line.contains("Unable to load configuration file") {
      return GenerationFinding(line, advice: "correct the YAML of the DC/OS configuration")
    }
    if line.contains("docker should be installed and running") {
      return GenerationFinding(line, advice: PreflightFinding.startDocker)
    }
    if line.contains("port is already allocated") || line.contains("address already in use") {
      return GenerationFinding(
        line,
        advice: "up to 1.13 the generator publishes port 9000 of the bootstrap node: "
          + "stop what listens there (`ss -lntp 'sport = :9000'`)")
    }
    if line.contains("is already in use by container") {
      return GenerationFinding(
        line,
        advice: "another run's container is still there: `docker ps -a`, then `docker rm -f` it")
    }
    if line.contains("no space left on device") {
      return GenerationFinding(
        line, advice: "free some space: the generator needs about three times its own size")
    }
    return nil
  }
}
