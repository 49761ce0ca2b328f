package import ForgeModel

extension NodeScript {
  static func configureTime(_ settings: TimeSettings) -> NodeScript {
    NodeScript(
      settings.variables,
      files: [
        PackageResources.survey_sh, PackageResources.time_sh, PackageResources.configure_time_sh,
      ])
  }
}

extension TimeSettings {
  /// The values that `time.sh` reads.
  var variables: [(name: String, value: NodeScript.Value)] {
    [
      ("time_servers", .list(servers)),
      ("time_serves_to", .text(servesTo?.description ?? "")),
      ("time_mask", .text(servesTo?.mask.description ?? "")),
    ]
  }
}

/// What ``NodeTask/configureTime(_:)`` did.
package struct TimeReport: Hashable, Sendable {
  /// What the script prints (`time`).
  package struct Record: Codable, Hashable, Sendable {
    static let kind = "time"

    /// `satisfied` or `fixed`.
    package var state: PrerequisiteRecord.State
    /// The unit that keeps the time.
    package var unit: String?
    /// The file that names its servers.
    package var detail: String?

    /// Makes a record.
    package init(state: PrerequisiteRecord.State, unit: String, detail: String) {
      self.state = state
      self.unit = unit
      self.detail = detail
    }
  }

  /// Whether anything was changed.
  package var changed: Bool

  /// Reads the output; throws category `step` when the script failed or was torn.
  package init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    let (action, name) = ("configuring the clock", node.description)
    let record: Record = try NodeReport(result, of: action, on: name)
      .record(Record.kind, of: action, on: name)
    changed = record.state == .fixed
  }

  /// The output of a script that prints this record.
  package static func text(_ record: Record) -> String {
    NodeReport.line(Record.kind, record) + NodeReport.end
  }
}
