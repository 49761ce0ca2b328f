package import ForgeModel

/// How an installation of DC/OS on a node ended.
package struct InstallReport: Hashable, Sendable {
  /// Whether anything was installed; false when it was there already.
  package var changed: Bool
  /// What was done, for the journal.
  package var summary: String

  /// What the script prints (`installation`).
  package struct Record: Codable, Hashable, Sendable {
    static let kind = "installation"

    /// `unchanged`, `installed`, `joined`, `failed`, `torn`, `broken` or `other-role`.
    package var state: String
    /// The installer's exit status; nil when it did not run to an end.
    package var status: Int?
    /// How far DC/OS is now: `absent`, `installing`, `installed` or `broken`.
    package var dcos: String
    /// The role files, separated by blanks.
    package var roles: String
    /// What speaks for `dcos`.
    package var detail: String
    /// The end of the installer's output.
    package var log: String
    /// The end of what dcos-download and dcos-setup wrote; only after a failure.
    package var journal: String

    /// Makes a record.
    package init(
      state: String, status: Int? = nil, dcos: String = "installed", roles: String,
      detail: String = "", log: String = "", journal: String = ""
    ) {
      self.state = state
      self.status = status
      self.dcos = dcos
      self.roles = roles
      self.detail = detail
      self.log = log
      self.journal = journal
    }
  }

  /// Reads the output of ``NodeTask/install(_:)``.
  ///
  /// Throws category `step` when the bootstrap node's own installer did not come, and unless set-up
  /// has finished for the role: disposition `retry` when it can go on where it stopped, `final`
  /// when only a wipe helps.
  package init(
    _ result: CommandResult, for installation: Installation, on node: NodeName
  ) throws(ForgeError) {
    let action = "installing DC/OS"
    let report = try NodeReport(result, of: action, on: node.description)
    for installer in report.records(InstallerRecord.kind, as: InstallerRecord.self) {
      try installer.check(installation, on: node)
    }
    let record: Record = try report.record(Record.kind, of: action, on: node.description)
    let role = installation.role.installerArgument ?? ""
    let isDone = record.dcos == "installed" && record.roles == role
    switch record.state {
    case "unchanged" where isDone:
      self.init(changed: false, summary: "installed already as \(role)")
    case "joined" where isDone:
      self.init(changed: true, summary: "joined the installation that was under way")
    case "installed" where isDone: self.init(changed: true, summary: "installed as \(role)")
    default: throw Self.failure(record, role: role, on: node)
    }
  }

  /// The output of a script that prints these records; without the right installer nothing runs.
  package static func text(
    _ record: Record? = nil, installer: InstallerRecord? = nil
  ) -> String {
    (installer.map { NodeReport.line(InstallerRecord.kind, $0) } ?? "")
      + (record.map { NodeReport.line(Record.kind, $0) } ?? "") + NodeReport.end
  }

  /// Makes a report.
  package init(changed: Bool, summary: String) {
    self.changed = changed
    self.summary = summary
  }

  private static func failure(_ record: Record, role: String, on node: NodeName) -> ForgeError {
    let wipe = "wipe the node: DC/OS has no uninstall (`dcosforge wipe \(node)`, then `up`)"
    switch record.state {
    case "other-role":
      return ForgeError(
        .step, "DC/OS is installed for another role", on: node.description,
        observed: "\(record.roles), wanted \(role)", advice: wipe, disposition: .final)
    case "broken":
      return ForgeError(
        .step, "traces of another installation are in the way", on: node.description,
        observed: record.detail, advice: wipe, disposition: .final)
    case "torn":
      return ForgeError(
        .step, "dcos_install.sh was ended from outside", on: node.description,
        observed: evidence(record), advice: "see `journalctl -u dcosforge-install`",
        disposition: .retry)
    default:
      return ForgeError(
        .step,
        record.status == 0
          ? "dcos_install.sh ended well but set-up has not finished"
          : "dcos_install.sh failed with status \(record.status.map(String.init) ?? "unknown")",
        on: node.description, observed: evidence(record), advice: advice(record, wipe: wipe),
        disposition: record.dcos == "installing" ? .retry : .afterFix)
    }
  }

  /// The end of the journal when it says something, for that is where set-up reports; else of the
  /// log.
  private static func evidence(_ record: Record) -> String {
    [ReportText.tail(record.log, lines: 4), ReportText.tail(record.journal, lines: 8)]
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private static func advice(_ record: Record, wipe: String) -> String {
    let text = record.log + record.journal
    if text.contains("Preflight checks failed") {
      return "`up` shows the failed checks with what to do about each"
    }
    if text.contains("curl:") {
      return "see whether the container dcosforge-serve runs on the bootstrap node"
    }
    if text.contains("No space left") { return "give the node a larger disk, then \(wipe)" }
    return "`journalctl -u dcos-download -u dcos-setup` on the node; if it stays, \(wipe)"
  }
}
