import ForgeSupport
import ForgeNodeProtocol
import ArgumentParser
import DCOSForgeCore

/// Lists the members of the cluster.
struct NodesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nodes",
    abstract: "List the masters and agents that the running cluster knows, as dcos node does.",
    discussion: """
      The first master that answers is enough. Exit codes: 5 no master can be reached; 6 no master \
      has an answer.

      Examples:
        dcosforge nodes
        dcosforge nodes -o json
      """)

  @OptionGroup var session: SessionOptions

  func run() async throws {
    let session = try self.session.open()
    let masters = AskMasters(session.spec, keys: session.keys, context: try session.context())
    let listing = try await masters.nodes()
    switch self.session.output {
    case .text:
      let text = NodeListingText(session.spec, listing)
      Console.standard.printResult(text.lines.joined(separator: "\n"))
      for note in text.notes { Console.standard.printNote("note: \(note)") }
    case .json:
      Console.standard.printData(try NodeListingRecord(session.spec, listing).prettyJSON())
    }
  }
}
