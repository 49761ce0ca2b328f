package import ForgeModel
import ForgeKeys

/// The folder on this machine that holds a cluster's keys, journal and lock.
///
/// What is true of the cluster is asked from the world; this folder holds only what the world
/// cannot give back: private keys, and the history.
package struct StateFolder: Sendable {
  /// The folder's path.
  package let path: String

  /// Opens the folder of a cluster below `root`, made with mode 0700 when there is none.
  package init(root: String, cluster: String) throws(ForgeError) {
    path = root + "/" + cluster
    try PrivateFile.makeFolder(path)
    try PrivateFile.makeFolder(path + "/hosts")
  }

  /// `$DCOSFORGE_STATE_DIR`, else `$XDG_STATE_HOME/dcosforge`, else `~/.local/state/dcosforge`.
  ///
  /// Throws category `configuration` when none of them is set.
  package static func defaultRoot(environment: [String: String]) throws(ForgeError) -> String {
    if let root = environment["DCOSFORGE_STATE_DIR"], !root.isEmpty { return root }
    if let home = environment["XDG_STATE_HOME"], home.hasPrefix("/") { return home + "/dcosforge" }
    guard let home = environment["HOME"], home.hasPrefix("/") else {
      throw ForgeError(
        .configuration, "there is no place for the state folder", observed: "HOME is not set",
        advice: "name a folder with --state-dir")
    }
    return home + "/.local/state/dcosforge"
  }

  /// Where the journal is.
  package var journalPath: String { path + "/journal.ndjson" }
  /// Where the user's private key is.
  package var userKeyPath: String { path + "/id_ed25519" }
  /// Where the nodes' public host keys are, in known_hosts form.
  package var knownHostsPath: String { path + "/known_hosts" }
  /// Where downloads and checksums are kept.
  package var cachePath: String { path + "/cache" }

  static func garbled(_ path: String) -> ForgeError {
    ForgeError(
      .configuration, "a file of the state folder cannot be read", on: path,
      observed: "it is garbled", advice: "dcosforge adopt rebuilds a lost state folder")
  }
}
