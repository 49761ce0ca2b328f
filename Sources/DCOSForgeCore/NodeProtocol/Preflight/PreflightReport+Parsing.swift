import ForgeDCOS
import ForgeModel

/// Reading the lines of `dcos_install.sh --preflight-only`.
extension PreflightReport {
  private static let runItself =
    "run `bash /var/lib/dcosforge/installer/dcos_install.sh --preflight-only` on the node"

  private static let verdicts: [(word: String, state: PreflightFinding.State)] = [
    ("PASS", .passed), ("FAIL", .failed), ("WARNING", .warning),
  ]

  /// Takes the output apart: both forms of line, checks that were begun and not ended, and an exit
  /// status that the lines do not explain.
  static func parse(_ run: RunRecord, for installation: Installation) -> [PreflightFinding] {
    var findings: [PreflightFinding] = []
    for line in ReportText.plain(run.text).split(whereSeparator: \.isNewline) {
      guard let finding = parse(line: ReportText.trimmed(line), of: run) else { continue }
      findings.append(finding)
    }
    findings += ending(run, findings)
    return findings.map { $0.withFix(for: installation) }
  }

  /// What the end of the run says that its lines do not.
  private static func ending(
    _ run: RunRecord, _ findings: [PreflightFinding]
  ) -> [PreflightFinding] {
    let words = ReportText.tail(run.error.isEmpty ? run.text : run.error, lines: 1)
    let isFatal = findings.contains {
      $0.check == PreflightFinding.installedAlready && $0.state == .failed
    }
    let detail: String
    if run.status == 124 || run.status == 137 {
      detail = "did not end in time"
    } else if !isFatal, !findings.contains(where: { $0.check.contains("storage driver") }) {
      // The last check of every release; without it the script died on the way.
      detail = "ended early with status \(run.status), later checks were not made: \(words)"
    } else if run.status != 0, !findings.contains(where: { $0.state == .failed }) {
      detail = "ended with status \(run.status) and names no failed check: \(words)"
    } else {
      return []
    }
    return [
      PreflightFinding(
        "preflight", .failed, detail: detail,
        fix: diedOnDocker(run) ? PreflightFinding.startDocker : runItself)
    ]
  }

  private static func parse(line: String, of run: RunRecord) -> PreflightFinding? {
    for (word, state) in verdicts where line == word || line.hasPrefix(word + " ") {
      // "PASS Is SELinux disabled?", "FAIL Invalid role x"
      return PreflightFinding(ReportText.trimmed(line.dropFirst(word.count)), state)
    }
    guard line.hasPrefix("Checking ") else { return nil }
    let body = line.dropFirst("Checking ".count)
    for (word, state) in verdicts {
      // "Checking if port 80 (required by adminrouter) is in use: PASS"
      guard let range = lastRange(of: ": \(word)", in: body) else { continue }
      return PreflightFinding(
        name(body[..<range.lowerBound]), state, detail: detail(body[range.upperBound...]))
    }
    // The check was begun and the script died before it could say what came out.
    return PreflightFinding(
      name(body), .failed, detail: "the preflight died here",
      fix: diedOnDocker(run) ? PreflightFinding.startDocker : "")
  }

  /// Later releases leave the variable with Docker's version unset when the daemon does not run.
  private static func diedOnDocker(_ run: RunRecord) -> Bool {
    run.error.contains("docker_version: unbound variable")
  }

  private static func lastRange(of word: String, in text: Substring) -> Range<String.Index>? {
    var position = text.endIndex
    while position > text.startIndex {
      position = text.index(before: position)
      guard text[position...].hasPrefix(word) else { continue }
      let end = text.index(position, offsetBy: word.count)
      if end == text.endIndex || text[end] == " " { return position..<end }
    }
    return nil
  }

  /// The check's name: without "if", without the colon, ports in our own form.
  private static func name(_ text: Substring) -> String {
    var name = ReportText.trimmed(text)
    while name.hasSuffix(":") { name.removeLast() }
    if name.hasPrefix("if ") { name.removeFirst(3) }
    if name.hasPrefix("port "), name.hasSuffix(" is in use") {
      name = name.replacing("required by ", with: "")
      name.removeLast(" is in use".count)
    }
    return name
  }

