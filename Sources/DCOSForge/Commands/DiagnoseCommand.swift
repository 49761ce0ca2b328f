import ForgeSupport
import ForgeHealth
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Walks through the checks and explains the first cause.
struct DiagnoseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagnose",
    abstract: "Walk through all checks in order; explain the first cause and prove it.",
    discussion: "Exit code as of status: 0 healthy, 10 degraded, 11 down, 12 unknown.")

  @OptionGroup var session: SessionOptions
  @OptionGroup var reading: HealthOptions

  func run() async throws {
    let session = try self.session.open()
    let diagnosis = await Diagnose(
      session.spec, try reading.status(of: session), redaction: session.redaction
    ).run()
    switch self.session.output.output {
    case .text:
      Console.standard.printResult(
        DiagnosisText(session.spec, diagnosis).lines.joined(separator: "\n"))
    case .json:
      let record = DiagnosisRecord(
        session.spec, diagnosis, at: session.clock.wallMilliseconds)
      Console.standard.printResult(try record.prettyJSON())
    }
    let exit = diagnosis.health.verdict.exitStatus
    if exit != .success { throw ExitCode(exit.rawValue) }
  }
}
