import ArgumentParser
import DCOSForgeCore

/// The option of commands that read the cluster's health.
struct HealthOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The longest time one node may take to connect and answer.", valueName: "duration"))
  var nodeTimeout = TimeLimit(Status.deadline)
}
