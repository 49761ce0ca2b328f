import ForgeSupport
import ForgeDCOS
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Checks the cluster file and DC/OS's own configuration.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check the cluster file and the DC/OS configuration, as DC/OS's installer does.",
    discussion: """
      It reads only these files: it contacts nothing and changes nothing. dcosforge explain NAME \
      explains a parameter.

      Exit codes: 0 there is no error; 3 there is one, or with --strict a warning.

      Examples:
        dcosforge validate
        dcosforge validate -c north.yaml --strict
        dcosforge validate --genconf genconf --dcos-version 2.2.0
      """)

  /// How findings are printed.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json, sarif, github
  }

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var color: ColorOptions

  @Option(
    name: [.customShort("o"), .long, .customLong("format")],
    help: ArgumentHelp("The form of the findings.", valueName: "form"))
  var output = Format.text

  @Flag(name: .shortAndLong, help: "Print the table of nodes too.")
  var verbose = false

  @Option(
    help: ArgumentHelp(
      "The folder that holds the DC/OS configuration.",
      discussion: "Without -c it is evaluated alone, without a cluster file.", valueName: "folder")
  )
  var genconf: String?

  @Option(
    help: ArgumentHelp(
      "The DC/OS release.", discussion: "Default: the release in the cluster file.",
      valueName: "x.y.z"))
  var dcosVersion: Release?

  @Flag(help: "Count warnings as errors.")
  var strict = false

  @Option(
    help: ArgumentHelp("Leave out dcosforge's findings with this id; repeatable.", valueName: "id"))
  var silence: [String] = []

  func run() throws {
    let report: InputReport
    if let genconf, cluster.config == nil {
      report = try InputReport(genconf: genconf, dcosVersion?.version ?? .founding, silenced)
    } else {
      report = try InputReport(cluster, genconf: genconf, version: dcosVersion?.version, silenced)
    }
    try print(report)
    let isBad = report.diagnostics.contains { $0.severity == .error || strict }
    if isBad { throw ExitCode(ExitStatus.configuration.rawValue) }
  }

  private var silenced: Set<String> { Set(silence) }

  private func print(_ report: InputReport) throws {
    let console = Console.standard
    let records = FindingReport(verdict: report.verdict, findings: report.records)
    switch output {
    case .json: console.printData(try records.prettyJSON())
    case .sarif: console.printData(try records.sarif.prettyJSON())
    case .github: console.printData(records.gitHubLines.joined(separator: "\n"))
    case .text:
      console.print(report.diagnostics)
      console.printResult(report.summary(isVerbose: verbose).joined(separator: "\n"))
    }
  }
}
