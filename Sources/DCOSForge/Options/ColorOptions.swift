import ArgumentParser

/// The option against colours.
///
/// It is declared here for the help; ``Console/standard`` reads it, because errors of the command
/// line itself obey it too.
struct ColorOptions: ParsableArguments {
  @Flag(name: .customLong("no-color"), help: "Print without colours.")
  var noColor = false
}
