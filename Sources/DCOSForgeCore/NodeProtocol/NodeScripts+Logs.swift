import ForgeModel
import ForgeDCOS

/// The scripts that read journals and collect evidence.
extension NodeTask {
  static func readLogs(_ request: LogRequest) -> String {
    let containerStart =
      request.units.isEmpty
      ? request.cursor ?? request.start?.dockerWord : request.start?.dockerWord
    let seconds = request.follows ? LogRequest.followSeconds : LogRequest.readSeconds
    return NodeScript(
      [
        ("units", .list(request.units)), ("container", .text(request.container ?? "")),
        ("lines", .text(request.lines.map { String($0) } ?? "")),
        ("since", .text(request.start?.journalWord ?? "")),
        ("boot", .text(request.isThisBootOnly ? "1" : "0")),
        ("cursor", .text(request.cursor ?? "")),
        ("container_since", .text(containerStart ?? "")),
        ("follow", .text(request.follows ? "1" : "0")), ("seconds", .text(String(seconds))),
        ("limit", .text(String(LogRequest.byteLimit))),
      ], files: [PackageResources.logs_sh]
    ).text
  }

  static func collectEvidence(_ request: EvidenceRequest) -> String {
    let usual = LogSource.usual(for: request.role, request.version)
    let others = ["chronyd.service", "docker.service", "ntpd.service", "sshd.service"]
    return NodeScript(
      [
        ("role", .text(request.role.rawValue)), ("address", .text(request.address.description)),
        ("units", .list(Set(usual.units + others).sorted())),
        ("journal_units", .list(Set(usual.units + ["docker.service"]).sorted())),
        ("container", .text(usual.container ?? "")),
        ("seconds", .text(String(EvidenceRequest.seconds))),
        ("limit", .text(String(EvidenceRequest.byteLimit))),
      ], files: [PackageResources.evidence_sh]
    ).text
  }
}
