package import ForgeModel

/// The records of `Resources/Node/facts.sh` and `clock.sh`, read and (for the simulation) printed.
extension NodeFacts {
  private struct Node: Codable, Hashable {
    var hostname: String
    /// The inputs of what DC/OS was installed from.
    var installed: String
  }

  private struct Time: Codable, Hashable {
    var set: Bool
  }

  private struct Bootstrap: Codable, Hashable {
    var generated: String
    var serving: Bool
  }

  /// Reads what ``NodeTask/facts(_:)`` printed.
  ///
  /// Throws category `step` when the script failed, was torn, or left out what every node can say.
  package init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    self = try ReportMemory.reading(of: result, on: node) { () throws(ForgeError) in
      try Self(whole: result, on: node)
    }
  }

  private init(whole result: CommandResult, on node: NodeName) throws(ForgeError) {
    let action = "reading the node's facts"
    let name = node.description
    let report = try NodeReport(result, of: action, on: name)
    let bootstrap = report.records("bootstrap", as: Bootstrap.self).last
    let own = try report.record("node", as: Node.self, of: action, on: name)
    self.init(
      hostname: own.hostname,
      prerequisites: report.records("item", as: PrerequisiteReport.self),
      clock: try report.record("clock", as: ClockReading.self, of: action, on: name),
      isTimeSet: try report.record("time", as: Time.self, of: action, on: name).set,
      dcos: try report.record("dcos", as: InstallationRecord.self, of: action, on: name).state(
        on: name),
      installedFrom: own.installed.isEmpty ? nil : own.installed,
      generated: bootstrap.flatMap { $0.generated.isEmpty ? nil : $0.generated },
      isServing: bootstrap?.serving ?? false)
  }

  /// The output of a script that reports these facts.
  package var reportText: String {
    let traces: InstallationRecord =
      switch dcos {
      case .absent: InstallationRecord(state: "absent")
      case .installing: InstallationRecord(state: "installing")
      case .installed(let role):
        InstallationRecord(state: "installed", roles: role.installerArgument ?? "")
      case .broken(let why): InstallationRecord(state: "broken", detail: why)
      }
    return NodeReport.line("node", Node(hostname: hostname, installed: installedFrom ?? ""))
      + NodeReport.line("dcos", traces)
      + prerequisites.map { NodeReport.line("item", $0) }.joined()
      + NodeReport.line("clock", clock) + NodeReport.line("time", Time(set: isTimeSet))
      + NodeReport.line("bootstrap", Bootstrap(generated: generated ?? "", serving: isServing))
      + NodeReport.end
  }
}

extension InstallationRecord {
  /// What the traces say; an installation without exactly one role is broken.
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
