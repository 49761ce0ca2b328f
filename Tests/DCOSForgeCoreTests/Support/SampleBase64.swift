import FoundationEssentials

/// Base64 for tests.
enum SampleBase64 {
  static func text(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
