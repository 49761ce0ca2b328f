/// Where a node listens, and the key it must show.
package struct NodeEndpoint: Hashable, Sendable {
  /// The node, for messages.
  package var node: NodeName
  package var address: IPv4Address
  /// The port of its sshd.
  package var port: Int
  package var user: String
  /// The planned Ed25519 host key: 32 bytes.
  package var hostKey: [UInt8]

  package init(node: NodeName, address: IPv4Address, port: Int, user: String, hostKey: [UInt8]) {
    self.node = node
    self.address = address
    self.port = port
    self.user = user
    self.hostKey = hostKey
  }
}
