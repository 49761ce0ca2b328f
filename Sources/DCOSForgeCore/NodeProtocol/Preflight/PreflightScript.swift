extension NodeScript {
  static func preflight(_ installation: Installation) -> NodeScript {
    NodeScript(
      installation.variables,
      files: [
        PackageResources.capture_sh, PackageResources.dcos_sh, PackageResources.installer_sh,
        PackageResources.preflight_sh,
      ])
  }
}