  /// The value behind the verdict, without its parentheses.
  private static func detail(_ text: Substring) -> String {
    let detail = ReportText.trimmed(text)
    guard detail.hasPrefix("("), detail.hasSuffix(")") else { return detail }
    return ReportText.trimmed(detail.dropFirst().dropLast())
  }
}

/// What is known about the installer's lines and what to do about each.
extension PreflightFinding {
  static let installedAlready = "DC/OS is already installed"
  static let wipe = "wipe the node: DC/OS has no uninstall, and its old identity spoils a new one"
  static let startDocker =
    "start Docker (`systemctl start docker`) and see `journalctl -u docker` if it does not stay up"

  /// The packages of CentOS 7 that bring the commands that the preflight looks for.
  private static let packages = [
    "bash": "bash", "curl": "curl", "docker": "docker-ce", "ifconfig": "net-tools",
    "ipset": "ipset", "ping": "iputils", "systemd": "systemd", "systemd-notify": "systemd",
    "tar": "tar", "unzip": "unzip", "xz": "xz",
  ]

  /// Makes the finding about a busy port.
  init(port: RequiredPort, holders: [ListeningSocket]) {
    let names = holders.map(\.program).filter { !$0.isEmpty }
    let sockets = holders.map { "\($0.transport.rawValue) \($0.address):\($0.port)" }
    let holder = names.first ?? "the program that listens there"
    self.init(
      "port \(port.number) (\(port.component))", .failed,
      detail: "in use: " + sockets.joined(separator: ", ")
        + (names.isEmpty ? "" : " by \(names[0])"),
      fix: port.number == 53
        ? "stop and disable \(holder); dcos-net answers DNS on every node"
        : "stop and disable \(holder), or move it to another port")
  }

  /// Makes the finding about a path.
  init(path: PreflightReport.PathRecord) {
    switch path.fault {
    case "noexec":
      self.init(
        "mount of \(path.path)", .failed, detail: "noexec",
        fix: "mount \(path.path) without noexec: Exhibitor runs code from there")
    default:
      self.init(
        path.path, .failed, detail: "left over from an earlier installation",
        fix: Self.wipe)
    }
  }

  /// The same finding with what to do about it.
  func withFix(for installation: Installation) -> PreflightFinding {
    guard state != .passed, fix.isEmpty else { return self }
    var finding = self
    finding.fix = Self.fix(for: self, installation)
    return finding
  }

  private static func fix(for finding: PreflightFinding, _ installation: Installation) -> String {
    let check = finding.check
    if check.hasSuffix(" is installed and in PATH") {
      let command = String(check.dropLast(" is installed and in PATH".count))
      return packages[command].map { "install the package \($0)" } ?? "install \(command)"
    }
    if check.contains("SELinux") { return selinuxFix(installation.version) }
    if check.contains("docker version") {
      return dockerFix(seen: finding.detail, installation.version)
    }
    if check.hasPrefix("Docker is running") { return startDocker }
    if check.contains("systemd version") { return "use CentOS 7.2 or newer, with systemd 200" }
    if check.hasPrefix("group '") { return "`groupadd nogroup`" }
    if check.hasPrefix("port ") { return "stop and disable what listens there (`ss -lntup`)" }
    if check.contains("ftype=1") {
      return "make that file system again with `mkfs.xfs -n ftype=1`; Docker's overlay2 needs it"
    }
    if check.contains("storage driver") {
      return "set \"storage-driver\": \"overlay2\" in /etc/docker/daemon.json and restart Docker"
    }
    if check.hasPrefix("kernel module") {
      return "only DC/OS's storage service needs it; `modprobe` it if you use that"
    }
    return ""
  }

  private static func selinuxFix(_ version: DCOSVersion) -> String {
    let permissive =
      "`setenforce 0`, and SELINUX=permissive in /etc/selinux/config so that it stays after a "
      + "reboot"
    return version.allowsEnforcingSELinux
      ? "\(permissive); or load the policy `targeted`" : permissive
  }

  private static func dockerFix(seen: String, _ version: DCOSVersion) -> String {
    if seen == "0" || seen.isEmpty { return startDocker }
    // docker-init counts from 0.13 on, so that is what was read; no Docker is below 1.6 today.
    if seen.hasPrefix("0."), version.misreadsDockerVersion {
      return "pin Docker to 18.09: the preflight of \(version) takes docker-init's version "
        + "for Docker's and so refuses every Docker from 19.03 on"
    }
    return "install Docker 18.09"
  }
}
