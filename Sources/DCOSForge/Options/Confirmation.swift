import ArgumentParser
import ForgeModel

/// The question before something is removed.
struct Confirmation: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Do not ask for confirmation.")
  var yes = false

  init() {}

  init(yes: Bool) { self.yes = yes }

  /// Asks for the cluster's name; throws category `refused` when it is not given, or nobody can be
  /// asked.
  func confirm(_ what: String, _ spec: ClusterSpec) async throws(ForgeError) {
    if yes { return }
    Console.standard.printNote("\(what)\nType the cluster's name (\(spec.name)) to continue:")
    guard Console.standard.isInteractive, await Console.standard.readAnswer() == spec.name else {
      throw ForgeError(
        .refused, "not confirmed, nothing was removed", on: spec.name,
        advice: "type the cluster's name, or use --yes", disposition: .final)
    }
  }
}
