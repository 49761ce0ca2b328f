package import ForgeModel
internal import FoundationEssentials

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
    do {
      try FileManager.default.createDirectory(
        atPath: path + "/hosts", withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw Self.fault("cannot be made", path, error)
    }
  }

  /// `$XDG_STATE_HOME/dcosforge`, or `~/.local/state/dcosforge`.
  package static func defaultRoot(environment: [String: String]) -> String {
    if let home = environment["XDG_STATE_HOME"], home.hasPrefix("/") { return home + "/dcosforge" }
    return (environment["HOME"] ?? "") + "/.local/state/dcosforge"
  }

  /// Where the journal is.
  package var journalPath: String { path + "/journal.ndjson" }
  /// Where the user's private key is.
  package var userKeyPath: String { path + "/id_ed25519" }
  /// Where the nodes' public host keys are, in known_hosts form.
  package var knownHostsPath: String { path + "/known_hosts" }
  /// Where downloads and checksums are kept.
  package var cachePath: String { path + "/cache" }

  /// Writes a small file so that it is either the old or the new one.
  func write(_ text: String, to path: String) throws(ForgeError) {
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw Self.fault("cannot be written", path, error)
    }
  }

  static func fault(_ what: String, _ path: String, _ error: any Error) -> ForgeError {
    ForgeError(
      .configuration, "the state folder \(what)", on: path, observed: "\(error)",
      advice: "check permissions and free space, or name another folder with --state-dir")
  }
}
