@testable import ForgeConfiguration
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

/// `docs/configuration.md` says what the table and the rules say.
@Suite struct ConfigurationPageTests {
  private static let root =
    "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
  private static let page = root + "/docs/configuration.md"

  private func rows(_ keys: [KeyDescription], _ prefix: String) -> [String] {
    keys.flatMap { key -> [String] in
      let path = prefix + key.name
      if !key.children.isEmpty { return rows(key.children, path + (key.isList ? "[]." : ".")) }
      let value =
        if key.isRequired {
          "needed"
        } else {
          key.value.map { "`\(ClusterFileText.flow($0))`" } ?? "–"
        }
      return ["| `\(path)` | \(key.summary) | \(key.kind) | \(value) |"]
    }
  }

  private var reference: String {
    ClusterFile.description.map { key in
      let keys = rows([key], "")
      let head =
        "### \(key.name)\n\n\(key.summary).\n\n"
        + "| key | meaning | value | default |\n|---|---|---|---|\n"
      return head + keys.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  @Test func theReferenceIsUpToDate() throws {
    let text = try String(contentsOfFile: Self.page, encoding: .utf8)
    let begin = try #require(text.firstRange(of: " again -->\n"))
    let end = try #require(text.firstRange(of: "<!-- end of keys -->"))
    let wanted = "\n" + reference + "\n"
    guard text[begin.upperBound..<end.lowerBound] != wanted else { return }
    if ProcessInfo.processInfo.environment["DCOSFORGE_RECORD"] == "1" {
      let new = text[..<begin.upperBound] + wanted + text[end.lowerBound...]
      try new.write(toFile: Self.page, atomically: true, encoding: .utf8)
    }
    Issue.record("docs/configuration.md differs from the table; DCOSFORGE_RECORD=1 writes it again")
  }

  /// The ids of findings in the sources, found by their form.
  private func ids() throws -> Set<String> {
    let folder = Self.root + "/Sources/DCOSForgeCore/Configuration"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    let form = try Regex<(Substring, Substring)>("\"([a-z]{2,}(?:-[a-z]+)+)\"")
    return Set(
      try files.flatMap { file in
        try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
          .matches(of: form).map { String($0.output.1) }
      })
  }

  @Test func everyFindingIsDocumented() throws {
    let text = try String(contentsOfFile: Self.page, encoding: .utf8)
    let ids = try ids()
    #expect(ids.count > 20)
    #expect(ids.filter { !text.contains("`\($0)`") }.sorted() == [])
  }

  /// Each kind of finding has a file that brings it.
  @Test func everyFindingIsPlanted() throws {
    let planted =
      FindingTests.faults.map(\.id) + [
        "no-agents", "small-memory", "single-vcpu", "too-many-findings", "hypervisor-session",
        "docker-misread",
      ]
    #expect(try ids().subtracting(planted).sorted() == [])
  }
}
