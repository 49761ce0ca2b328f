import ForgeSupport
import ForgeNodeProtocol
import ArgumentParser
import DCOSForgeCore

/// Lists the services of the cluster.
struct ServicesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "services",
    abstract: "List the services that are registered with Mesos, as dcos service does.",
    discussion: """
      The first master that answers is enough. Exit codes: 5 no master can be reached; 6 no master \
      has an answer.

      Examples:
        dcosforge services
        dcosforge services --marathon
      """)

  @OptionGroup var session: SessionOptions

  @Flag(help: "Print what Marathon reports about itself, as dcos marathon about does.")
  var marathon = false

  func run() async throws {
    let session = try self.session.open()
    let masters = AskMasters(session.spec, keys: session.keys, context: try session.context())
    let isJSON = self.session.output == .json
    if marathon {
      let info = try await masters.marathon()
      Console.standard.printData(
        isJSON
          ? try MarathonRecord(session.spec, info).prettyJSON() : try info.content.prettyJSON())
    } else {
      let listing = try await masters.services()
      if isJSON {
        Console.standard.printData(try ServiceListingRecord(session.spec, listing).prettyJSON())
      } else {
        Console.standard.printResult(ServiceListingText(listing).lines.joined(separator: "\n"))
      }
    }
  }
}
