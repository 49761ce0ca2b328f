import ForgeConfiguration
import ForgeNodeProtocol
import ForgeSSH
import ForgeRendering
import ForgeModel
import ArgumentParser
import DCOSForgeCore
import FoundationEssentials

/// Opens a shell on a node.
struct SSHCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ssh",
    abstract: "Open a shell on a node, or run a command there, with the cluster's key.",
    discussion: """
      OpenSSH's ssh takes over and checks the planned host key. The exit code is that of ssh: the \
      command's own, or 255 without a connection. After --, one word is a line for the node's \
      shell; several words are literal arguments.

      --config prints an ssh_config for ssh -F, scp, rsync and Ansible. It holds all nodes, or \
      those of the node set. The short option -c names the cluster file.

      Examples:
        dcosforge ssh lxzk01
        dcosforge ssh lxb001 -- 'df -h | sort'
        dcosforge ssh --config >nodes.ssh
      """)

  @Option(
    name: .customShort("c"),
    help: ArgumentHelp("The cluster file, as in other commands.", valueName: "file"))
  var clusterFile: String?

  @OptionGroup var folder: FolderOptions
  @OptionGroup var color: ColorOptions

  @Flag(help: "Print an ssh_config.")
  var config = false

  @Argument(help: ArgumentHelp("The node, or with --config a node set.", valueName: "node"))
  var node: String?

  @Argument(parsing: .postTerminator, help: "After --: the command to run.")
  var command: [String] = []

  func validate() throws {
    if !config, node == nil { throw ValidationError("Name a node, or use --config.") }
    if config, !command.isEmpty { throw ValidationError("--config runs no command.") }
  }

  func run() async throws {
    var cluster = ClusterOptions()
    cluster.config = clusterFile
    let session = try folder.open(cluster)
    if config, let node, FileManager.default.fileExists(atPath: node), NodeName(node) == nil {
      throw ForgeError(
        .configuration, "is a file, not a node", on: node,
        advice: "-c names the cluster file; --config prints an ssh_config")
    }
    let nodes = try node.map { try session.spec.nodes(inSets: [$0]) } ?? session.spec.nodes
    let client = try SSHClientConfig(
      session.spec, userKeyPath: Self.absolute(session.folder.userKeyPath),
      knownHostsPath: Self.absolute(session.folder.knownHostsPath))
    if config { return Console.standard.printData(client.text(for: nodes)) }
    guard nodes.count == 1 else {
      throw ForgeError(
        .configuration, "ssh opens a shell on one node", on: node ?? "",
        advice: "dcosforge exec runs a command on several nodes")
    }
    let line = command.isEmpty ? nil : try ShellCommand.commandLine(command)
    let words = client.arguments(for: nodes[0], command: line)
    try Handover.become(words)
    throw ForgeError(.configuration, "ssh cannot be run", advice: "apt-get install openssh-client")
  }

  /// The path from the root: programs may read the configuration in another folder.
  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}
