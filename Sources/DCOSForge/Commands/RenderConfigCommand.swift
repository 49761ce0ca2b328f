import ForgeModel
import ForgeGenconf
import ArgumentParser
import DCOSForgeCore

/// Prints DC/OS's configuration as its installer gets it.
struct RenderConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Print the DC/OS configuration that up uses, and where each value comes from.",
    discussion: """
      Examples:
        dcosforge render config
      """)

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var color: ColorOptions

  func run() throws {
    let spec = try cluster.cluster().spec
    let contents = try GenconfFolder(path: spec.dcos.genconf).contents()
    let filled = FilledGenconf(
      config: contents.config, file: contents.configPath, cluster: spec)
    Console.standard.printData(filled.annotated)
  }
}
