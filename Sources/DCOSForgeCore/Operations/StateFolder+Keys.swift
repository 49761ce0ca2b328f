internal import FoundationEssentials

extension StateFolder {
  /// The cluster's keys; missing ones are made.
  public func keys(for spec: ClusterSpec) throws(ForgeError) -> (user: KeyPair, all: ClusterKeys) {
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
    try write(known.joined(separator: "\n") + "\n", to: knownHostsPath)
    return (user, ClusterKeys(userPublicLine: user.publicLine, hosts: hosts))
  }

  /// Counts a node's generation up, past that of a machine that stands: the next one is another one.
  ///
  /// The new host key is on the disk before the count is: the count's rename decides.
  public func retire(_ node: NodeName, above standing: Int) throws(ForgeError) {
    let next = max(try generation(of: node), standing) + 1
    _ = try KeyPair.stored(at: hostKeyPath(node, next), comment: node.description)
    try PrivateFile.write("\(next)\n".utf8, to: generationPath(node))
  }

  /// Takes over what a node's machine has: the host key is on the disk before the count is.
  func adopt(_ key: KeyPair, of node: NodeName, generation: Int) throws(ForgeError) {
    try PrivateFile.write(key.privateKeyFile.utf8, to: hostKeyPath(node, generation))
    try PrivateFile.write("\(generation)\n".utf8, to: generationPath(node))
  }

  /// The host key that is kept for a node's machine of a generation; nil without one that can be read.
  func hostKey(of node: NodeName, generation: Int) -> KeyPair? {
    let path = hostKeyPath(node, generation)
    guard let bytes = try? PrivateFile.read(path) else { return nil }
    return try? KeyPair(privateKeyFile: String(decoding: bytes, as: UTF8.self), name: path)
  }

  private func generation(of node: NodeName) throws(ForgeError) -> Int {
    let path = generationPath(node)
    guard FileManager.default.fileExists(atPath: path) else { return 1 }
    do {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      guard let number = Int(text.filter(\.isNumber)) else {
        throw CocoaError(.fileReadCorruptFile)
      }
      return number
    } catch {
      throw Self.fault("cannot be read", path, error)
    }
  }

  private func hostKeyPath(_ node: NodeName, _ generation: Int) -> String {
    "\(path)/hosts/\(node)-\(generation)"
  }
  private func generationPath(_ node: NodeName) -> String { "\(path)/hosts/\(node).generation" }
}
