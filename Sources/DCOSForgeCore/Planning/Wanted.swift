package import ForgeModel

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
  package var content: ByteSource
  package var sum: SHA256Sum

  package init(content: ByteSource, sum: SHA256Sum) {
    self.content = content
    self.sum = sum
  }

  /// Makes an artifact of bytes in memory.
  package init(bytes: [UInt8]) {
    self.init(content: .bytes(bytes), sum: SHA256Sum(hashing: bytes))
  }
}

/// The files that go into `genconf/` on the bootstrap node.
package struct GenconfFiles: Hashable, Sendable {
  /// The DC/OS configuration; uploaded under the only name DC/OS reads, `config.yaml`.
  package let config: [UInt8]
  package let parameters: [WrittenParameter]
  /// The script that prints a node's address.
  package var ipDetect: String
  /// Further files by their name in `genconf/`, such as `ip-detect-public` or `check_bins/x`.
  package var others: [String: [UInt8]]

  /// Makes a set of files.
  package init(
    config: [UInt8], parameters: [WrittenParameter], ipDetect: String,
    others: [String: [UInt8]] = [:]
  ) {
    self.config = config
    self.parameters = parameters
    self.ipDetect = ipDetect
    self.others = others
  }
}
