import ForgeConfiguration
import ForgeSupport
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Copies a file to or from nodes.
struct CpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cp",
    abstract: "Copy a file to several nodes, or from one node.",
    discussion: """
      One side is NODE:PATH; as the destination, NODE may be a node set. The content is checked by \
      SHA-256 and put in place as a whole. Permission bits stay. On nodes the file belongs to \
      root. To copy a folder, use rsync with dcosforge ssh --config.

      Exit codes: 3 a file on this machine is wrong; 5 a node cannot be reached; 6 a node refused; \
      7 it took too long.

      Examples:
        dcosforge cp motd 'lxb00[1-3]:/etc/motd'
        dcosforge cp lxzk01:/var/log/messages ./lxzk01.log
      """)

  @OptionGroup var session: SessionOptions

  @Flag(name: .shortAndLong, help: "Print what was copied where.")
  var verbose = false

  @Option(help: ArgumentHelp("The longest time on one node.", valueName: "duration"))
  var timeout = TimeLimit(.seconds(3600))

  @Argument(help: "PATH or NODE:PATH.")
  var source: String

  @Argument(help: "PATH or NODE:PATH.")
  var destination: String

  func run() async throws {
    let session = try self.session.open()
    let copy = Copy(session.spec, keys: session.keys, context: try session.context())
    let line = ProgressLine(clock: session.clock)
    let progress: Copy.Progress = { line.show($0, $1, of: $2) }
    let nodes: [NodeSpec]
    let results: [Result<Copy.Copied, ForgeError>]
    let timeout = timeout.duration
    defer { line.clear() }
    switch (CopyPlace(source), CopyPlace(destination)) {
    case (.local(let path), .nodes(let set, let target)):
      nodes = try session.spec.nodes(inSets: [set])
      results = try await withInterrupts { [nodes] in
        try await copy.upload(path, to: target, on: nodes, timeout: timeout, progress: progress)
      }
    case (.nodes(let set, let path), .local(let target)):
      nodes = try session.spec.nodes(inSets: [set])
      guard nodes.count == 1 else {
        throw ForgeError(
          .configuration, "a file comes from one node", on: set,
          advice: "copy from each node to a file of its own")
      }
      results = [
        try await withInterrupts { [nodes] in
          do throws(ForgeError) {
            return .success(
              try await copy.download(
                path, from: nodes[0], to: target, timeout: timeout, progress: progress))
          } catch {
            return .failure(error)
          }
        }
      ]
    case (.local, .local), (.nodes, .nodes):
      throw ForgeError(
        .configuration, "one side must be NODE:PATH, the other a path on this machine",
        advice: "write ./ before a local path that holds a colon")
    }
    line.clear()
    try report(nodes, results)
  }

  private func report(
    _ nodes: [NodeSpec], _ results: [Result<Copy.Copied, ForgeError>]
  ) throws {
    if session.output == .json {
      Console.standard.printData(try CopyRecord(nodes, results).prettyJSON())
    } else {
      for case .failure(let error) in results { Console.standard.printError(error) }
      if verbose {
        for (node, result) in zip(nodes, results) {
          guard case .success(let copied) = result else { continue }
          Console.standard.printNote("\(node.name): \(copied.path), \(copied.bytes) bytes")
        }
      }
    }
    let worst = Execute.exitStatus(of: results.map { $0.map { _ in .exited(0) } })
    if worst != .success { throw ExitCode(worst.rawValue) }
  }
}
