import ArgumentParser
import DCOSForgeCore

/// Tells what is known of a DC/OS parameter.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what a parameter of DC/OS's configuration is, by release.")

  @Argument(help: "The parameter.")
  var parameter: String

  @OptionGroup var color: ColorOptions

  func run() throws {
    guard let found = GenconfParameters.named(parameter) else {
      let near = GenconfParameters.nearest(to: parameter)
      throw ForgeError(
        .configuration, "is no parameter of DC/OS 1.11 to 2.2", on: parameter,
        advice: near.map { "did you mean \($0)?" } ?? "docs/parameters.md lists all")
    }
    Console.standard.printResult(ParameterText(found).lines.joined(separator: "\n"))
  }
}
