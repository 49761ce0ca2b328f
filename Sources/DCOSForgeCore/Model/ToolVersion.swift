/// dcosforge's own release.
public enum ToolVersion {
  /// The number; `dev` behind it until it is released.
  public static let number = "0.1.0-dev"
}
