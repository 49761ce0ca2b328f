import ForgeDCOS
package import ForgeModel

extension NodeScript {
  /// Runs the script up to three times, until once within DC/OS's limit; each run may take 10 s.
  static func detectIP(_ script: String) -> NodeScript {
    NodeScript(
      [
        ("detect_script", .text(script)), ("detect_runs", .text("3")),
        ("detect_limit", .text("10")),
      ],
      files: [PackageResources.detect_ip_sh])
  }
}

/// What an ip-detect script did on a node.
///
/// Every unit of DC/OS calls it at each start. The strictest demands together: an own shebang, LF
/// line ends, exit 0, exactly one strict dotted quad and nothing else, nothing on standard error,
/// within a second, the same answer for ever (dcos-net `parse_ipv4strict_address`, dcos-checks
/// `cmd/checks/ip`).
package struct DetectIPReport: Hashable, Sendable {
  /// One run of the script under an empty environment (`run`).
  package struct Record: Codable, Hashable, Sendable {
    static let kind = "run"

    /// Its exit status; 124 when it was stopped because it took too long, 137 when only a kill
    /// stopped it.
    @InRange<NodeNumbers.ExitStatus> package var status: Int
    /// How long it took.
    @InRange<NodeNumbers.Milliseconds> package var milliseconds: Int
    /// The bytes it printed, in hexadecimal; the first 4096.
    package var stdout: String
    /// What it wrote to standard error; the first 4096 bytes.
    package var stderr: String

    /// Whether it was stopped because it took too long.
    package var isStopped: Bool { status == 124 || status == 137 }

    /// Makes a record.
    package init(status: Int, milliseconds: Int, stdout: [UInt8], stderr: String = "") {
      self.status = status
      self.milliseconds = milliseconds
      self.stderr = stderr
      self.stdout = stdout.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        .joined()
    }

    /// The bytes it printed.
    package var output: [UInt8] {
      let digits = stdout.utf8.map { UInt8(Character(Unicode.Scalar($0)).hexDigitValue ?? 0) }
      return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
  }

  /// The time that DC/OS's own check gives the script.
  package static let limitMilliseconds = 1000

  /// The runs, in the order in which they were made.
  package var runs: [Record]

  /// Makes a report.
  package init(runs: [Record]) {
    self.runs = runs
  }

  /// Reads the output of ``NodeTask/detectIP(script:)``.
  ///
  /// Throws category `step` when it could not be run at all.
  package init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    runs = try NodeReport(result, of: "running ip-detect", on: node.description)
      .records(Record.kind)
    guard !runs.isEmpty else {
      throw ForgeError(.step, "ip-detect was not run", on: node.description, disposition: .retry)
    }
  }

  /// The output of a script that reports these runs.
  package static func text(_ runs: [Record]) -> String {
    runs.map { NodeReport.line(Record.kind, $0) }.joined() + NodeReport.end
  }

  /// What is wrong with what the script did on a node; empty when DC/OS would get the planned
  /// address.
  package func findings(planned: IPv4Address, isMaster: Bool = false) -> [String] {
    guard let last = runs.last else { return ["it was not run"] }
    var findings: [String] = []
    switch last.status {
    case 0: break
    case 124, 137:
      findings.append("it did not end: it was stopped after \(last.milliseconds) ms")
    case 126, 127: findings.append("it could not be started (status \(last.status))")
    default: findings.append("it exited with \(last.status)")
    }
    let answered = runs.filter { !$0.isStopped }
    if let bad = (last.isStopped ? runs : answered).first(where: { !$0.stderr.isEmpty }) {
      findings.append("it wrote to standard error: \(Self.shown(Array(bad.stderr.utf8)))")
    }
    if last.status == 0 { findings += Self.answerFindings(last.output, planned, isMaster) }
    if Set(answered.map(\.stdout)).count > 1 {
      let answers = answered.map { Self.shown($0.output) }.joined(separator: ", then ")
      findings.append("it answered differently each time: \(answers)")
    }
    return findings
  }

  /// The error of a script that DC/OS could not work with on a node; nil when it could.
  ///
  /// One that was stopped is to be run again: the node may be busy. Everything else is the script's
  /// fault.
  package func failure(
    of script: String, on node: NodeSpec, genconf: String
  ) -> ForgeError? {
    let faults =
      IPDetectScript.findings(Array(script.utf8))
      + findings(planned: node.address, isMaster: node.role == .master)
    guard !faults.isEmpty else { return nil }
    let isStopped = runs.last?.isStopped == true
    return ForgeError(
      .step, "ip-detect does not give the planned address \(node.address)",
      on: node.name.description, observed: faults.joined(separator: "\n"),
      advice: isStopped
        ? "see what keeps the node busy, or what ip-detect in \(genconf) waits for"
        : "correct ip-detect in the genconf folder \(genconf)",
      disposition: isStopped ? .retry : .afterFix)
  }

  /// What to say of a script that answers too slowly for DC/OS's own check of it; nil when it does
  /// not.
  ///
  /// A doubt, not a fault: the check only reports, and an emulated or busy machine is slow at
  /// everything.
  package var slowness: String? {
    guard let fastest = runs.map(\.milliseconds).min(), fastest > Self.limitMilliseconds else {
      return nil
    }
    return "it took \(fastest) ms; DC/OS's check of it allows \(Self.limitMilliseconds) ms"
  }

  private static func answerFindings(
    _ output: [UInt8], _ planned: IPv4Address, _ isMaster: Bool
  ) -> [String] {
    var answer = output[...]
    // A shell's $() takes the line ends off; dcos-net takes one.
    if answer.last == UInt8(ascii: "\n") { answer = answer.dropLast() }
    guard !answer.isEmpty else { return ["it printed nothing"] }
    let text = String(decoding: answer, as: UTF8.self)
    if let address = IPv4Address(text) {
      guard address != planned else { return [] }
      let consequence = isMaster ? "; Exhibitor would not find itself in master_list" : ""
      return ["it printed \(address), but the node's address is \(planned)\(consequence)"]
    }
    if answer.contains(UInt8(ascii: "\r")) {
      return ["its answer ends in a carriage return: \(shown(output))"]
    }
    let words = text.split(whereSeparator: \.isWhitespace)
    if words.count > 1, words.allSatisfy({ IPv4Address($0) != nil }) {
      return ["it printed \(words.count) addresses: \(words.joined(separator: " "))"]
    }
    if words.count == 1, IPv4Address(words[0]) != nil {
      return ["blanks or empty lines stand around the address: \(shown(output))"]
    }
    return ["it printed no strict dotted quad: \(shown(output))"]
  }

  /// Bytes as a quoted text with escapes, cut to a readable length.
  private static func shown(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(200), as: UTF8.self).debugDescription
    return bytes.count > 200 ? text + "…" : text
  }
}
