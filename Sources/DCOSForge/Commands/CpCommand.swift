import ForgeConfiguration
import ForgeSupport
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Copies a file to or from nodes.
struct CopyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cp",
    abstract:
      "Copy a file to nodes or from one: NODE:PATH on one side, a node set for the destination.",
    discussion: """
      The content is checked by SHA-256 and put in place as a whole; permission bits are kept, and on nodes \
      the file belongs to root. For folders: dcosforge ssh --config >nodes.ssh, then \
      rsync -a -e 'ssh -F nodes.ssh' FOLDER NODE:PATH.

      Exit code: 3 a file of this machine; 5 a node could not be reached; 6 a node refused; 7 it took too long.
      """)

  @OptionGroup var session: SessionOptions

  @Option(help: ArgumentHelp("The longest it may take.", valueName: "duration"))
  var timeout = TimeLimit(.seconds(3600))

  @Argument(help: "PATH or NODE:PATH.")
  var source: String

  @Argument(help: "NODE:PATH, such as lxb00[1-3]:/etc/motd, or PATH.")
  var destination: String

  func run() async throws {
    let session = try self.session.open()
    let copy = Copy(session.spec, keys: session.keys, shell: try session.shell())
    let line = ProgressLine(clock: session.clock)
    let progress: Copy.Progress = { line.show($0, $1, of: $2) }
    let nodes: [NodeSpec]
    let results: [Result<Copy.Copied, ForgeError>]
    let timeout = timeout.duration
    defer { line.clear() }
    switch (CopyPlace(source), CopyPlace(destination)) {
    case (.local(let path), .nodes(let set, let target)):
      nodes = try session.spec.nodes(inSets: [set])
      results = try await untilInterrupted { [nodes] in
        try await copy.upload(path, to: target, on: nodes, timeout: timeout, progress: progress)
      }
    case (.nodes(let set, let path), .local(let target)):
      nodes = try session.spec.nodes(inSets: [set])
      guard nodes.count == 1 else {
        throw ForgeError(
          .configuration, "a file comes from one node", on: set,
          advice: "copy from each into a file of its own")
      }
      results = [
        try await untilInterrupted { [nodes] in
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
    if session.output.output == .json {
      Console.standard.printResult(try CopyRecord(nodes, results).prettyJSON())
    } else {
      for case .failure(let error) in results { Console.standard.printError(error) }
      if session.output.verbose {
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
