import ArgumentParser

/// The options of commands that work on a cluster and report in both forms.
struct SessionOptions: ParsableArguments {
  @OptionGroup var place: PlaceOptions
  @OptionGroup var printing: OutputOptions

  /// How results are printed.
  var output: OutputFormat { printing.output }

  /// Reads the cluster file and opens the cluster's state folder.
  func open() throws -> Session { try place.open() }
}
