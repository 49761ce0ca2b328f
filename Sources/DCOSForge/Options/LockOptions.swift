import ArgumentParser

/// The option of commands that hold the cluster's lock.
struct LockOptions: ParsableArguments {
  @Option(
    name: .customLong("lock-timeout"),
    help: ArgumentHelp("How long to wait for another run to end.", valueName: "duration"))
  var timeout = TimeLimit(.zero)
}
