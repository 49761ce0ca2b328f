package import ForgeModel

/// A run of `dcos_generate_config.sh`.
package struct Generation: Hashable, Sendable {
  /// The folder on the bootstrap node that holds the installer and `genconf/`.
  package var folder: String
  /// The checksum of the installer as it was uploaded; checked again before the run.
  package var installer: SHA256Sum
  /// All inputs (version, installer, parameters, ip-detect, …), a line each: a name, a blank, a
  /// value.
  ///
  /// Recorded with the result, so that a later run knows whether it is stale, and what changed.
  package var inputs: String

  /// Makes a generation.
  package init(folder: String, installer: SHA256Sum, inputs: String) {
    self.folder = folder
    self.installer = installer
    self.inputs = inputs
  }
}
