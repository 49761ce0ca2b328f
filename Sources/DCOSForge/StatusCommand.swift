import ArgumentParser
import DCOSForgeCore

/// Shows how the cluster is.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how the cluster is and, if it is not well, the first cause.",
    discussion: "Exit code 0: healthy; 10: degraded; 11: down; 12: could not be asked.")

  @OptionGroup var session: SessionOptions

  func run() async throws {
    let session = try self.session.open()
    let status = Status(
      session.spec, keys: session.keys, hypervisor: session.hypervisor,
      shell: try session.shell())
    let report = await status.read()
    switch self.session.output.output {
    case .text:
      Console.standard.printResult(StatusText(session.spec, report).lines.joined(separator: "\n"))
    case .json:
      Console.standard.printResult(try StatusRecord(session.spec, report).prettyJSON())
    }
    let exit = report.health.verdict.exitStatus
    if exit != .success { throw ExitCode(exit.rawValue) }
  }
}
