import ArgumentParser
import ForgeModel
import ForgeSupport

/// A duration on the command line: `90s`, `10m`, `1h30m`.
struct TimeLimit: ExpressibleByArgument {
  var duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    guard let duration = Duration(argument) else { return nil }
    self.duration = duration
  }

  var defaultValueDescription: String { duration.brief }
}
