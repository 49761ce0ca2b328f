import ForgeConfiguration
import ForgePlanning
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Reimages nodes.
struct WipeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wipe",
    abstract: "Reimage nodes: a fresh machine with the same name, MAC and address.",
    discussion: """
      DC/OS has no uninstall: a new disk is the only way to a clean node. The host key is new, nothing is \
      installed; the next up, or --rejoin, installs it again. Agents leave Mesos first. \
      The first wipe also makes a prepared layer, the image with the prerequisites, which machines made later \
      start from. \
      Masters go one at a time, and only while the others are proved to keep the quorum.
      """)

  @OptionGroup var session: SessionOptions
  @OptionGroup var layers: LayerOptions
  @Argument(
    help: ArgumentHelp("Nodes or node sets such as lxb00[1-3].", valueName: "node"))
  var names: [String] = []

  @OptionGroup var selection: NodeSelection
  @OptionGroup var confirmation: Confirmation

  @Flag(help: "Install the nodes again and wait until the cluster is healthy.")
  var rejoin = false

  @Flag(help: "Drain no agent, and wipe masters also when they lose their quorum.")
  var force = false

  func run() async throws {
    let session = try self.session.open()
    let nodes = try selection.nodes(named: names, of: session.spec)
    let status = try await session.keepingEvidence("wipe") {
      try await session.locked("wipe") {
        let reimage = Reimage(
          session: session, wanted: try await session.wanted(layers),
          view: try RunView(session, options: self.session.output), confirmation: confirmation)
        let machines = Up.Extent.machines(of: nodes.map(\.name))
        return try await reimage.run(
          nodes, extent: rejoin ? .cluster(until: .health) : machines, force: force)
      }
    }
    if status != .success { throw ExitCode(status.rawValue) }
    if !rejoin { Console.standard.printNote("Next: dcosforge up") }
  }
}

/// Looks, asks, and reimages nodes.
struct Reimage {
  let session: Session
  let wanted: WantedCluster
  let view: RunView
  let confirmation: Confirmation

  /// Reimages the nodes, unless the quorum guard or the operator says no, and goes on as far as `extent` says.
  func run(
    _ nodes: [NodeSpec], extent: Up.Extent, force: Bool
  ) async throws -> ExitStatus {
    let wipe = Wipe(wanted, context: view.context)
    let preview = try await wipe.preview(nodes, extent, force: force)
    if let refusal = preview.refusal { throw refusal }
    let inventory = preview.inventory.map { "  " + $0 }.joined(separator: "\n")
    try await confirmation.confirm(
      "These machines and their disks go, fresh ones come:\n\(inventory)", session.spec)
    let renew = session.renew
    return try await view.run { show in
      try await wipe.run(preview, extent, drains: !force, renew: renew, show: show)
    }
  }
}

/// Removes a cluster.
struct DestroyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy",
    abstract: "Remove everything of the cluster from the hypervisor.",
    discussion: "Keys and journal stay in the state folder.")

  @OptionGroup var session: SessionOptions
  @OptionGroup var confirmation: Confirmation

  @Flag(help: "Keep the pool and the base image: the next up need not upload it.")
  var keepImage = false

  func run() async throws {
    let session = try self.session.open()
    try await session.locked("destroy") {
      let destroy = Destroy(session.spec, on: session.hypervisor, keepingImage: keepImage)
      let inventory = try await destroy.inventory()
      guard !inventory.isEmpty else { return }
      Console.standard.printNote(inventory.map { "  " + $0 }.joined(separator: "\n"))
      try await confirmation.confirm("This removes all of the above.", session.spec)
      try await destroy.run()
    }
    Console.standard.printResult(
      "\(session.spec.name): 0 owned objects left" + (keepImage ? " but the base image" : ""))
  }
}

/// The options that choose nodes.
struct NodeSelection: ParsableArguments {
  @Option(
    name: .customLong("role"),
    help: ArgumentHelp("All nodes of a role; repeatable.", valueName: "role"))
  var roles: [NodeRole] = []

  @Flag(help: "All nodes.")
  var all = false

  /// The chosen nodes in file order; throws category `configuration` for names that are not in the file.
  func nodes(named names: [String], of spec: ClusterSpec) throws(ForgeError) -> [NodeSpec] {
    let wanted = Set(try spec.nodes(inSets: names).map(\.name))
    let chosen = spec.nodes.filter { all || wanted.contains($0.name) || roles.contains($0.role) }
    guard !chosen.isEmpty else {
      throw ForgeError(
        .configuration, "no node is named", advice: "name nodes, --role or --all")
    }
    return chosen
  }
}

/// The question before something is removed.
struct Confirmation: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  init() {}

  init(yes: Bool) { self.yes = yes }

  /// Asks for the cluster's name; throws category `refused` when it is not given, or nobody can be asked.
  func confirm(_ what: String, _ spec: ClusterSpec) async throws(ForgeError) {
    if yes { return }
    Console.standard.printNote("\(what)\nType the cluster's name (\(spec.name)) to go on:")
    guard Console.standard.isInteractive, await Console.standard.readAnswer() == spec.name else {
      throw ForgeError(
        .refused, "not confirmed, nothing was removed", on: spec.name,
        advice: "type the cluster's name, or say --yes", disposition: .final)
    }
  }
}
