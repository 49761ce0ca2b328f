import ForgeSupport
import ForgeNodeProtocol
import ForgeSSH
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Runs a command on nodes.
struct ExecCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run a command on several nodes at once; each line shows its node.",
    discussion: """
      After --, one word is a line for the node's shell; several words are literal arguments. The \
      command has no standard input.

      Exit codes, the worst of all nodes: 0 the command succeeded everywhere; 6 it failed on a \
      node; 7 it took too long; 5 a node cannot be reached. dcosforge ssh returns the command's \
      own exit code.

      Examples:
        dcosforge exec --role agent -- df -h
        dcosforge exec --node 'lxzk0[1-3]' -- 'systemctl --failed | head'
        dcosforge exec --all --parallel 10 --timeout 5m -- yum -y update
      """)

  @OptionGroup var session: SessionOptions
  @Option(
    name: .customLong("node"),
    help: ArgumentHelp("A node or node set, such as lxb00[1-3]; repeatable.", valueName: "set"))
  var names: [String] = []

  @OptionGroup var selection: NodeSelection

  @Option(help: ArgumentHelp("The most nodes that work at once.", valueName: "number"))
  var parallel = 64

  @Option(help: ArgumentHelp("The longest time on one node.", valueName: "duration"))
  var timeout = TimeLimit(.seconds(600))

  @Argument(parsing: .postTerminator, help: "After --: the command to run.")
  var command: [String]

  func validate() throws {
    if parallel < 1 { throw ValidationError("--parallel must be at least 1") }
  }

  func run() async throws {
    let session = try self.session.open()
    let nodes = try selection.nodes(named: names, of: session.spec)
    let line = try ShellCommand.commandLine(command)
    let exec = Execute(
      session.spec, keys: session.keys, context: try session.context(), atOnce: parallel)
    let (isJSON, timeout) = (self.session.output == .json, timeout.duration)
    let results = try await withInterrupts { () -> [Result<CommandResult.Status, ForgeError>] in
      if isJSON {
        let results = await exec.run(line, on: nodes, timeout: timeout)
        let record = ExecRecord(line, nodes, results)
        Console.standard.printData(try record.prettyJSON())
        return results.map { $0.map(\.status) }
      }
      return await exec.stream(line, on: nodes, timeout: timeout) { line in
        await Console.standard.print(line)
      }
    }
    if !isJSON { report(nodes, results) }
    let worst = Execute.exitStatus(of: results)
    if worst != .success { throw ExitCode(worst.rawValue) }
  }

  /// Prints where it did not succeed.
  private func report(
    _ nodes: [NodeSpec], _ results: [Result<CommandResult.Status, ForgeError>]
  ) {
    for (node, result) in zip(nodes, results) {
      switch result {
      case .success(.exited(0)): continue
      case .success(.exited(let status)):
        Console.standard.printNote("\(node.name): exit status \(status)")
      case .success(.signalled(let name)):
        Console.standard.printNote("\(node.name): ended by signal \(name)")
      case .failure(let error): Console.standard.printError(error)
      }
    }
  }
}
