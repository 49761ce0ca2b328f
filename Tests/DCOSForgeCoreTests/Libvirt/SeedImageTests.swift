@testable import ForgeModel
@testable import ForgeLibvirt
import Foundation
import Subprocess
import Testing

@testable import DCOSForgeCore

/// Whether xorriso is on this machine; `make test` promises nothing beyond the toolchain.
private let hasXorriso =
  ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: $0 + "/xorriso")
  } ?? false

@Suite(.serialized, .enabled(if: hasXorriso, "xorriso is not installed")) struct SeedImageTests {
  private let files = [
    "meta-data": "{}\n", "user-data": "#cloud-config\n{}\n",
    "network-config": String(repeating: "long ", count: 5000),
  ]

  @Test func theSameFilesGiveTheSameBytes() async throws {
    let one = try await SeedImage.build(files)
    try await Task.sleep(for: .milliseconds(1100))  // the resolution of dates in the image is 1 s
    let two = try await SeedImage.build(files)
    let isSame = one == two
    #expect(isSame)
    var others = files
    others["meta-data"] = "{ }\n"
    let differs = try await SeedImage.build(others) != one
    #expect(differs)
  }

  @Test func theImageIsLabelledAndHoldsTheFiles() async throws {
    let image = try await SeedImage.build(files)
    // The primary volume descriptor is sector 16; its label stands at byte 40.
    let descriptor = image[(16 * 2048)...]
    #expect(Array(descriptor.dropFirst(1).prefix(5)) == Array("CD001".utf8))
    #expect(String(decoding: descriptor.dropFirst(40).prefix(8), as: UTF8.self) == "cidata  ")

    let path = FileManager.default.temporaryDirectory.path + "/dcosforge-test-\(UUID()).iso"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(image).write(to: URL(fileURLWithPath: path))
    for (name, text) in files {
      let result = try await run(
        .name("xorriso"),
        arguments: [
          "-no_rc", "-osirrox", "on", "-indev", path, "-concat", "append", "-", "/" + name, "--",
        ], output: .string(limit: 1 << 20), error: .discarded)
      #expect(result.standardOutput == text)
    }
  }

  @Test func nothingStaysBehind() async throws {
    func folders() throws -> Set<String> {
      let all = try FileManager.default.contentsOfDirectory(
        atPath: FileManager.default.temporaryDirectory.path)
      return Set(all.filter { $0.hasPrefix("dcosforge-seed-") })
    }
    let before = try folders()
    _ = try await SeedImage.build(files)
    await #expect(throws: ForgeError.self) { try await SeedImage.build(["no/such/folder": ""]) }
    #expect(try folders().subtracting(before).isEmpty)
  }
}
