import ForgeSupport
package import ForgeModel

extension ClusterSpec {
  /// The cluster in one line: name, number of nodes, how many of each role.
  package var summary: String {
    let roles = NodeRole.allCases.compactMap { role in
      let count = nodes(role).count
      return count == 0 ? nil : "\(count) \(role.rawValue)"
    }
    return "\(name) with \(nodes.count) nodes: \(roles.joined(separator: ", "))"
  }

  /// A table of the nodes as they are wanted, a line each below the header.
  package var nodeTable: [String] {
    var table = Table(header: ["NODE", "ROLE", "ADDRESS", "MAC", "MEMORY", "VCPUS", "DISK"])
    for node in nodes {
      table.add([
        node.name.description, node.role.rawValue, node.address.description, node.mac.description,
        node.size.memory.description, String(node.size.vcpus), node.size.disk.description,
      ])
    }
    return table.lines
  }
}
