import ForgeSupport
import ForgeModel
import ForgeHealth
import ForgeGenconf
import ArgumentParser
import DCOSForgeCore

/// Explains a DC/OS parameter or a known fault.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain a parameter of the DC/OS configuration, or a known fault.",
    discussion: """
      Without a name it lists all known faults.

      Examples:
        dcosforge explain master_list
        dcosforge explain disk-full
        dcosforge explain
      """)

  @Argument(help: "The parameter, or the id of the known fault.")
  var name: String?

  @OptionGroup var color: ColorOptions

  func run() throws {
    guard let name else {
      let known = KnownFaults.all.map { "\($0.id): \($0.title)" }
      Console.standard.printResult(known.joined(separator: "\n"))
      return
    }
    if let fault = KnownFaults.named(name) {
      Console.standard.printResult(KnownFaultText(fault).lines.joined(separator: "\n"))
    } else if let found = GenconfParameters.named(name) {
      Console.standard.printResult(ParameterText(found).lines.joined(separator: "\n"))
    } else {
      let near = GenconfParameters.nearest(to: name) ?? KnownFaults.nearest(to: name)
      throw ForgeError(
        .configuration, "is no parameter of DC/OS 1.11 to 2.2 and no known fault", on: name,
        advice: near.map { "did you mean \($0)?" }
          ?? "docs/parameters.md lists the parameters, dcosforge explain lists the faults")
    }
  }
}
