import ForgeModel

extension NodeScript {
  static func generate(_ generation: Generation) -> NodeScript {
    NodeScript(
      [
        ("folder", .text(generation.folder)),
        ("sha256", .text(generation.installer.description)),
        ("inputs", .text(generation.inputs)),
      ],
      files: [
        PackageResources.capture_sh, PackageResources.dcos_sh, PackageResources.detached_sh,
        PackageResources.generate_sh,
      ])
  }
}
