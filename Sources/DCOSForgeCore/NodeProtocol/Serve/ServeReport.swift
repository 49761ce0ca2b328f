package import ForgeModel

/// How the nginx container on the bootstrap node is.
package struct ServeReport: Hashable, Sendable {
  /// Why the container was made again; nil when it served as wanted already.
  package var reason: String?
  /// The SHA-256 of the `dcos_install.sh` that it serves.
  package var installer: SHA256Sum

  /// What the script prints (`serving`).
  package struct Record: Codable, Hashable, Sendable {
    static let kind = "serving"

    /// `unchanged`, `started`, or a fault: `nothing`, `no-image`, `no-container`, `no-answer`.
    package var state: String
    /// Why it was started, or what went wrong.
    package var detail: String
    /// The SHA-256 of `genconf/serve/dcos_install.sh`; empty when there is none.
    package var sum: String

    /// Makes a record.
    package init(state: String, detail: String = "", sum: String = "") {
      self.state = state
      self.detail = detail
      self.sum = sum
    }
  }

  /// Whether the container was made again.
  package var changed: Bool { reason != nil }

  /// Reads the output of ``NodeTask/serve(_:)``.
  ///
  /// Throws category `step` when the container does not serve `dcos_install.sh` in the end.
  package init(_ result: CommandResult, _ serving: Serving, on node: NodeName) throws(ForgeError) {
    let action = "serving DC/OS"
    let report = try NodeReport(result, of: action, on: node.description)
    let record: Record = try report.record(Record.kind, of: action, on: node.description)
    switch record.state {
    case "unchanged": reason = nil
    case "started": reason = record.detail
    default:
      throw Self.failure(record, serving, on: node)
    }
    guard let sum = SHA256Sum(record.sum) else {
      throw ForgeError(
        .step, "\(action) gave no SHA-256 of dcos_install.sh", on: node.description,
        disposition: .retry)
    }
    installer = sum
  }

  /// The output of a script that prints this record.
  package static func text(_ record: Record) -> String {
    NodeReport.line(Record.kind, record) + NodeReport.end
  }

  private static func failure(
    _ record: Record, _ serving: Serving, on node: NodeName
  ) -> ForgeError {
    let busy =
      record.detail.contains("already in use") || record.detail.contains("already allocated")
    let (summary, advice) =
      switch record.state {
      case "nothing":
        (
          "there is nothing to serve",
          "run `up` again: it generates DC/OS again when genconf/serve is gone"
        )
      case "no-image":
        (
          "the image \(serving.image) cannot be had",
          serving.archive == nil
            ? "give its `docker save` archive in dcos.nginx_archive, "
              + "or let the node reach a registry"
            : "the archive must hold \(serving.image) (`docker save \(serving.image)`)"
        )
      case "no-container" where busy:
        (
          "port \(serving.port) is taken",
          "stop what listens there, or choose another dcos.port"
        )
      case "no-container": ("the container did not start", "see `journalctl -u docker`")
      default:
        (
          "the container does not give dcos_install.sh",
          record.detail.contains("403")
            ? "the files must be readable for all: `chmod -R a+rX \(serving.folder)/genconf/serve`"
            : "see `docker logs dcosforge-serve`"
        )
      }
    return ForgeError(
      .step, summary, on: node.description, observed: record.detail, advice: advice,
      disposition: record.state == "no-answer" ? .retry : .afterFix)
  }
}
