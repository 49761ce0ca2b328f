import ArgumentParser
import DCOSForgeCore
import ForgeModel
import FoundationEssentials

/// The option that names the folder of all clusters' state folders.
struct FolderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder that holds the state folders of all clusters.",
      discussion: "Default: $DCOSFORGE_STATE_DIR, else ~/.local/state/dcosforge.",
      valueName: "folder"))
  var stateDir: String?

  /// Reads the cluster file and opens the cluster's state folder.
  func open(_ cluster: ClusterOptions) throws -> Session {
    let environment = ProcessInfo.processInfo.environment
    let (spec, file) = try cluster.cluster()
    let root = try stateDir ?? StateFolder.defaultRoot(environment: environment)
    let folder = try StateFolder(root: root, cluster: spec.name)
    let (user, keys) = try folder.keys(for: spec)
    return Session(spec: spec, file: file, folder: folder, user: user, keys: keys)
  }
}
