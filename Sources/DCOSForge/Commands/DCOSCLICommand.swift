import ForgeModel
import ForgeNodeProtocol
import ForgeDCOS
import ArgumentParser
import DCOSForgeCore

/// Sets the `dcos` command line up for the cluster.
struct DCOSCLICommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dcos-cli",
    abstract: "Set the `dcos` command line up for this cluster: `dcos cluster setup`.",
    discussion: """
      Hands over to the program `dcos`, whose exit code and questions these are then. With a login it is \
      led to https, whose certificate DC/OS has signed itself (--insecure).
      """)

  @OptionGroup var session: SessionOptions

  @Argument(
    parsing: .postTerminator,
    help: "After --: more options of `dcos cluster setup`, such as --username=NAME.")
  var options: [String] = []

  func run() async throws {
    let spec = try session.open().spec
    guard Handover.find("dcos") != nil else { throw DCOSCLISetup.missing(spec.dcos.version) }
    let dashboards = Endpoint.list(of: spec).filter { $0.service == .dashboard }
    let readings = try await WebCheck().ask(dashboards.map(\.url))
    guard let living = zip(dashboards, readings).first(where: { $1.isAnswer })?.0 else {
      throw EndpointsCommand.noDashboard(dashboards, readings)
    }
    // Cosmos stands behind the login when there is one.
    let asked = try await WebCheck().ask([living.url + "capabilities"])
    let setup = DCOSCLISetup(
      dashboard: living.url, wantsLogin: asked.contains { $0.http == 401 }, options: options)
    for note in setup.notes { Console.standard.printNote("note: \(note)") }
    Console.standard.printNote(setup.words.joined(separator: " "))
    try Handover.become(setup.words)
    throw DCOSCLISetup.missing(spec.dcos.version)
  }
}
