package import ForgeModel

/// What a command did on several nodes as a JSON value, schema 1.
package struct ExecRecord: Encodable, Sendable {
  package struct Node: Encodable, Sendable {
    package var node: String
    /// `exited`, `signalled`, or why it has no result: `unreachable`, `timeout`, `interrupted`.
    package var outcome: String
    /// The exit status; absent unless it exited.
    package var status: Int32?
    /// The signal; absent unless one ended it.
    package var signal: String?
    /// Its standard output.
    package var output: String?
    /// Its standard error.
    package var errorOutput: String?
    /// How many bytes of both came after the first MiB and are left out; absent when none.
    package var omittedBytes: Int?
    /// Why it has no result.
    package var fault: String?
  }

  /// The version of this form.
  package var schema = 1
  /// The line that the nodes' shells ran.
  package var command: String
  /// The nodes in file order.
  package var nodes: [Node]

  /// Flattens results that stand in the order of the nodes.
  package init(
    _ command: String, _ nodes: [NodeSpec], _ results: [Result<CommandResult, ForgeError>]
  ) {
    self.command = command
    self.nodes = zip(nodes, results).map { node, result in
      let name = node.name.description
      switch result {
      case .success(let result):
        var record = Node(
          node: name, outcome: "exited", output: result.standardOutput,
          errorOutput: result.standardError,
          omittedBytes: result.omitted > 0 ? result.omitted : nil)
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
package struct CopyRecord: Encodable, Sendable {
  package struct File: Encodable, Sendable {
    package var node: String
    /// Where the copy is; absent when it failed.
    package var path: String?
    /// How many bytes it has; absent when it failed.
    package var bytes: Int64?
    /// Why it failed.
    package var fault: String?
  }

  /// The version of this form.
  package var schema = 1
  /// The files in the order of the nodes.
  package var files: [File]

  /// Flattens results that stand in the order of the nodes.
  package init(_ nodes: [NodeSpec], _ results: [Result<Copy.Copied, ForgeError>]) {
    files = zip(nodes, results).map { node, result in
      switch result {
      case .success(let copied):
        File(node: node.name.description, path: copied.path, bytes: copied.bytes)
      case .failure(let error): File(node: node.name.description, fault: error.description)
      }
    }
  }
}
