import ArgumentParser
import DCOSForgeCore

/// Re-images nodes.
struct WipeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wipe",
    abstract: "Remove the machines of nodes, disks included; the next up makes them anew.",
    discussion: """
      DC/OS has no uninstall: a new disk is the only way to a clean node. Name, MAC and address stay; \
      the host key is a new one.
      """)

  @OptionGroup var session: SessionOptions
  @Argument(
    help: ArgumentHelp("Nodes or node sets such as lxb00[1-3].", valueName: "node"))
  var names: [String] = []

  @OptionGroup var selection: NodeSelection
  @OptionGroup var confirmation: Confirmation

  @Flag(help: "Also when the masters would lose their quorum.")
  var force = false

  func run() async throws {
    let session = try self.session.open()
    let nodes = try selection.nodes(named: names, of: session.spec)
    let lock = try await session.lock("wipe")
    let folder = session.folder
    let wipe = Wipe(session.spec, on: session.hypervisor) { (node) throws(ForgeError) in
      try folder.retire(node)
    }
    let preview = try await wipe.preview(nodes, force: force)
    if let refusal = preview.refusal { throw refusal }
    let names = preview.nodes.map(\.name.description).joined(separator: ", ")
    guard !preview.nodes.isEmpty else {
      return Console.standard.printResult("Nothing to wipe.")
    }
    try confirmation.confirm("This removes the machines and disks of \(names).", session.spec)
    _ = try await session.keepingEvidence("wipe") {
      try await wipe.run(preview.nodes)
      return .success
    }
    lock.release()
    Console.standard.printResult("Wiped \(names). Next: dcosforge up")
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

  func run() async throws {
    let session = try self.session.open()
    let lock = try await session.lock("destroy")
    let destroy = Destroy(session.spec, on: session.hypervisor)
    let inventory = try await destroy.inventory()
    guard !inventory.isEmpty else {
      return Console.standard.printResult("Nothing of \(session.spec.name) is there.")
    }
    Console.standard.printNote(inventory.map { "  " + $0 }.joined(separator: "\n"))
    try confirmation.confirm("This removes all of the above.", session.spec)
    try await destroy.run()
    lock.release()
    Console.standard.printResult("Removed. Objects of \(session.spec.name) left: 0")
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

  /// Asks for the cluster's name; throws category `refused` when it is not given, or nobody can be asked.
  func confirm(_ what: String, _ spec: ClusterSpec) throws(ForgeError) {
    if yes { return }
    Console.standard.printNote("\(what)\nType the cluster's name (\(spec.name)) to go on:")
    guard Console.standard.isInteractive, readLine() == spec.name else {
      throw ForgeError(
        .refused, "not confirmed, nothing was removed", on: spec.name,
        advice: "type the cluster's name, or say --yes", disposition: .final)
    }
  }
}
