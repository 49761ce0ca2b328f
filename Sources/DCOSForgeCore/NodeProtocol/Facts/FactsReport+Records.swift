package import ForgeModel

/// What ``NodeTask/facts(_:)`` printed.
extension FactsReport {
  private struct NodeRecord: Codable, Hashable {
    static let kind = "node"

    var hostname: String
    /// The inputs of what DC/OS was installed from.
    var installed: String
  }

  private struct TimeRecord: Codable, Hashable {
    static let kind = "time"

    var set: Bool
  }

  private struct BootstrapRecord: Codable, Hashable {
    static let kind = "bootstrap"

    var generated: String
    var served: String
  }

  /// The kind of the ``InstallationRecord``.
  private static let installation = "dcos"

  /// Reads the output.
  ///
  /// Throws category `step` when the script failed, was torn, or left out what every node can say.
  package init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    let action = "reading the node's facts"
    let name = node.description
    let report = try NodeReport(result, of: action, on: name)
    let bootstrap = report.records(BootstrapRecord.kind, as: BootstrapRecord.self).last
    let own: NodeRecord = try report.record(NodeRecord.kind, of: action, on: name)
    let time: TimeRecord = try report.record(TimeRecord.kind, of: action, on: name)
    let dcos: InstallationRecord = try report.record(Self.installation, of: action, on: name)
    self.init(
      hostname: own.hostname,
      prerequisites: report.records(PrerequisiteRecord.kind),
      clock: report.records(ClockRecord.kind, as: ClockRecord.self).last,
      isTimeSet: time.set,
      dcos: try dcos.state(on: name),
      installedFrom: own.installed.isEmpty ? nil : own.installed,
      generated: bootstrap.flatMap { $0.generated.isEmpty ? nil : $0.generated },
      served: bootstrap.flatMap { SHA256Sum($0.served) })
  }

  /// The output of a script that reports these facts.
  package static func text(_ facts: Self) -> String {
    let installation: InstallationRecord =
      switch facts.dcos {
      case .absent: InstallationRecord(state: "absent")
      case .installing: InstallationRecord(state: "installing")
      case .installed(let role):
        InstallationRecord(state: "installed", roles: role.installerArgument ?? "")
      case .broken(let why): InstallationRecord(state: "broken", detail: why)
      }
    let node = NodeRecord(hostname: facts.hostname, installed: facts.installedFrom ?? "")
    let bootstrap = BootstrapRecord(
      generated: facts.generated ?? "", served: facts.served?.description ?? "")
    return NodeReport.line(NodeRecord.kind, node)
      + NodeReport.line(Self.installation, installation)
      + facts.prerequisites.map { NodeReport.line(PrerequisiteRecord.kind, $0) }.joined()
      + (facts.clock.map { NodeReport.line(ClockRecord.kind, $0) } ?? "")
      + NodeReport.line(TimeRecord.kind, TimeRecord(set: facts.isTimeSet))
      + NodeReport.line(BootstrapRecord.kind, bootstrap) + NodeReport.end
  }
}

extension InstallationRecord {
  /// How far DC/OS is installed; an installation without exactly one role is broken.
  func state(on node: String) throws(ForgeError) -> DCOSState {
    switch state {
    case "absent": return .absent
    case "installing": return .installing
    case "broken": return .broken(detail)
    case "installed":
      let role = NodeRole.allCases.first { $0.installerArgument == roles }
      return role.map(DCOSState.installed)
        ?? .broken("set-up has finished, but for the roles '\(roles)'")
    default:
      throw ForgeError(
        .internalFault, "unknown state of DC/OS", on: node, observed: state, disposition: .final)
    }
  }
}
