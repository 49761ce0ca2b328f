import ForgeSupport
package import ForgeModel
package import ForgeKeys
internal import FoundationEssentials

extension StateFolder {
  /// The cluster's keys; missing ones are made.
  package func keys(for spec: ClusterSpec) throws(ForgeError) -> (user: KeyPair, all: ClusterKeys) {
    let user = try KeyPair.stored(at: userKeyPath, comment: "dcosforge-\(spec.name)")
    var hosts: [NodeName: ClusterKeys.Host] = [:]
    var known: [String] = []
    for node in spec.nodes {
      let generation = try generation(of: node.name)
      let pair = try KeyPair.stored(
        at: hostKeyPath(node.name, generation), comment: node.name.description)
      hosts[node.name] = ClusterKeys.Host(
        key: .init(
          privateText: pair.privateKeyFile, publicLine: pair.publicLine,
          publicBytes: pair.publicKey),
        generation: generation)
      for host in [node.name.description, node.address.description] {
        known.append(
          HostKey.knownHostsLine(address: host, port: spec.ssh.port, publicKey: pair.publicKey))
      }
    }
    // Written only when it changes: a command that only reads works in a folder that is full or
    // read-only.
    let lines = known.map { $0 + "\n" }.joined()
    if (try? text(of: knownHostsPath)) != lines {
      try PrivateFile.write(lines.utf8, to: knownHostsPath)
    }
    return (user, ClusterKeys(userPublicLine: user.publicLine, hosts: hosts))
  }

  /// Counts the generation of nodes up, past that of the machines that stand: the next ones are
  /// others.
  ///
  /// All of them count, or none: one file with all counts decides, by its rename, after the new
  /// host keys are on the disk. Each node's own count follows it.
  package func retire(_ standing: [NodeName: Int]) throws(ForgeError) {
    try Self.deciding.withLock { (_) throws(ForgeError) in try decide(standing) }
  }

  /// One decision at a time: `adopt` retires several nodes at once.
  private static let deciding = Locked(())

  private func decide(_ standing: [NodeName: Int]) throws(ForgeError) {
    try settle()
    var lines: [String] = []
    for (node, generation) in standing.sorted(by: { $0.key < $1.key }) {
      let next = max(try self.generation(of: node), generation) + 1
      _ = try KeyPair.stored(at: hostKeyPath(node, next), comment: node.description)
      lines.append("\(node) \(next)\n")
    }
    try PrivateFile.write(lines.joined().utf8, to: decisionPath)
    try settle()
  }

  /// Gives each node the count that was decided for it.
  private func settle() throws(ForgeError) {
    for node in try decided().keys.sorted() {
      try PrivateFile.write("\(try generation(of: node))\n".utf8, to: generationPath(node))
    }
    try? FileManager.default.removeItem(atPath: decisionPath)
  }

  /// The counts that were decided together and are not yet each node's own.
  private func decided() throws(ForgeError) -> [NodeName: Int] {
    guard let text = try text(of: decisionPath) else { return [:] }
    var counts: [NodeName: Int] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let node = NodeName(String(words[0])), let count = Int(words[1])
      else { throw Self.garbled(decisionPath) }
      counts[node] = count
    }
    return counts
  }

  /// Takes over what a node's machine has: the host key is on the disk before the count is.
  func adopt(_ key: KeyPair, of node: NodeName, generation: Int) throws(ForgeError) {
    try PrivateFile.write(key.privateKeyFile.utf8, to: hostKeyPath(node, generation))
    try PrivateFile.write("\(generation)\n".utf8, to: generationPath(node))
  }

  /// The host key that is kept for a node's machine of a generation; nil without one that can be
  /// read.
  func hostKey(of node: NodeName, generation: Int) -> KeyPair? {
    let path = hostKeyPath(node, generation)
    guard let bytes = try? PrivateFile.read(path) else { return nil }
    return try? KeyPair(privateKeyFile: String(decoding: bytes, as: UTF8.self), name: path)
  }

  private func generation(of node: NodeName) throws(ForgeError) -> Int {
    let path = generationPath(node)
    let decided = try decided()[node] ?? 1
    guard let text = try text(of: path) else { return decided }
    guard let own = Int(text.filter(\.isNumber)) else {
      throw Self.garbled(path)
    }
    return max(own, decided)
  }

  private func text(of path: String) throws(ForgeError) -> String? {
    try PrivateFile.read(path).map { String(decoding: $0, as: UTF8.self) }
  }

  private func hostKeyPath(_ node: NodeName, _ generation: Int) -> String {
    "\(path)/hosts/\(node)-\(generation)"
  }
  private func generationPath(_ node: NodeName) -> String { "\(path)/hosts/\(node).generation" }
  private var decisionPath: String { path + "/hosts/decided" }
}
