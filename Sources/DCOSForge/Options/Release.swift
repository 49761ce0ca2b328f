import ForgeDCOS
import ArgumentParser
import ForgeModel

/// A DC/OS release on the command line.
struct Release: ExpressibleByArgument {
  var version: DCOSVersion

  init?(argument: String) {
    guard let version = DCOSVersion(argument), version.isSupported else { return nil }
    self.version = version
  }
}
