import ArgumentParser
import DCOSForgeCore
import ForgeConfiguration
import ForgeModel
import FoundationEssentials

/// The option that names the cluster file.
struct ClusterOptions: ParsableArguments {
  @Option(
    name: [.customShort("c"), .customLong("config")],
    help: ArgumentHelp(
      "The cluster file; - is standard input.",
      discussion: """
        Default: $DCOSFORGE_CONFIG, else dcosforge.yaml, else the built-in cluster of seven nodes.
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
