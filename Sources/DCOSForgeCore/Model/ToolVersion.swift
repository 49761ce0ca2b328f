/// dcosforge's own release.
package enum ToolVersion {
  /// The number; `dev` behind it until it is released.
  package static let number = "0.1.0-dev"
}
