import ForgeModel
import Glibc
import ArgumentParser
import CTerminal
import DCOSForgeCore

/// The command line.
@main
struct DCOSForge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dcosforge",
    abstract: "Turn a file into a running DC/OS cluster on libvirt.",
    discussion: """
      Examples:
        dcosforge init     write a cluster file
        dcosforge plan     show what up would do
        dcosforge up       make the cluster
        dcosforge status   show its health
      """,
    version: ToolVersion.number,
    subcommands: [
      InitCommand.self, ValidateCommand.self, ConfigCommand.self, PlanCommand.self,
      UpCommand.self,
      StatusCommand.self, WaitCommand.self, DiagnoseCommand.self, LogsCommand.self,
      NodesCommand.self, ServicesCommand.self, EndpointsCommand.self, DCOSCLICommand.self,
      WipeCommand.self, RepairCommand.self, AdoptCommand.self, DestroyCommand.self,
      SSHCommand.self, ExecCommand.self, CpCommand.self,
      RehearseCommand.self, RenderCommand.self, ExplainCommand.self,
    ])

  /// Parses, runs, and ends with the exit code that belongs to the outcome.
  ///
  /// A result that could not be written counts more than what the result is.
  static func main() async {
    ct_prepare()
    let status = await run()
    // What ran out of time or was interrupted does not wait for a reader without end.
    let isCutShort = status == .timeout || status == .interrupted
    let fault = OutputQueue.standard.finish(within: isCutShort ? 2 : nil)
    if fault == 0 || fault == EPIPE || isCutShort && fault == ETIMEDOUT {
      Glibc.exit(status.rawValue)
    }
    Console.standard.printError(
      ForgeError(
        .internalFault, "the result could not be written",
        observed: unsafe String(cString: strerror(fault))))
    _ = OutputQueue.standard.finish(within: 2)
    Glibc.exit(ExitStatus.internalFault.rawValue)
  }

  private static func run() async -> ExitStatus {
    // Swift reads the arguments from /proc.
    guard !CommandLine.arguments.isEmpty else {
      return report(
        ForgeError(.internalFault, "the arguments cannot be read", advice: "mount /proc"))
    }
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return .success
    } catch {
      return report(error)
    }
  }

  /// Prints an error where it belongs and returns the exit code.
  static func report(_ error: any Error) -> ExitStatus {
    let console = Console.standard
    switch error {
    case let error as ForgeError:
      console.printError(error)
      return error.exitStatus
    case let error as Faults:
      for fault in error.errors { console.printError(fault) }
      return error.errors.first?.exitStatus ?? .internalFault
    case is Interrupted:
      return .interrupted
    case let error as InvalidConfiguration:
      console.print(error.diagnostics)
      return .configuration
    case let code as ExitCode:
      return ExitStatus(rawValue: code.rawValue) ?? .internalFault
    default:
      let message = fullMessage(for: error)
      switch exitCode(for: error) {
      case .success:
        console.printResult(message)
        return .success
      case .validationFailure:
        console.printNote(message)
        return .configuration
      default:
        console.printNote(message)
        return .internalFault
      }
    }
  }
}

/// The cluster file has errors.
struct InvalidConfiguration: Error {
  var diagnostics: [Diagnostic]
}
