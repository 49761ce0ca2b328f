/// Everything that a run wants, as values: the file, the keys, and the contents it will send.
package struct WantedCluster: Hashable, Sendable {
  /// The checked cluster file.
  package var spec: ClusterSpec
  /// The keys of the cluster and its nodes.
  package var keys: ClusterKeys
  /// The disk image that nodes start from.
  package var image: LocalArtifact
  /// `dcos_generate_config.sh`.
  package var installer: LocalArtifact
  /// The archive of the image that serves the installation; nil when the bootstrap node pulls it.
  package var nginxArchive: LocalArtifact?
  /// The files that go into `genconf/` on the bootstrap node.
  package var genconf: GenconfFiles
  /// Whether machines may start from a prepared layer, and a wipe makes one.
  package var usesPreparedLayer = true

  /// Makes a wanted cluster of its parts.
  package init(
    spec: ClusterSpec, keys: ClusterKeys, image: LocalArtifact, installer: LocalArtifact,
    nginxArchive: LocalArtifact? = nil, genconf: GenconfFiles
  ) {
    self.spec = spec
    self.keys = keys
    self.image = image
    self.installer = installer
    self.nginxArchive = nginxArchive
    self.genconf = genconf
  }
}

/// A content that is at hand on this machine, with its checksum.
package struct LocalArtifact: Hashable, Sendable {
  /// The bytes.
  package var content: ByteSource
  /// Their checksum.
  package var sum: SHA256Sum

  /// Makes an artifact.
  package init(content: ByteSource, sum: SHA256Sum) {
    self.content = content
    self.sum = sum
  }

  /// Makes an artifact of bytes in memory.
  package init(bytes: [UInt8]) {
    self.init(content: .bytes(bytes), sum: SHA256Sum(hashing: bytes))
  }
}

/// The keys that make every first connection a checked one.
package struct ClusterKeys: Hashable, Sendable {
  /// What one node has of its own.
  package struct Host: Hashable, Sendable {
    /// The host key.
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

    /// Makes a host key.
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

/// The files that go into `genconf/` on the bootstrap node.
package struct GenconfFiles: Hashable, Sendable {
  /// The DC/OS configuration; uploaded under the only name DC/OS reads, `config.yaml`.
  package var config: [UInt8]
  /// The script that prints a node's address.
  package var ipDetect: String
  /// Further files by their name in `genconf/`, such as `ip-detect-public` or `check_bins/x`.
  package var others: [String: [UInt8]]

  /// Makes a set of files.
  package init(config: [UInt8], ipDetect: String, others: [String: [UInt8]] = [:]) {
    self.config = config
    self.ipDetect = ipDetect
    self.others = others
  }
}
