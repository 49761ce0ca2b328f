import ForgeModel
import ForgeConfiguration
import ArgumentParser
import DCOSForgeCore
import FoundationEssentials

/// How results are printed.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  /// For people.
  case text
  /// For programs.
  case json
}

/// The option against colours.
///
/// It is declared here for the help; ``Console/standard`` reads it, because errors of the command line
/// itself obey it too.
struct ColorOptions: ParsableArguments {
  @Flag(name: .customLong("no-color"), help: "Print without colours.")
  var noColor = false
}

/// The options that say how a command prints.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("How results are printed.", valueName: "text|json"))
  var output = OutputFormat.text

  @OptionGroup var color: ColorOptions

  @Flag(name: .shortAndLong, help: "Print more about what is done.")
  var verbose = false
}

/// The option against prepared layers.
struct LayerOptions: ParsableArguments {
  @Flag(
    name: .customLong("no-prepared-layer"),
    help: "Start machines from the base image only; a wipe makes no prepared layer.")
  var noLayer = false
}

/// The option that names the cluster file.
struct ClusterOptions: ParsableArguments {
  @Option(
    name: [.customShort("c"), .customLong("config")],
    help: ArgumentHelp(
      "The cluster file, - for standard input.",
      discussion: """
        Default: $DCOSFORGE_CONFIG, or dcosforge.yaml; without any, the seven nodes of the founding \
        installation.
        """, valueName: "file"))
  var config: String?

  /// Loads the file and reads it.
  func read() throws(ForgeError) -> (input: ClusterFileInput, reading: ClusterFileReader.Reading) {
    let environment = ProcessInfo.processInfo.environment
    let input = try ClusterFileInput.load(path: config, environment: environment)
    let reading = ClusterFileReader(environment: environment)
      .read(input.bytes, file: input.name, baseDirectory: input.baseDirectory)
    return (input, reading)
  }

  /// The cluster and its file; prints warnings, throws ``InvalidConfiguration`` on errors.
  func cluster() throws -> (spec: ClusterSpec, file: ClusterFileInput) {
    let (input, reading) = try read()
    guard let cluster = reading.cluster else {
      throw InvalidConfiguration(diagnostics: reading.diagnostics)
    }
    Console.standard.print(reading.diagnostics)
    return (cluster, input)
  }
}
