package import ForgeModel

/// An installation of DC/OS on one node.
package struct Installation: Hashable, Sendable {
  /// The node's role; never bootstrap.
  package var role: NodeRole
  /// The release.
  package var version: DCOSVersion
  /// The URL that serves the installation.
  package var bootstrapURL: String
  /// The SHA-256 of the `dcos_install.sh` that the bootstrap node serves, as that node itself said.
  package var installer: SHA256Sum
  /// What is served was generated from these, as in ``Generation/inputs``; the node keeps them.
  package var inputs: String

  /// Makes an installation.
  package init(
    role: NodeRole, version: DCOSVersion, bootstrapURL: String, installer: SHA256Sum, inputs: String
  ) {
    self.role = role
    self.version = version
    self.bootstrapURL = bootstrapURL
    self.installer = installer
    self.inputs = inputs
  }
}
