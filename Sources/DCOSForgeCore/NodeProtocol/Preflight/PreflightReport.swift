package import ForgeModel

/// One thing that a preflight looked at.
package struct PreflightFinding: Hashable, Sendable {
  /// What came out.
  package enum State: String, Sendable {
    /// As DC/OS needs it.
    case passed
    /// Worth knowing; the installation goes on.
    case warning
    /// The installation would fail or break.
    case failed
  }

  /// What was looked at, such as `port 53 (dcos-net)` or `docker is installed and in PATH`.
  package var check: String
  /// What came out.
  package var state: State
  /// The value seen.
  package var detail: String
  /// What to do about it; empty when nothing needs doing or is known.
  package var fix: String

  /// Makes a finding.
  package init(_ check: String, _ state: State, detail: String = "", fix: String = "") {
    self.check = check
    self.state = state
    self.detail = detail
    self.fix = fix
  }
}

/// What DC/OS's own preflight and ours found on one node.
package struct PreflightReport: Hashable, Sendable {
  /// The findings: the installer's in its order, then ours.
  package var findings: [PreflightFinding]
  /// Whether DC/OS is installed for the role already, or its installation is under way, so that the
  /// checks of a bare node do not apply.
  package var isInstalled: Bool

  /// The findings that stand in the way.
  package var failures: [PreflightFinding] { findings.filter { $0.state == .failed } }

  /// The run of `dcos_install.sh --preflight-only` (`preflight`).
  package struct RunRecord: Codable, Hashable, Sendable {
    static let kind = "preflight"

    /// Its exit status: the number of failed checks, or 1 for one that is fatal at once.
    @InRange<NodeNumbers.ExitStatus> package var status: Int
    /// Its standard output.
    package var text: String
    /// Its standard error.
    package var error: String

    /// Makes a record.
    package init(status: Int, text: String, error: String = "") {
      self.status = status
      self.text = text
      self.error = error
    }
  }

  /// The output of `ss -lntup` (`sockets`).
  package struct SocketsRecord: Codable, Hashable, Sendable {
    static let kind = "sockets"

    /// The output.
    package var text: String

    /// Makes a record.
    package init(text: String) { self.text = text }
  }

  /// A path that spoils an installation (`path`).
  package struct PathRecord: Codable, Hashable, Sendable {
    static let kind = "path"

    /// The path.
    package var path: String
    /// `leftover` of an earlier installation, or `noexec` for a mount that forbids execution.
    package var fault: String

    /// Makes a record.
    package init(path: String, fault: String) {
      self.path = path
      self.fault = fault
    }
  }

  /// The kind of the ``InstallationRecord``.
  private static let installation = "installation"

  /// Reads the output of ``NodeTask/preflight(_:)``.
  ///
  /// Throws category `step` when the script failed, was torn, or the installer did not come as
  /// the bootstrap node has it; what the checks found wrong is in ``failures``, not thrown.
  package init(
    _ result: CommandResult, for installation: Installation, on node: NodeName
  ) throws(ForgeError) {
    let action = "the preflight"
    let report = try NodeReport(result, of: action, on: node.description)
    let state: InstallationRecord = try report.record(
      Self.installation, of: action, on: node.description)
    let role = installation.role.installerArgument ?? ""
    if state.state == "installed" || state.state == "installing" {
      let isOurs = state.roles == role || state.state == "installing" && state.roles.isEmpty
      let detail = "\(state.state) as \(state.roles.isEmpty ? role : state.roles): \(state.detail)"
      self.init(
        findings: [
          isOurs
            ? PreflightFinding("DC/OS", .passed, detail: detail)
            : PreflightFinding("DC/OS", .failed, detail: detail, fix: PreflightFinding.wipe)
        ], isInstalled: isOurs)
      return
    }
    let installer: InstallerRecord = try report.record(
      InstallerRecord.kind, of: action, on: node.description)
    try installer.check(installation, on: node)
    let run: RunRecord = try report.record(RunRecord.kind, of: action, on: node.description)
    let sockets: SocketsRecord = try report.record(
      SocketsRecord.kind, of: action, on: node.description)
    var findings = Self.parse(run, for: installation)
    if state.state != "absent" {
      // The installer's own line says only that something is there.
      findings.removeAll { $0.check == PreflightFinding.installedAlready }
      findings.append(
        PreflightFinding("DC/OS", .failed, detail: state.detail, fix: PreflightFinding.wipe))
    } else if !state.roles.isEmpty, state.roles != role {
      // The installer adds its role to those that are there.
      findings.append(
        PreflightFinding(
          "/etc/mesosphere/roles", .failed, detail: "holds \(state.roles), wanted \(role)",
          fix: PreflightFinding.wipe))
    }
    let paths = report.records(PathRecord.kind, as: PathRecord.self)
    findings += paths.map(PreflightFinding.init(path:))
    findings = Self.merge(
      findings, ports: ListeningSocket.parse(sockets.text), for: installation)
    self.init(findings: findings, isInstalled: false)
  }

  /// Makes a report.
  package init(findings: [PreflightFinding], isInstalled: Bool) {
    self.findings = findings
    self.isInstalled = isInstalled
  }

  /// The output of a script that prints these records; where DC/OS is, nothing else is looked at,
  /// and without the right installer no check is run.
  package static func text(
    _ state: InstallationRecord, installer: InstallerRecord? = nil, run: RunRecord? = nil,
    sockets: SocketsRecord? = nil, paths: [PathRecord] = []
  ) -> String {
    var text = NodeReport.line(installation, state)
    if let installer { text += NodeReport.line(InstallerRecord.kind, installer) }
    if let run { text += NodeReport.line(RunRecord.kind, run) }
    if let sockets { text += NodeReport.line(SocketsRecord.kind, sockets) }
    return text + paths.map { NodeReport.line(PathRecord.kind, $0) }.joined() + NodeReport.end
  }

  /// Adds our own look at the ports; the holder's name goes to the installer's line when there is
  /// one.
  private static func merge(
    _ findings: [PreflightFinding], ports: [ListeningSocket], for installation: Installation
  ) -> [PreflightFinding] {
    var findings = findings
    for port in RequiredPort.list(for: installation.role, installation.version) {
      let holders = ports.filter {
        $0.port == port.number && port.transports.contains($0.transport)
      }
      guard !holders.isEmpty else { continue }
      let finding = PreflightFinding(port: port, holders: holders)
      if let index = findings.firstIndex(where: { $0.check == finding.check }) {
        findings[index] = finding
      } else {
        findings.append(finding)
      }
    }
    return findings
  }
}
