import ForgeModel
import ArgumentParser
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
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      exit(withError: ExitCode(report(error).rawValue))
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
  /// All findings.
  var diagnostics: [Diagnostic]
}
