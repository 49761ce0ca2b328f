import ArgumentParser

/// The option against prepared layers.
struct LayerOptions: ParsableArguments {
  @Flag(
    name: .customLong("no-prepared-layer"),
    help: "Use and make no prepared layer: machines start from the base image.")
  var noLayer = false
}
