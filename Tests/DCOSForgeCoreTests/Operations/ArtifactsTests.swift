import Foundation
@testable import ForgeModel
@testable import ForgePlanning
import Testing

@testable import DCOSForgeCore

/// Where images and installers come from.
@Suite struct ArtifactsTests {
  private func sum(_ text: String, in scratch: Scratch, _ artifacts: Artifacts) async throws
    -> SHA256Sum
  {
    let path = scratch.file("image")
    try (Data(SampleFiles.qcow2) + Data(text.utf8)).write(to: URL(filePath: path))
    // As `cp -p`, `rsync -t` or whoever wants to go unseen leaves it.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: path)
    return try await artifacts.fetch(ArtifactSource(path), as: .image).sum
  }

  @Test func contentOfTheSameSizeAndTimeIsNoticed() async throws {
    let scratch = try Scratch()
    let artifacts = Artifacts(cache: scratch.file("cache"))
    let first = try await sum("one", in: scratch, artifacts)
    #expect(try await sum("two", in: scratch, artifacts) != first)
    #expect(try await sum("one", in: scratch, artifacts) == first)
    let error = await #expect(throws: ForgeError.self) {
      _ = try await sum("two", in: scratch, artifacts)
      _ = try await artifacts.fetch(
        ArtifactSource(scratch.file("image"), sha256: first), as: .image)
    }
    #expect(error?.summary.contains("another checksum") == true)
  }

  @Test func whatIsNoFileIsRefusedAtOnce() async throws {
    let scratch = try Scratch()
    let artifacts = Artifacts(cache: scratch.file("cache"))
    let path = scratch.file("fifo")
    #expect(unsafe mkfifo(path, 0o600) == 0)
    await #expect(throws: ForgeError.self) {
      _ = try await artifacts.fetch(ArtifactSource(path), as: .image)
    }
  }

  @Test(arguments: [
    ("https://user:secret@host/a", "https://host/a"), ("http://u@h:1?x=@", "http://h:1?…"),
    ("http://h/i.qcow2?token=S&sig=S", "http://h/i.qcow2?…"), ("http://h/a#key@b", "http://h/a?…"),
    ("https://host/a@b", "https://host/a@b"), ("/a/b@c", "/a/b@c"),
  ])
  func messagesShowNoPassword(_ location: String, _ place: String) {
    #expect(ArtifactSource(location).place == place)
  }

  /// Port 9 of the loopback refuses; the real curl says so.
  @Test func aFailedDownloadShowsNoPassword() async throws {
    let scratch = try Scratch()
    let error = await #expect(throws: ForgeError.self) {
      _ = try await Artifacts(cache: scratch.file("cache")).fetch(
        ArtifactSource("http://user:secret@127.0.0.1:9/[1-3]"), as: .image)
    }
    #expect(error?.description.contains("127.0.0.1") == true)
    #expect(error?.description.contains("secret") == false)
    #expect(error?.observed.contains("connect") == true)
  }

  @Test func aGarbledChecksumIsComputedAgain() async throws {
    let scratch = try Scratch()
    let artifacts = Artifacts(cache: scratch.file("cache"))
    let first = try await sum("one", in: scratch, artifacts)
    let record = URL(filePath: scratch.file("cache/checksums.json"))
    let text = try String(contentsOf: record, encoding: .utf8)
    for garbled in ["zz", ""] {
      try Data(text.replacingOccurrences(of: first.description, with: garbled).utf8)
        .write(to: record)
      let again = try await artifacts.fetch(ArtifactSource(scratch.file("image")), as: .image)
      #expect(again.sum == first)
      let mended = try String(contentsOf: record, encoding: .utf8)
      #expect(mended.contains(first.description))
    }
  }

  /// A query of any name may be a signature; a comment is none.
  @Test func theEvidenceShowsNoQuery() {
    let file = """
      image: {source: "http://h/i.qcow2?a=1&sig=S3cr3tS", sha256: ab} # http://h/b
      installer: https://h/x#S3cr3tS
      uri: qemu+ssh://root@h/system?keyfile=/k

      """
    #expect(
      ArtifactSource.withoutQueries(file) == """
        image: {source: "http://h/i.qcow2?… sha256: ab} # http://h/b
        installer: https://h/x?…
        uri: qemu+ssh://root@h/system?keyfile=/k

        """)
  }

  @Test func aRedirectDoesNotLeaveHTTPS() {
    let words = Artifacts.curlArguments(ArtifactSource("https://u:p@h/x"), to: "/t")
    #expect(words.contains("=https") && !words.joined().contains("u:p"))
    #expect(words.contains("--globoff"))
    #expect(
      Artifacts.curlConfiguration(ArtifactSource("http://h/\"\\"))
        == "url = \"http://h/\\\"\\\\\"\n")
  }
}
