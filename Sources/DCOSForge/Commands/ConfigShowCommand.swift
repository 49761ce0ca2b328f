import ForgeSupport
import ForgeConfiguration
import ArgumentParser
import DCOSForgeCore

/// Prints the settings in force.
struct ConfigShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Print the cluster file with all defaults, paths and variables filled in.",
    discussion: """
      Examples:
        dcosforge config show
        dcosforge config show -c north.yaml -o json
      """)

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let reading = try cluster.read().reading
    guard let settings = reading.settings else {
      throw InvalidConfiguration(diagnostics: reading.diagnostics)
    }
    let console = Console.standard
    console.print(reading.diagnostics)
    switch output.output {
    case .text: console.printData(ClusterFileText.yaml(settings))
    case .json: console.printData(try settings.prettyJSON())
    }
  }
}
