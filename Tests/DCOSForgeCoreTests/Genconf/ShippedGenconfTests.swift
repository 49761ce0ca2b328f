@testable import ForgeGenconf
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// The shipped `genconf`.
@Suite struct ShippedGenconfTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("genconf")

  @Test func theGeneratorCanReadIt() throws {
    let bytes = Array(try Data(contentsOf: Self.folder.appendingPathComponent("cluster.yaml")))
    // The installer's image has no locale: anything but ASCII crashes it, comments included.
    #expect(bytes.allSatisfy { $0 < 0x80 })
    let text = String(decoding: bytes, as: UTF8.self)
    for node in Samples.spec.nodes(.master) { #expect(text.contains("- \(node.address)\n")) }
    #expect(text.contains("bootstrap_url: \(Samples.spec.bootstrapURL)\n"))
    #expect(text.contains("resolvers:\n  - \(Samples.spec.network.gateway)\n"))
  }

  /// Every release takes it, and nothing is to be said against it.
  @Test func everySupportedReleaseAcceptsIt() throws {
    let contents = try GenconfFolder(path: Self.folder.path).contents()
    for version in Self.releases {
      let evaluated = EvaluatedGenconf(
        config: contents.config, file: contents.configPath, contents: contents.asInstallerSees,
        version: version)
      #expect(evaluated.evaluation.verdict == .accepted, "\(version)")
      #expect(evaluated.evaluation.findings.isEmpty, "\(version): \(evaluated.evaluation.findings)")
    }
  }

  private static let releases: [DCOSVersion] =
    (0...13).map { DCOSVersion(1, 11, $0) } + (0...5).map { DCOSVersion(1, 12, $0) }
    + (0...9).map { DCOSVersion(1, 13, $0) } + (0...6).map { DCOSVersion(2, 0, $0) }
    + (0...2).map { DCOSVersion(2, 1, $0) } + (0...1).map { DCOSVersion(2, 2, $0) }

  @Test func ipDetectAsksForTheRouteToTheFirstMaster() throws {
    let text = try String(
      contentsOf: Self.folder.appendingPathComponent("ip-detect"), encoding: .utf8)
    let first = try #require(Samples.spec.nodes(.master).first)
    #expect(text.contains("\npeer=\(first.address)\n"))
  }
}
