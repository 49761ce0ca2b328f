import ForgeDCOS
import ForgeModel

extension NodeScript {
  static func collectEvidence(_ request: EvidenceRequest) -> NodeScript {
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
      ], files: [PackageResources.collect_evidence_sh])
  }
}
