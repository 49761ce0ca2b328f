import ArgumentParser

/// What is known about the cluster file.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Print the settings of the cluster file, or its schema.",
    subcommands: [ConfigShowCommand.self, ConfigSchemaCommand.self])
}
