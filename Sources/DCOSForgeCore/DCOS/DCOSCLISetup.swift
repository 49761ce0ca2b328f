package import ForgeModel

/// How the `dcos` command line is made to know a cluster.
package struct DCOSCLISetup: Hashable, Sendable {
  private let dashboard: String
  private let wantsLogin: Bool
  private let options: [String]

  /// Makes the set-up from the URL of a dashboard; `options` are further ones for `dcos cluster
  /// setup`.
  package init(dashboard: String, wantsLogin: Bool, options: [String]) {
    self.dashboard = dashboard
    self.wantsLogin = wantsLogin
    self.options = options
  }

  /// The command.
  ///
  /// A token must not cross the network in the clear, so a login goes to https, with the
  /// certificate that Admin Router signed itself. The options are the same from dcos-cli 0.5, which
  /// came with DC/OS 1.10, on.
  package var words: [String] {
    let place = dashboard.hasSuffix("/") ? String(dashboard.dropLast()) : dashboard
    let url = wantsLogin ? place.replacing("http://", with: "https://", maxReplacements: 1) : place
    return ["dcos", "cluster", "setup", url] + (wantsLogin ? ["--insecure"] : []) + options
  }

  /// What to know before.
  package var notes: [String] {
    wantsLogin
      ? [
        "the cluster wants a login; that of open-source DC/OS 1.11 and 1.12 leads to a service "
          + "which may no longer exist (oauth_enabled: 'false' in genconf/cluster.yaml does "
          + "without)"
      ] : []
  }

  /// What to say when there is no such program.
  package static func missing(_ version: DCOSVersion) -> ForgeError {
    ForgeError(
      .configuration, "there is no program dcos in PATH",
      observed: "`dcosforge nodes`, `services` and `services --marathon` show the same without it",
      advice:
        "get it where downloads still exist: https://downloads.dcos.io/binaries/cli/linux/x86-64/"
        + "dcos-\(version.major).\(version.minor)/dcos (the host is probably gone), or build "
        + "https://github.com/dcos/dcos-cli (Go 1.12 or newer, `make`); then run this again")
  }
}
