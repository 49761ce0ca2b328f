import ForgeSupport
import ForgeNodeProtocol
import ArgumentParser
import DCOSForgeCore

/// Lists the members of the cluster.
struct NodesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nodes",
    abstract: "List the masters and agents that the running cluster knows, as `dcos node` does.",
    discussion: """
      Any master that answers will do. Exit code 5: no master can be reached; 6: none has an answer.
      """)

  @OptionGroup var session: SessionOptions

  func run() async throws {
    let session = try self.session.open()
    let masters = AskMasters(session.spec, keys: session.keys, shell: try session.shell())
    let listing = try await masters.nodes()
    switch self.session.output.output {
    case .text:
      let text = NodeListingText(session.spec, listing)
      Console.standard.printResult(text.lines.joined(separator: "\n"))
      for note in text.notes { Console.standard.printNote("note: \(note)") }
    case .json:
      Console.standard.printResult(try NodeListingRecord(session.spec, listing).prettyJSON())
    }
  }
}

/// Lists the services of the cluster.
struct ServicesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "services",
    abstract: "List the services that are registered with Mesos, as `dcos service` does.",
    discussion: """
      Any master that answers will do. Exit code 5: no master can be reached; 6: none has an answer.
      """)

  @OptionGroup var session: SessionOptions

  @Flag(help: "Print what Marathon says of itself instead, as `dcos marathon about` does.")
  var marathon = false

  func run() async throws {
    let session = try self.session.open()
    let masters = AskMasters(session.spec, keys: session.keys, shell: try session.shell())
    let isJSON = self.session.output.output == .json
    let text: String
    if marathon {
      let info = try await masters.marathon()
      text =
        isJSON
        ? try MarathonRecord(session.spec, info).prettyJSON() : try info.content.prettyJSON()
    } else {
      let listing = try await masters.services()
      text =
        isJSON
        ? try ServiceListingRecord(session.spec, listing).prettyJSON()
        : ServiceListingText(listing).lines.joined(separator: "\n")
    }
    Console.standard.printResult(text)
  }
}
