import ArgumentParser

/// Shows what is made of the operator's files.
struct RenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Print what dcosforge makes from the operator's files.",
    subcommands: [RenderConfigCommand.self])
}
