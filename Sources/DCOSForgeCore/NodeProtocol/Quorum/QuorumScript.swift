import ForgeModel

extension NodeScript {
  static func readQuorum(_ masters: [IPv4Address]) -> NodeScript {
    NodeScript(
      [("masters", .list(masters.map(\.description)))],
      files: [PackageResources.capture_sh, PackageResources.read_quorum_sh])
  }
}
