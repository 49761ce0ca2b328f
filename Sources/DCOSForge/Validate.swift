import ArgumentParser
import DCOSForgeCore

/// Checks the cluster file.
struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the cluster file and show every finding.")

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var output: OutputOptions

  /// The JSON result.
  private struct Result: Encodable {
    var schema = 1
    var file: String
    var isBuiltIn: Bool
    var isValid: Bool
    var diagnostics: [Diagnostic]
  }

  func run() throws {
    let (input, reading) = try cluster.read()
    let console = Console.standard
    switch output.output {
    case .json:
      let result = Result(
        file: input.name, isBuiltIn: input.isBuiltIn, isValid: reading.cluster != nil,
        diagnostics: reading.diagnostics)
      console.printResult(try result.prettyJSON())
    case .text:
      console.print(reading.diagnostics)
      guard let spec = reading.cluster else { break }
      let name = input.isBuiltIn ? "no \(input.name), built-in cluster" : input.name
      console.printResult("\(name): valid, \(spec.summary)")
      if output.verbose { console.printResult(spec.nodeTable.joined(separator: "\n")) }
    }
    if reading.cluster == nil { throw ExitCode(ExitStatus.configuration.rawValue) }
  }
}
