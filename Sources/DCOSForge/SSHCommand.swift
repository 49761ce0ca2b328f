import ArgumentParser
import DCOSForgeCore
import Glibc

/// Opens a shell on a node.
struct SSHCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ssh",
    abstract: "Open a shell on a node, or run a command there, with the cluster's key.",
    discussion: "Runs OpenSSH's ssh with strict host key checking against the planned host key.")

  @OptionGroup var session: SessionOptions

  @Argument(help: ArgumentHelp("The node.", valueName: "node"))
  var node: String

  @Argument(parsing: .postTerminator, help: "After --: the command to run.")
  var command: [String] = []

  func run() async throws {
    let session = try self.session.open()
    guard let node = session.spec.nodes.first(where: { $0.name.description == self.node }) else {
      throw ForgeError(
        .configuration, "is not in the cluster file", on: self.node,
        advice: "its nodes are "
          + session.spec.nodes.map(\.name.description).joined(separator: ", "))
    }
    let words =
      [
        "ssh", "-i", session.folder.userKeyPath, "-p", "\(session.spec.ssh.port)",
        "-o", "UserKnownHostsFile=\(session.folder.knownHostsPath)",
        "-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes",
        "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR",
        "\(session.spec.ssh.user)@\(node.address)",
      ] + (command.isEmpty ? [] : ["--"] + command)
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    unsafe execvp("ssh", &arguments)
    throw ForgeError(
      .configuration, "ssh cannot be run", observed: "errno \(errno)",
      advice: "apt-get install openssh-client")
  }
}

/// Runs a command on nodes.
struct ExecCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run a command on nodes at once; output lines carry the node's name.",
    discussion: "Exit code: 0 when it succeeded everywhere, else 6, or 5 for nodes without answer.")

  @OptionGroup var session: SessionOptions
  @Option(
    name: .customLong("node"),
    help: ArgumentHelp("A node or node set such as lxb00[1-3]; repeatable.", valueName: "node"))
  var names: [String] = []

  @OptionGroup var selection: NodeSelection

  @Option(help: ArgumentHelp("The longest it may take.", valueName: "duration"))
  var timeout = TimeLimit(.seconds(600))

  @Argument(parsing: .postTerminator, help: "After --: the command.")
  var command: [String]

  func run() async throws {
    let session = try self.session.open()
    let nodes = try selection.nodes(named: names, of: session.spec)
    let exec = Execute(session.spec, keys: session.keys, shell: try session.shell())
    let results = await exec.run(
      command.joined(separator: " "), on: nodes, timeout: timeout.duration)
    var worst = ExitStatus.success
    for (node, result) in zip(nodes, results) {
      switch result {
      case .success(let output):
        show(output.standardOutput, of: node) { Console.standard.printResult($0) }
        show(output.standardError, of: node) { Console.standard.printNote($0) }
        if !output.succeeded, worst == .success { worst = .step }
        if !output.succeeded { Console.standard.printNote("\(node.name): \(output.status)") }
      case .failure(let error):
        Console.standard.printError(error)
        worst = .unreachable
      }
    }
    if worst != .success { throw ExitCode(worst.rawValue) }
  }

  private func show(_ text: String, of node: NodeSpec, _ print: (String) -> Void) {
    for line in text.split(whereSeparator: \.isNewline) { print("\(node.name): \(line)") }
  }
}
