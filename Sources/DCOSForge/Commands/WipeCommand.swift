import ForgePlanning
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Reimages nodes.
struct WipeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wipe",
    abstract: "Reimage nodes: replace each machine with a new one of the same name and address.",
    discussion: """
      DC/OS has no uninstall: only a new disk makes a clean node. The machine gets a new host key \
      and nothing is installed on it. The next up installs DC/OS again; --rejoin does so at once. \
      Agents leave Mesos first. Masters go one at a time, and only while the others keep the \
      quorum. The first wipe also makes a prepared layer, from which later machines start.

      Exit code 8: the quorum would be lost, or nobody confirmed.

      Examples:
        dcosforge wipe lxb001 --rejoin
        dcosforge wipe 'lxb00[1-3]' --yes
        dcosforge wipe --role agent
      """)

  @OptionGroup var session: SessionOptions
  @OptionGroup var lock: LockOptions
  @OptionGroup var verbosity: VerboseOptions
  @OptionGroup var layers: LayerOptions
  @Argument(help: ArgumentHelp("Nodes or node sets, such as lxb00[1-3].", valueName: "node"))
  var names: [String] = []

  @OptionGroup var selection: NodeSelection
  @OptionGroup var confirmation: Confirmation

  @Flag(help: "Install the nodes again and wait until the cluster is healthy.")
  var rejoin = false

  @Flag(help: "Do not drain agents; wipe masters even when the quorum is lost.")
  var force = false

  func run() async throws {
    let session = try self.session.open()
    let nodes = try selection.nodes(named: names, of: session.spec)
    let status = try await session.keepingEvidence("wipe") {
      try await session.locked("wipe", lock) {
        let wanted = try await session.wanted(layers)
        let view = try RunView(
          session, output: self.session.output, isVerbose: verbosity.verbose)
        let reimage = Reimage(
          session: session, wanted: wanted, view: view, confirmation: confirmation)
        let machines = RunExtent.machines(of: nodes.map(\.name))
        return try await reimage.run(
          nodes, extent: rejoin ? .cluster(until: .health) : machines, force: force)
      }
    }
    if status != .success { throw ExitCode(status.rawValue) }
    if !rejoin { Console.standard.printNote("Next: dcosforge up") }
  }
}
