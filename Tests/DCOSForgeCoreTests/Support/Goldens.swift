import Foundation
import Testing

/// Texts that are kept under `Goldens/` and compared with what the code makes.
enum Goldens {
  private static let folder =
    "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Goldens/"

  /// Expects the text to be the one that is kept.
  ///
  /// With `DCOSFORGE_RECORD_GOLDENS=1` the text is kept instead, to be read as a change in review.
  static func expect(
    _ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let path = folder + name
    if ProcessInfo.processInfo.environment["DCOSFORGE_RECORD_GOLDENS"] == "1" {
      try FileManager.default.createDirectory(
        atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
        withIntermediateDirectories: true)
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    let kept = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == kept, "differs from Goldens/\(name)", sourceLocation: sourceLocation)
  }
}
