import FoundationEssentials
import Testing

/// The rules of the house that the compiler does not hold, read from the sources themselves.
@Suite struct TidyTests {
  private struct SourceFile {
    var path: String
    var lines: [String]

    /// The folder below `Sources/DCOSForgeCore`, or the target's name.
    var folder: String {
      let parts = path.split(separator: "/").map(String.init)
      guard let index = parts.firstIndex(of: "DCOSForgeCore"), index + 2 < parts.count else {
        return parts.first ?? ""
      }
      return parts[index + 1]
    }
  }

  private static let root: String = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    return "/" + parts.joined(separator: "/")
  }()

  private static func files(under folder: String) throws -> [SourceFile] {
    let base = root + "/" + folder
    let paths = try FileManager.default.subpathsOfDirectory(atPath: base)
    return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
      let text = try String(contentsOfFile: base + "/" + path, encoding: .utf8)
      return SourceFile(
        path: folder + "/" + path,
        lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }
  }

  /// The lines of code that hold one of the texts; comments do not count.
  private func hits(_ texts: [String], in files: [SourceFile]) -> [String] {
    files.flatMap { file in
      file.lines.enumerated().filter { _, line in
        let code = line.components(separatedBy: "//").first ?? line
        return texts.contains { code.contains($0) }
      }.map { "\(file.path):\($0.offset + 1): \($0.element)" }
    }
  }

  @Test func theSourcesAreFound() throws {
    #expect(try Self.files(under: "Sources").count > 30)
    #expect(try Self.files(under: "Tests").contains { $0.path.hasSuffix("TidyTests.swift") })
  }

  @Test(arguments: [
    ("CLibvirt", "Libvirt"), ("CSSH2", "SSH"), ("CYAML", "Configuration"), ("CCrypto", "Support"),
  ])
  func aCLibraryIsImportedByOneFolder(_ module: String, _ folder: String) throws {
    let others = try Self.files(under: "Sources").filter { $0.folder != folder }
    #expect(hits(["import \(module)"], in: others).isEmpty)
  }

  @Test func timeComesFromTheContext() throws {
    let free = ["Libvirt", "SSH"]
    let core = try Self.files(under: "Sources/DCOSForgeCore").filter { !free.contains($0.folder) }
    let forbidden = [
      " Task {", "Task.detached", "Task.sleep", "Date()", "ContinuousClock()", "usleep(",
      "Thread.sleep", "DispatchQueue",
    ]
    #expect(hits(forbidden, in: core).isEmpty)
  }

  @Test func theCoreOfTheCoreIsPure() throws {
    let pure = ["Model", "Configuration", "DCOS", "Rendering", "Planning"]
    let core = try Self.files(under: "Sources/DCOSForgeCore").filter { pure.contains($0.folder) }
    #expect(core.count > 10)
    let forbidden = [
      "FileManager", "FileDescriptor", "ProcessInfo", "import Subprocess", "import Glibc", "async ",
      ".random(", "SystemRandomNumberGenerator",
    ]
    #expect(hits(forbidden, in: core).isEmpty)
  }

  @Test func nothingIsForcedOrLeftOpen() throws {
    let forbidden = ["try!", "fatalError(", "TODO", "FIXME", "XXX", "as!", "print(\"DEBUG"]
    #expect(hits(forbidden, in: try Self.files(under: "Sources")).isEmpty)
  }

  @Test func filesFitInAHead() throws {
    let long = try Self.files(under: "Sources").filter { $0.lines.count > 400 }
    #expect(long.map(\.path).isEmpty)
  }

  /// Nothing in the product knows the lab.
  @Test func theProductDoesNotKnowTheLab() throws {
    let texts = ["dcosforge-lab", "DCOSFORGE_LAB", "lab/"]
    #expect(hits(texts, in: try Self.files(under: "Sources")).isEmpty)
  }
}
