import ArgumentParser

/// What is known about the cluster file.
struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the cluster file's settings or its schema.",
    subcommands: [ConfigShow.self, ConfigSchema.self])
}
