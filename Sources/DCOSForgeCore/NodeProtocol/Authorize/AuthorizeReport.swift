package import ForgeModel

extension NodeScript {
  static func authorize(_ key: String, _ account: String) -> NodeScript {
    NodeScript(
      [("key", .text(key)), ("account", .text(account))], files: [PackageResources.authorize_sh])
  }
}

/// What ``NodeTask/authorize(key:account:)`` did.
package struct AuthorizeReport: Hashable, Sendable {
  /// What the script prints (`authorized`): `added` or `present`.
  private struct Record: Codable, Hashable {
    static let kind = "authorized"

    var state: String
  }

  /// Whether the key is new to the account.
  package var isNew: Bool

  /// Reads the output; throws category `step` when the script failed or was torn.
  package init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    let (action, name) = ("letting the user key in", node.description)
    let record: Record = try NodeReport(result, of: action, on: name)
      .record(Record.kind, of: action, on: name)
    isNew = record.state == "added"
  }

  /// The output of a script that let a key in.
  package static func text(isNew: Bool) -> String {
    NodeReport.line(Record.kind, Record(state: isNew ? "added" : "present")) + NodeReport.end
  }
}
