import ArgumentParser

/// How results are printed.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case text
  case json
}

/// The options that say how a command prints.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("The form of the output.", valueName: "form"))
  var output = OutputFormat.text

  @OptionGroup var color: ColorOptions
}
