package import ForgeModel
package import ForgeConfiguration

/// DC/OS's configuration, with what follows from the planned nodes put in where the file says
/// nothing.
package struct FilledGenconf: Sendable {
  /// One parameter of the result.
  package struct Entry: Sendable {
    /// The parameter.
    package var name: String
    /// Its value.
    package var value: YAMLNode
    /// Where the value comes from, in words.
    package var origin: String
  }

  /// The parameters: those of the file in its order, then those put in, by name.
  ///
  /// Empty for a file that cannot be read, which is then passed on as it is.
  package let entries: [Entry]
  /// The file for the installer: byte for byte the given one when nothing had to be put in.
  package let config: [UInt8]

  /// Fills a file for a cluster; `file` is its name in origins.
  package init(config: [UInt8], file: String, cluster: ClusterSpec) {
    let version = cluster.dcos.version
    guard let document = try? PythonYAML.load(config, file: file, version: version),
      case .dictionary = document.value
    else {
      self.init(entries: [], config: config)
      return
    }
    let given = document.nodes.sorted {
      Self.place($0.key, document) < Self.place($1.key, document)
    }
    .map { name, node in
      Entry(name: name, value: node, origin: "\(file) line \(Self.place(name, document).line)")
    }
    let implied = Self.implied(by: cluster, given: document)
      .filter { document.nodes[$0.name] == nil }.sorted { $0.name < $1.name }
    let entries = given + implied
    let written = implied.isEmpty ? nil : Self.text(entries) { _ in nil }
    self.init(entries: entries, config: written.map { Array($0.utf8) } ?? config)
  }

  private init(entries: [Entry], config: [UInt8]) {
    self.entries = entries
    self.config = config
  }

  private static func place(_ name: String, _ document: PythonYAML.Document) -> SourcePosition {
    document.keys[name] ?? SourcePosition(file: "", line: 0, column: 0)
  }

  /// The configuration with the origin of each value as a comment.
  package var annotated: String {
    Self.text(entries) { "# \($0.origin)\n" } ?? String(decoding: config, as: UTF8.self)
  }

  /// Nil when a value cannot be written.
  private static func text(_ entries: [Entry], _ comment: (Entry) -> String?) -> String? {
    var text = ""
    for entry in entries {
      let key = YAMLNode(.scalar(entry.name, .plain), position: entry.value.position)
      let pair = YAMLNode(
        .mapping([YAMLPair(key: key, value: entry.value)]), position: entry.value.position)
      guard let written = YAMLWriter.text(of: pair) else { return nil }
      text += (comment(entry) ?? "") + written
    }
    return text
  }

  // MARK: what follows from the nodes

  private static func implied(by cluster: ClusterSpec, given: PythonYAML.Document) -> [Entry] {
    var entries = [
      entry("bootstrap_url", cluster.bootstrapURL, "the bootstrap node and dcos.port"),
      entry("cluster_name", cluster.name, "cluster"),
      entry("exhibitor_storage_backend", "static", "the masters are a fixed set"),
      entry("master_discovery", "static", "the masters are a fixed set"),
    ]
    let masters = cluster.nodes(.master).map { scalar($0.address.description) }
    if [nil, "static"].contains(text("master_discovery", in: given)) {
      entries.append(entry("master_list", .sequence(masters), "the masters among the nodes"))
    }
    if !cluster.network.resolvers.isEmpty {
      let resolvers = cluster.network.resolvers.map { scalar($0.description) }
      entries.append(entry("resolvers", .sequence(resolvers), "network.resolvers"))
    }
    // From 1.13 on the second must follow the first (dcos/dcos, gen/calc.py,
    // validate_dcos_l4lb_enable_ipv6).
    if text("enable_ipv6", in: given) == "false" {
      entries.append(entry("dcos_l4lb_enable_ipv6", "false", "enable_ipv6"))
    }
    return entries
  }

  private static func text(_ name: String, in document: PythonYAML.Document) -> String? {
    if case .scalar(let text, _) = document.nodes[name]?.content { text } else { nil }
  }

  private static func scalar(_ text: String) -> YAMLNode {
    YAMLNode(
      .scalar(text, .singleQuoted), position: SourcePosition(file: "", line: 0, column: 0))
  }

  private static func entry(_ name: String, _ text: String, _ origin: String) -> Entry {
    entry(name, scalar(text).content, origin)
  }

  private static func entry(
    _ name: String, _ content: YAMLNode.Content, _ origin: String
  ) -> Entry {
    Entry(
      name: name, value: YAMLNode(content, position: scalar("").position),
      origin: "from the cluster file: \(origin)")
  }
}
