import ForgeSupport
import ForgeNodeProtocol
import ForgeModel
import ForgeDCOS
import ArgumentParser
import DCOSForgeCore
import Glibc

/// Lists the cluster's web pages.
struct EndpointsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "endpoints",
    abstract: "List the web pages of every master, and whether each answers this machine.",
    discussion: """
      Exit code 5: no dashboard answers.

      Examples:
        dcosforge endpoints
        dcosforge endpoints --open
      """)

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "List the pages without asking any.")
  var noCheck = false

  @Flag(help: "Open the dashboard of a master that answers in this desktop's browser.")
  var open = false

  func run() async throws {
    let spec = try cluster.cluster().spec
    let endpoints = Endpoint.list(of: spec)
    let readings = noCheck ? [] : try await WebCheck().ask(endpoints.map(\.url))
    let text = EndpointText(endpoints, readings)
    let answering = zip(endpoints, readings).first { $0.service == .dashboard && $1.isAnswer }?.0
    if open {
      let dashboard = answering ?? (noCheck ? endpoints.first : nil)
      guard let dashboard else { throw Self.noDashboard(endpoints, readings) }
      try Handover.become(["xdg-open", dashboard.url])
      throw ForgeError(
        .configuration, "xdg-open is missing", on: dashboard.url,
        advice: "open the page in a browser; if this machine has none: "
          + "dcosforge ssh --config >nodes.ssh; ssh -F nodes.ssh -N -L 8000:localhost:80 "
          + "\(dashboard.node); then http://localhost:8000/")
    }
    switch output.output {
    case .text: Console.standard.printResult(text.lines.joined(separator: "\n"))
    case .json: Console.standard.printData(try text.record(cluster: spec.name).prettyJSON())
    }
    if answering == nil, !noCheck { throw ExitCode(ExitStatus.unreachable.rawValue) }
  }

  /// The error when no dashboard answers.
  static func noDashboard(_ endpoints: [Endpoint], _ readings: [HTTPReading]) -> ForgeError {
    let seen = zip(endpoints, readings).filter { $0.0.service == .dashboard }
      .map { "\($0.node) \($0.url): \($1.observation)" }
    return ForgeError(
      .unreachable, "no dashboard answers", observed: seen.joined(separator: "\n"),
      advice: "dcosforge status shows what is not healthy")
  }
}
