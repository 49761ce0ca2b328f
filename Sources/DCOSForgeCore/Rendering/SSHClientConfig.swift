package import ForgeModel

/// What OpenSSH's programs need to reach the nodes: the cluster's key, the planned host keys and
/// nothing of what else lies on this machine.
package struct SSHClientConfig: Sendable {
  private let spec: ClusterSpec
  /// The key and the host keys as ssh_config takes them.
  private let userKey: String
  private let knownHosts: String

  /// Makes a configuration; both paths must be absolute.
  ///
  /// Throws category `configuration` for a path that ssh_config cannot hold.
  package init(
    _ spec: ClusterSpec, userKeyPath: String, knownHostsPath: String
  ) throws(ForgeError) {
    self.spec = spec
    userKey = try Self.quoted(userKeyPath)
    knownHosts = try Self.quoted(knownHostsPath)
  }

  /// A path as a value: in quotes, with what ssh would expand taken literally.
  static func quoted(_ path: String) throws(ForgeError) -> String {
    guard !path.contains(where: \.isNewline), !path.contains("${"), !path.utf8.contains(0) else {
      throw ForgeError(
        .configuration, "ssh_config cannot hold this path", on: path,
        advice: "name a state folder without line ends and ${ by --state-dir")
    }
    let text = path.map { character in
      switch character {
      case "%": "%%"
      case "\\", "\"": "\\\(character)"
      default: String(character)
      }
    }.joined()
    return "\"\(text)\""
  }

  /// The options for one node, in the order they are written.
  private func options(_ node: NodeSpec) -> [(key: String, value: String)] {
    [
      ("HostName", node.address.description), ("User", spec.ssh.user),
      ("Port", String(spec.ssh.port)), ("IdentityFile", userKey), ("IdentitiesOnly", "yes"),
      ("PreferredAuthentications", "publickey"), ("UserKnownHostsFile", knownHosts),
      ("GlobalKnownHostsFile", "/dev/null"), ("StrictHostKeyChecking", "yes"),
      ("UpdateHostKeys", "no"), ("ForwardAgent", "no"), ("ForwardX11", "no"),
      ("LogLevel", "ERROR"),
    ]
  }

  /// An ssh_config with a block for each of the nodes, by name, full name and address.
  ///
  /// No block matches other hosts, so that the text may be included in a configuration of one's
  /// own.
  package func text(for nodes: [NodeSpec]) -> String {
    let blocks = nodes.map { node in
      (["Host \(node.name) \(node.name).\(spec.domain) \(node.address)"]
        + options(node).map { "  \($0.key) \($0.value)" }).joined(separator: "\n") + "\n"
    }
    return "# The nodes of \(spec.name), printed by `dcosforge ssh --config`.\n\n"
      + blocks.joined(separator: "\n")
  }

  /// The words of a call of `ssh` for one node; `command` as ``RemoteCommand/commandLine(_:)``
  /// makes it.
  package func arguments(for node: NodeSpec, command: String?) -> [String] {
    let settings: [String] = options(node).flatMap { ["-o", "\($0.key)=\($0.value)"] }
    let rest: [String] = command.map { ["--", $0] } ?? []
    return ["ssh"] + settings + [node.name.description] + rest
  }
}
