internal import FoundationEssentials

extension StateFolder {
  /// The cluster's keys; missing ones are made.
  public func keys(for spec: ClusterSpec) throws(ForgeError) -> (user: KeyPair, all: ClusterKeys) {
    let user = try KeyPair.stored(at: userKeyPath, comment: "dcosforge-\(spec.name)")
    var hosts: [NodeName: ClusterKeys.Host] = [:]
    var known: [String] = []
    for node in spec.nodes {
      let pair = try KeyPair.stored(at: hostKeyPath(node.name), comment: node.name.description)
      hosts[node.name] = ClusterKeys.Host(
        key: .init(
          privateText: pair.privateKeyFile, publicLine: pair.publicLine,
          publicBytes: pair.publicKey),
        generation: try generation(of: node.name))
      for host in [node.name.description, node.address.description] {
        known.append(
          HostKey.knownHostsLine(address: host, port: spec.ssh.port, publicKey: pair.publicKey))
      }
    }
    try write(known.joined(separator: "\n") + "\n", to: knownHostsPath)
    return (user, ClusterKeys(userPublicLine: user.publicLine, hosts: hosts))
  }

  /// Forgets a node's host key and counts its generation up: the next machine is another one.
  public func retire(_ node: NodeName) throws(ForgeError) {
    try write("\(try generation(of: node) + 1)\n", to: generationPath(node))
    for path in [hostKeyPath(node), hostKeyPath(node) + ".pub"]
    where FileManager.default.fileExists(atPath: path) {
      do {
        try FileManager.default.removeItem(atPath: path)
      } catch {
        throw Self.fault("cannot be changed", path, error)
      }
    }
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

  private func hostKeyPath(_ node: NodeName) -> String { "\(path)/hosts/\(node)" }
  private func generationPath(_ node: NodeName) -> String { "\(path)/hosts/\(node).generation" }
}
