import ForgeModel
import ForgeGenconf
import ArgumentParser
import DCOSForgeCore

/// Shows what is made of the operator's files.
struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print what dcosforge makes of the files.", subcommands: [RenderConfig.self])
}

/// Prints DC/OS's configuration as its installer gets it.
struct RenderConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract:
      "Print DC/OS's configuration with what follows from the nodes, and where each value is from.")

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var color: ColorOptions

  func run() throws {
    let spec = try cluster.cluster().spec
    let contents = try GenconfFolder(path: spec.dcos.genconf).contents()
    let filled = FilledGenconf(
      config: contents.config, file: contents.configPath, cluster: spec)
    Console.standard.printResult(filled.annotated)
  }
}
