import ForgeModel
import ForgeConfiguration
import ArgumentParser
import DCOSForgeCore
import Glibc
import SystemPackage

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
    let bytes = Array(ClusterFileText.starter.utf8)
    if force {
      let file = try WholeFile(at: config)
      try file.write(bytes)
      try file.finish(mode: 0o666)
    } else {
      try make(bytes)
    }
    Console.standard.printNote("wrote \(config); next: dcosforge validate")
  }

  /// Writes the file; never replaces one, also not one that comes meanwhile.
  private func make(_ bytes: [UInt8]) throws {
    do {
      let file = try FileDescriptor.open(
        FilePath(config), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite])
      do {
        _ = try file.closeAfter { try file.writeAll(bytes) }
      } catch {
        unsafe unlink(config)
        throw error
      }
    } catch Errno.fileExists {
      throw ForgeError(
        .refused, "the file is there already", on: config, advice: "--force replaces it")
    } catch {
      throw ForgeError(
        .configuration, "the file cannot be written", on: config, observed: "\(error)")
    }
  }
}
