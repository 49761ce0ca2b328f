/// The keys that make every first connection a checked one.
package struct ClusterKeys: Hashable, Sendable {
  /// What one node has of its own.
  package struct Host: Hashable, Sendable {
    package var key: HostKey
    /// How often the node was made; one more after each wipe.
    package var generation: Int

    /// Makes a host's part.
    package init(key: HostKey, generation: Int) {
      self.key = key
      self.generation = generation
    }
  }

  /// The texts and bytes of an Ed25519 host key.
  package struct HostKey: Hashable, Sendable {
    /// The OpenSSH private key file's text; a secret.
    package var privateText: String
    /// The public key line, `ssh-ed25519 AAAA… comment`.
    package var publicLine: String
    /// The 32 bytes of the public key.
    package var publicBytes: [UInt8]

    package init(privateText: String, publicLine: String, publicBytes: [UInt8]) {
      self.privateText = privateText
      self.publicLine = publicLine
      self.publicBytes = publicBytes
    }
  }

  /// The public key line of the cluster's user key, which may log in to every node.
  package var userPublicLine: String
  /// The nodes' own keys.
  package var hosts: [NodeName: Host]

  /// Makes a set of keys.
  package init(userPublicLine: String, hosts: [NodeName: Host]) {
    self.userPublicLine = userPublicLine
    self.hosts = hosts
  }

  /// Where a node's sshd is, with the key it must show; nil for a node without a key.
  package func endpoint(_ node: NodeSpec, _ ssh: SSHSpec) -> NodeEndpoint? {
    hosts[node.name].map {
      NodeEndpoint(
        node: node.name, address: node.address, port: ssh.port, user: ssh.user,
        hostKey: $0.key.publicBytes)
    }
  }
}
