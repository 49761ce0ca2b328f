import ForgeSupport
import ForgeDCOS
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Checks the cluster file and DC/OS's own configuration.
struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the cluster file and DC/OS's configuration, as its installer would.",
    discussion: """
      Nothing is asked and nothing is touched but these files. Exit code 0 without errors, 3 with one of \
      either source; warnings count as errors under --strict. `dcosforge explain` tells about a parameter.
      """)

  /// How findings are printed.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json, sarif, github
  }

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var color: ColorOptions

  @Option(
    name: [.customShort("o"), .long, .customLong("format")],
    help: ArgumentHelp("How findings are printed.", valueName: "form"))
  var output = Format.text

  @Flag(name: .shortAndLong, help: "Print the nodes too.")
  var verbose = false

  @Option(
    help: ArgumentHelp(
      "The folder with DC/OS's configuration.",
      discussion: "Without -c it is judged by itself, without a cluster file.", valueName: "folder")
  )
  var genconf: String?

  @Option(
    help: ArgumentHelp(
      "The DC/OS release; that of the cluster file by default.", valueName: "x.y.z"))
  var dcosVersion: Release?

  @Flag(help: "Let warnings fail.")
  var strict = false

  @Option(
    help: ArgumentHelp("Leave out this tool's findings of an id; repeatable.", valueName: "id"))
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
    case .json: console.printResult(try records.prettyJSON())
    case .sarif: console.printResult(try records.sarif.prettyJSON())
    case .github: console.printResult(records.gitHubLines.joined(separator: "\n"))
    case .text:
      console.print(report.diagnostics)
      console.printResult(report.summary(isVerbose: verbose).joined(separator: "\n"))
    }
  }
}

/// A release on the command line.
struct Release: ExpressibleByArgument {
  var version: DCOSVersion

  init?(argument: String) {
    guard let version = DCOSVersion(argument), version.isSupported else { return nil }
    self.version = version
  }
}
