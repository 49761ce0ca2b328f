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
    abstract:
      "Run a command on nodes at once; every line comes with the node's name, as it is printed.",
    discussion: """
      After --, one word is a line for the node's shell ('df -h | sort'); of several words each is one \
      argument, taken literally. Standard input is not read.

      Exit code, the worst of all nodes: 0 it succeeded everywhere; 6 it failed on a node; 7 it took too \
      long on one; 5 a node could not be reached. `dcosforge ssh NODE -- COMMAND` passes the command's own \
      exit code on.
      """)

  @OptionGroup var session: SessionOptions
  @Option(
    name: .customLong("node"),
    help: ArgumentHelp("A node or node set such as lxb00[1-3]; repeatable.", valueName: "set"))
  var names: [String] = []

  @OptionGroup var selection: NodeSelection

  @Option(help: ArgumentHelp("How many nodes work at a time.", valueName: "number"))
  var parallel = 64

  @Option(help: ArgumentHelp("The longest it may take on a node.", valueName: "duration"))
  var timeout = TimeLimit(.seconds(600))

  @Argument(parsing: .postTerminator, help: "After --: the command.")
  var command: [String]

  func validate() throws {
    if parallel < 1 { throw ValidationError("--parallel takes a number from 1 on.") }
  }

  func run() async throws {
    let session = try self.session.open()
    let nodes = try selection.nodes(named: names, of: session.spec)
    let line = try ShellCommand.commandLine(command)
    let exec = Execute(
      session.spec, keys: session.keys, shell: try session.shell(), atOnce: parallel)
    let (isJSON, timeout) = (self.session.output.output == .json, timeout.duration)
    let results = try await untilInterrupted { () -> [Result<CommandResult.Status, ForgeError>] in
      if isJSON {
        let results = await exec.run(line, on: nodes, timeout: timeout)
        let record = ExecRecord(line, nodes, results)
        Console.standard.printResult(try record.prettyJSON())
        return results.map { $0.map(\.status) }
      }
      return await exec.stream(line, on: nodes, timeout: timeout) { line in
        Console.standard.print(line)
      }
    }
    if !isJSON { report(nodes, results) }
    let worst = Execute.exitStatus(of: results)
    if worst != .success { throw ExitCode(worst.rawValue) }
  }

  /// Says where it did not succeed.
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

extension Console {
  /// Prints a node's line where it belongs, in one piece.
  func print(_ line: Execute.Line) {
    let bytes = Array("\(line.node): ".utf8) + line.bytes + [0x0A]
    if line.isError { writeNote(bytes) } else { writeResult(bytes) }
  }
}

/// Runs the body until it ends or somebody presses Ctrl-C: then the body is cancelled, which ends what it
/// runs on nodes, and ``Interrupts/Second`` is thrown.
func untilInterrupted<Value: Sendable>(
  _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  let interrupts = Interrupts()
  let stream = interrupts.stream
  defer { interrupts.end() }
  return try await withThrowingTaskGroup(of: Value?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      for await _ in stream { throw Interrupts.Second() }
      return nil
    }
    defer { group.cancelAll() }
    while let value = try await group.next() {
      if let value { return value }
    }
    throw Interrupts.Second()
  }
}
