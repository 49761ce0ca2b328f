import ForgeSupport
import ForgeHealth
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Walks through the checks and explains the first cause.
struct DiagnoseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagnose",
    abstract: "Run all checks in order and explain the first cause, with its evidence.",
    discussion: """
      Exit codes, as of status: 0 healthy; 10 degraded; 11 down; 12 unknown.

      Examples:
        dcosforge diagnose
        dcosforge diagnose --node-timeout 30s
      """)

  @OptionGroup var session: SessionOptions
  @OptionGroup var reading: HealthOptions

  func run() async throws {
    let session = try self.session.open()
    let diagnosis = await Diagnose(
      session.spec, keys: session.keys, context: try session.context(),
      deadline: reading.nodeTimeout.duration, redaction: session.redaction
    ).run()
    switch self.session.output {
    case .text:
      Console.standard.printResult(
        DiagnosisText(session.spec, diagnosis).lines.joined(separator: "\n"))
    case .json:
      let record = DiagnosisRecord(
        session.spec, diagnosis, at: session.clock.wallMilliseconds)
      Console.standard.printData(try record.prettyJSON())
    }
    let exit = diagnosis.health.verdict.exitStatus
    if exit != .success { throw ExitCode(exit.rawValue) }
  }
}
