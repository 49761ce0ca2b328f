package import ForgeModel

/// What a node gets before DC/OS.
package struct Preparation: Hashable, Sendable {
  /// The node's role: the bootstrap node needs Docker and curl, not the rest.
  package var role: NodeRole
  /// The DC/OS release, which decides a few items (net-tools for 1.12, `nogroup` before 1.11.12).
  package var version: DCOSVersion
  /// Repositories, Docker package and version.
  package var packages: PackageSpec

  /// Makes a preparation.
  package init(role: NodeRole, version: DCOSVersion, packages: PackageSpec) {
    self.role = role
    self.version = version
    self.packages = packages
  }
}
