import ForgeModel
import ForgeNodeProtocol
import ForgeDCOS
import ArgumentParser
import DCOSForgeCore

/// Sets the `dcos` command line up for the cluster.
struct DCOSCLICommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dcos-cli",
    abstract: "Set up the dcos command line for this cluster, with dcos cluster setup.",
    discussion: """
      The program dcos takes over: its questions and its exit code are its own. If the cluster \
      wants a login, dcos uses https with --insecure, because DC/OS signs its certificate itself.

      Examples:
        dcosforge dcos-cli
        dcosforge dcos-cli -- --username=alice
      """)

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var color: ColorOptions

  @Argument(
    parsing: .postTerminator,
    help: "After --: options for dcos cluster setup.")
  var options: [String] = []

  func run() async throws {
    let spec = try cluster.cluster().spec
    guard Handover.find("dcos") != nil else { throw DCOSCLISetup.missing(spec.dcos.version) }
    let dashboards = Endpoint.list(of: spec).filter { $0.service == .dashboard }
    let readings = try await WebCheck().ask(dashboards.map(\.url))
    guard let answering = zip(dashboards, readings).first(where: { $1.isAnswer })?.0 else {
      throw EndpointsCommand.noDashboard(dashboards, readings)
    }
    // Cosmos stands behind the login when there is one.
    let asked = try await WebCheck().ask([answering.url + "capabilities"])
    let setup = DCOSCLISetup(
      dashboard: answering.url, wantsLogin: asked.contains { $0.http == 401 }, options: options)
    for note in setup.notes { Console.standard.printNote("note: \(note)") }
    Console.standard.printNote(setup.words.joined(separator: " "))
    try Handover.become(setup.words)
    throw DCOSCLISetup.missing(spec.dcos.version)
  }
}
