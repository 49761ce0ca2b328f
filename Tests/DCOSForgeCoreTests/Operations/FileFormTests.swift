import Foundation
@testable import ForgeHealth
@testable import ForgeModel
@testable import ForgePlanning
import Testing

@testable import DCOSForgeCore

/// What the first bytes of an image, an installer or an archive say.
@Suite struct FileFormTests {
  struct Wrong: Sendable {
    var artifact: Artifact
    var content: [UInt8]
    var form: FileForm
    var advice: String

    init(_ artifact: Artifact, _ content: [UInt8], _ form: FileForm, _ advice: String) {
      self.artifact = artifact
      self.content = content
      self.form = form
      self.advice = advice
    }
  }

  private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// A text that stands at an offset between other bytes.
  private static func text(_ text: String, at offset: Int, fill: UInt8 = 0) -> [UInt8] {
    [UInt8](repeating: fill, count: offset) + Array(text.utf8) + [1]
  }

  private static func changed(_ bytes: [UInt8], at offset: Int, to byte: UInt8) -> [UInt8] {
    var bytes = bytes
    bytes[offset] = byte
    return bytes
  }

  private static let xz: [UInt8] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00, 0x04]
  private static let gzip: [UInt8] = [0x1F, 0x8B, 8, 0]
  private static let page = text("\u{FEFF}\r\n <!DOCTYPE html>\n<title>Login</title>")
  private static let bootSector = changed(text("", at: 511), at: 510, to: 0x55).dropLast() + [0xAA]

  static let wrong = [
    Wrong(.image, [], .empty, "bring the file again"),
    Wrong(.installer, [UInt8](repeating: 0, count: 100_000), .zeros, "bring the file again"),
    Wrong(.image, changed(SampleFiles.qcow2, at: 15, to: 104), .dependentImage, "qemu-img convert"),
    Wrong(.image, changed(SampleFiles.qcow2, at: 79, to: 4), .dependentImage, "qemu-img convert"),
    Wrong(.installer, SampleFiles.qcow2, .qcow2, "check which file dcos.installer.source names"),
    Wrong(.image, Array(bootSector), .disk, "qemu-img convert -O qcow2"),
    Wrong(.image, text("EFI PART", at: 512), .disk, "qemu-img convert -O qcow2"),
    Wrong(.image, text("KDMV"), .disk, "qemu-img convert -O qcow2"),
    Wrong(.image, text("CD001", at: 32_769), .disc, "name a cloud image"),
    Wrong(.image, xz, .xz, "unpack it with `xz -d FILE` and name the result in image.source"),
    Wrong(.installer, gzip, .gzip, "`gzip -d FILE`"),
    Wrong(.image, text("BZh9"), .bzip2, "`bzip2 -d FILE`"),
    Wrong(.nginxArchive, [0x28, 0xB5, 0x2F, 0xFD], .zstd, "`zstd -d FILE`"),
    Wrong(.image, text("PK\u{3}\u{4}"), .zip, "`unzip FILE`"),
    Wrong(.image, text("ustar", at: 257, fill: 65), .tar, "check which file image.source names"),
    Wrong(.image, text(SampleFiles.installer), .installer, "check which file image.source"),
    Wrong(.installer, text("#!/bin/bash\nexit 0\n"), .script, "check which file"),
    Wrong(.nginxArchive, page, .markup, "download the file by its own URL"),
    Wrong(.installer, text("<html><body>404"), .markup, "download the file by its own URL"),
    Wrong(
      .image, text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), .pointer,
      "git lfs pull"),
    Wrong(.installer, text("not found\n"), .unknown, "check which file"),
  ]

  private func fetch(_ artifact: Artifact, _ content: [UInt8]) async throws -> LocalArtifact {
    let scratch = try Scratch()
    try Data(content).write(to: URL(filePath: scratch.file("file")))
    return try await Artifacts(cache: scratch.file("cache"))
      .fetch(ArtifactSource(scratch.file("file")), as: artifact)
  }

  @Test(arguments: wrong)
  func aWrongContentIsNamedWithItsFix(_ wrong: Wrong) async throws {
    let error = await #expect(throws: ForgeError.self) {
      _ = try await fetch(wrong.artifact, wrong.content)
    }
    #expect(error?.category == .configuration)
    #expect(error?.summary == "\(wrong.artifact.name) is \(wrong.form.rawValue)")
    #expect(error?.observed == "wanted \(wrong.artifact.wanted)")
    #expect(error?.advice.contains(wrong.advice) == true, "\(error?.advice ?? "")")
    #expect(error.flatMap(KnownFaults.of)?.id == nil, "no other fault is seen in it")
  }

  @Test func everyFormIsAmongThem() {
    #expect(Set(Self.wrong.map(\.form)) == Set(FileForm.allCases))
  }

  @Test func rightContentsPass() async throws {
    let right: [(Artifact, [UInt8])] = [
      (.image, SampleFiles.qcow2), (.installer, Self.text(SampleFiles.installer)),
      (.nginxArchive, Self.text("ustar", at: 257)), (.nginxArchive, Self.gzip),
      (.nginxArchive, Self.xz), (.nginxArchive, Self.text("BZh9")),
    ]
    for (artifact, content) in right {
      #expect(try await fetch(artifact, content).content.count == Int64(content.count))
    }
  }

  /// What was downloaded before lies in the cache under the name that its URL gives it.
  @Test func aDownloadedPageIsNotKept() async throws {
    let scratch = try Scratch()
    let cache = scratch.file("cache")
    try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
    let source = ArtifactSource("https://user:secret@host/image.qcow2")
    let path = "\(cache)/\(Blueprint.digest([source.location, ""]).prefix(24))"
    try Data(Self.page).write(to: URL(filePath: path))
    let error = await #expect(throws: ForgeError.self) {
      _ = try await Artifacts(cache: cache).fetch(source, as: .image)
    }
    #expect(error?.subject == "https://host/image.qcow2")
    #expect(error?.advice.contains("the URL gives a web page") == true)
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
