package import ForgeModel

extension NodeScript {
  /// Waits an hour at most; the caller's own limit is shorter.
  static var awaitCloudInit: NodeScript {
    NodeScript(
      [("cloud_init_limit", .text("3600"))],
      files: [PackageResources.survey_sh, PackageResources.await_cloud_init_sh])
  }
}

/// What ``NodeTask/awaitCloudInit`` printed once cloud-init has ended without error.
package enum CloudInitReport {
  /// How cloud-init ended (`cloudInit`): `done`, or `absent` or `disabled` where it does not run.
  private struct Record: Codable, Hashable {
    static let kind = "cloudInit"

    var state: String
  }

  /// Throws category `step` when cloud-init ended with errors, or the output is torn.
  package static func check(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    _ = try NodeReport(result, of: "waiting for cloud-init", on: node.description)
  }

  /// The output of a script that saw cloud-init end well.
  package static var text: String {
    NodeReport.line(Record.kind, Record(state: "done")) + NodeReport.end
  }
}
