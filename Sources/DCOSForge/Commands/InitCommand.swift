import ForgeModel
import ForgeConfiguration
import ArgumentParser
import DCOSForgeCore
import FoundationEssentials

/// Writes a starter file.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a commented cluster file to start from.",
    discussion: """
      Examples:
        dcosforge init
        dcosforge init -c north.yaml
        dcosforge init -c -
      """)

  @Option(
    name: [.customShort("c"), .customLong("config")],
    help: ArgumentHelp("The file to write; - is standard output.", valueName: "file"))
  var config = ClusterFileReader.usualName

  @Flag(help: "Replace the file if it exists.")
  var force = false

  @OptionGroup var color: ColorOptions

  func run() throws {
    guard config != "-" else { return Console.standard.printData(ClusterFileText.starter) }
    do {
      try Data(ClusterFileText.starter.utf8)
        .write(to: URL(filePath: config), options: force ? .atomic : .withoutOverwriting)
    } catch let error as CocoaError where error.code == .fileWriteFileExists {
      throw ForgeError(
        .refused, "the file is there already", on: config, advice: "--force replaces it")
    } catch {
      throw ForgeError(
        .configuration, "the file cannot be written", on: config, observed: "\(error)")
    }
    Console.standard.printNote("wrote \(config); next: dcosforge validate")
  }
}
