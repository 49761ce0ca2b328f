import ArgumentParser
import ForgeConfiguration
import ForgeModel

/// The options that choose nodes.
struct NodeSelection: ParsableArguments {
  @Option(
    name: .customLong("role"),
    help: ArgumentHelp("Choose all nodes of a role; repeatable.", valueName: "role"))
  var roles: [NodeRole] = []

  @Flag(help: "Choose all nodes.")
  var all = false

  /// The chosen nodes in file order; throws category `configuration` for names that are not in the
  /// file.
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
