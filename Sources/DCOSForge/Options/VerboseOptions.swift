import ArgumentParser

/// The option for more output.
struct VerboseOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Print every event of the run as a line of its own.")
  var verbose = false
}
