@testable import ForgeModel
@testable import ForgeNodeProtocol
import Foundation
import Testing

@testable import DCOSForgeCore

/// The script that lets a key log in, run for real on a throw-away root folder.
@Suite(.enabled { await NodeSandbox.isPossible() }) struct AuthorizeScriptTests {
  private static let key = Samples.publicLine(7)
  private static let file = "root/.ssh/authorized_keys"

  private struct Authorized: Decodable { var state: String }

  private func sandbox() throws -> NodeSandbox {
    let sandbox = try NodeSandbox()
    try sandbox.link(["chown", "sync"])
    try sandbox.write(
      "etc/passwd",
      "root:x:0:0:root:/root:/bin/bash\nforge:x:1000:1000::/home/forge:/bin/bash\n")
    try sandbox.makeFolder("home/forge")
    return sandbox
  }

  private func authorize(
    _ sandbox: NodeSandbox, _ key: String = key, account: String = "root", before: String = ""
  ) async throws -> String {
    let result = try await sandbox.run(
      NodeTask.authorize(key: key, account: account).script, before: before)
    let reply: Authorized = try NodeReport(result, of: "letting in")
      .record("authorized", of: "letting in")
    return reply.state
  }

  private func mode(_ sandbox: NodeSandbox, _ path: String) throws -> (mode: Int, owner: Int) {
    let attributes = try FileManager.default.attributesOfItem(
      atPath: sandbox.root.appendingPathComponent(path).path)
    return (
      try #require(attributes[.posixPermissions] as? Int),
      try #require(attributes[.ownerAccountID] as? Int)
    )
  }

  @Test func aKeyIsAddedOnceBehindTheOthers() async throws {
    let sandbox = try sandbox()
    try sandbox.write(Self.file, "# theirs\nssh-rsa AAAA other\n")
    #expect(try await authorize(sandbox) == "added")
    let text = "# theirs\nssh-rsa AAAA other\n\(Self.key)\n"
    #expect(sandbox.read(Self.file) == text)
    #expect(try mode(sandbox, Self.file).mode == 0o600)
    #expect(try await authorize(sandbox) == "present")
    // The comment says nothing about a key.
    let again = Self.key.replacingOccurrences(of: " sample", with: " other words")
    #expect(try await authorize(sandbox, again) == "present")
    #expect(sandbox.read(Self.file) == text)
  }

  @Test func aLastLineThatIsNotEndedStaysALineOfItsOwn() async throws {
    let sandbox = try sandbox()
    try sandbox.write(Self.file, "ssh-rsa AAAA other")
    #expect(try await authorize(sandbox) == "added")
    #expect(sandbox.read(Self.file) == "ssh-rsa AAAA other\n\(Self.key)\n")
  }

  /// A comment, or a line with restrictions, is not the key itself.
  @Test func aKeyThatStandsThereOtherwiseIsAdded() async throws {
    let sandbox = try sandbox()
    try sandbox.write(Self.file, "#\(Self.key)\ncommand=\"false\" \(Self.key)\n")
    #expect(try await authorize(sandbox) == "added")
    #expect(sandbox.read(Self.file)?.hasSuffix("\n\(Self.key)\n") == true)
  }

  @Test func whereNothingIsEverythingIsMade() async throws {
    let sandbox = try sandbox()
    #expect(try await authorize(sandbox) == "added")
    #expect(sandbox.read(Self.file) == Self.key + "\n")
    #expect(try mode(sandbox, "root/.ssh").mode == 0o700)
    #expect(try mode(sandbox, Self.file).mode == 0o600)
  }

  /// sshd's StrictModes: folder and file belong to the account.
  @Test(.enabled(if: geteuid() == 0)) func whatIsMadeBelongsToTheAccount() async throws {
    let sandbox = try sandbox()
    #expect(try await authorize(sandbox, account: "forge") == "added")
    for path in ["home/forge/.ssh", "home/forge/.ssh/authorized_keys"] {
      #expect(try mode(sandbox, path).owner == 1000)
    }
    #expect(sandbox.read(Self.file) == nil)
  }

  @Test func anAccountThatIsNotThereIsReported() async throws {
    let sandbox = try sandbox()
    let error = try await #require(throws: ForgeError.self) {
      _ = try await authorize(sandbox, account: "nobody-here")
    }
    #expect(error.observed.contains("there is no account nobody-here"))
  }

  /// Until the rename the old file stands; what a killed run left half-written is written again.
  @Test func aFileThatCannotBeReplacedStays() async throws {
    let sandbox = try sandbox()
    try sandbox.write(Self.file, "ssh-rsa AAAA other\n")
    try sandbox.write(Self.file + ".dcosforge", "ssh-ed255")
    try sandbox.program("usr/local/sbin/mv", "exit 1\n")
    await #expect(throws: ForgeError.self) { _ = try await authorize(sandbox) }
    #expect(sandbox.read(Self.file) == "ssh-rsa AAAA other\n")
    try sandbox.remove("usr/local/sbin/mv")
    #expect(try await authorize(sandbox) == "added")
    #expect(sandbox.read(Self.file) == "ssh-rsa AAAA other\n\(Self.key)\n")
    #expect(sandbox.read(Self.file + ".dcosforge") == nil)
  }

  /// Where SELinux rules, sshd may read only what is labelled for it.
  @Test func labelsArePutRight() async throws {
    let sandbox = try sandbox()
    try sandbox.program("usr/local/sbin/restorecon", "echo \"restorecon $*\" >>/var/stub/calls\n")
    #expect(try await authorize(sandbox) == "added")
    #expect(
      try sandbox.takeCalls() == ["restorecon -- /root/.ssh /root/.ssh/authorized_keys"])
  }
}
