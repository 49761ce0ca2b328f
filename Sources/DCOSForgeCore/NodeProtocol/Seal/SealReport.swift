package import ForgeModel

extension NodeScript {
  static var seal: NodeScript {
    NodeScript(files: [PackageResources.dcos_sh, PackageResources.seal_sh])
  }
}

/// What ``NodeTask/seal`` printed: nothing but the end, before the machine powers off.
package enum SealReport {
  /// Throws category `step` when the script failed, as it does where DC/OS is, or was torn.
  package static func check(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    _ = try NodeReport(result, of: "sealing its disk", on: node.description)
  }

  /// The output of a script that sealed the disk.
  package static var text: String { NodeReport.end }
}
