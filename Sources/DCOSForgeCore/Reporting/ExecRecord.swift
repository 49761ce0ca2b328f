/// What a command did on several nodes as a JSON value, schema 1.
public struct ExecRecord: Encodable, Sendable {
  /// One node.
  public struct Node: Encodable, Sendable {
    /// Its name.
    public var node: String
    /// `exited`, `signalled`, or why it has no result: `unreachable`, `timeout`, `interrupted`.
    public var outcome: String
    /// The exit status; absent unless it exited.
    public var status: Int32?
    /// The signal; absent unless one ended it.
    public var signal: String?
    /// Its standard output.
    public var output: String?
    /// Its standard error.
    public var errorOutput: String?
    /// Why it has no result.
    public var fault: String?
  }

  /// The version of this form.
  public var schema = 1
  /// The line that the nodes' shells ran.
  public var command: String
  /// The nodes in file order.
  public var nodes: [Node]

  /// Flattens results that stand in the order of the nodes.
  public init(
    _ command: String, _ nodes: [NodeSpec], _ results: [Result<CommandResult, ForgeError>]
  ) {
    self.command = command
    self.nodes = zip(nodes, results).map { node, result in
      let name = node.name.description
      switch result {
      case .success(let result):
        var record = Node(
          node: name, outcome: "exited", output: result.standardOutput,
          errorOutput: result.standardError)
        switch result.status {
        case .exited(let status): record.status = status
        case .signalled(let signal):
          record.outcome = "signalled"
          record.signal = signal
        }
        return record
      case .failure(let error):
        return Node(node: name, outcome: error.category.rawValue, fault: error.description)
      }
    }
  }
}

/// What a copy did as a JSON value, schema 1.
public struct CopyRecord: Encodable, Sendable {
  /// One file.
  public struct File: Encodable, Sendable {
    /// The node.
    public var node: String
    /// Where the copy is; absent when it failed.
    public var path: String?
    /// How many bytes it has; absent when it failed.
    public var bytes: Int64?
    /// Why it failed.
    public var fault: String?
  }

  /// The version of this form.
  public var schema = 1
  /// The files in the order of the nodes.
  public var files: [File]

  /// Flattens results that stand in the order of the nodes.
  public init(_ nodes: [NodeSpec], _ results: [Result<Copy.Copied, ForgeError>]) {
    files = zip(nodes, results).map { node, result in
      switch result {
      case .success(let copied):
        File(node: node.name.description, path: copied.path, bytes: copied.bytes)
      case .failure(let error): File(node: node.name.description, fault: error.description)
      }
    }
  }
}
