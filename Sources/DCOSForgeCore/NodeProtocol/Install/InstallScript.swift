import ForgeModel

extension NodeScript {
  static func install(_ installation: Installation) -> NodeScript {
    NodeScript(
      installation.variables,
      files: [
        PackageResources.capture_sh, PackageResources.dcos_sh, PackageResources.detached_sh,
        PackageResources.installer_sh, PackageResources.install_sh,
      ])
  }
}

extension Installation {
  /// The values that `preflight.sh` and `install.sh` read.
  var variables: [(name: String, value: NodeScript.Value)] {
    [
      ("role", .text(role.installerArgument ?? "")), ("url", .text(bootstrapURL)),
      ("installer", .text(installer.description)), ("inputs", .text(inputs)),
    ]
  }
}
