import ArgumentParser

/// The command line.
@main
struct DCOSForge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dcosforge",
    abstract: "Turn a file into a running DC/OS cluster on libvirt.")
}
