import ForgeSupport
import ForgeConfiguration
import ArgumentParser
import DCOSForgeCore

/// Prints the JSON Schema of the cluster file.
struct ConfigSchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of the cluster file.",
    discussion: """
      Examples:
        dcosforge config schema >dcosforge.schema.json
      """)

  func run() throws {
    Console.standard.printData(try ClusterFileSchema.value.prettyJSON())
  }
}
