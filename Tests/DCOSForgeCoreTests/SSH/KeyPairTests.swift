@testable import ForgeModel
@testable import ForgeKeys
import Foundation
import Testing

@testable import DCOSForgeCore

@Suite struct KeyPairTests {
  @Test func sshKeygenReadsOurFiles() async throws {
    let scratch = try Scratch()
    let pair = try KeyPair.generate(comment: "dcosforge demo")
    try PrivateFile.write(pair.privateKeyFile.utf8, to: scratch.file("key"))
    let line = try await Programs.openSSH("ssh-keygen", ["-y", "-f", scratch.file("key")])
    #expect(line == CommandResult(status: .exited(0), standardOutput: pair.publicLine + "\n"))
    let list = try await Programs.openSSH("ssh-keygen", ["-l", "-f", scratch.file("key")])
    #expect(list.standardOutput == "256 \(pair.fingerprint) dcosforge demo (ED25519)\n")
  }

  @Test func weReadTheFilesOfSSHKeygen() async throws {
    let scratch = try Scratch()
    let path = scratch.file("key")
    _ = try await Programs.openSSH(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f", path])
    let pair = try #require(try PrivateFile.read(path)).withText { text in
      try KeyPair(privateKeyFile: text)
    }
    let line = try String(contentsOfFile: path + ".pub", encoding: .utf8)
    #expect(pair.publicLine + "\n" == line)
  }

  @Test(arguments: [
    (["-t", "ed25519", "-N", "secret"], "passphrase"),
    (["-t", "rsa", "-N", ""], "ssh-rsa"),
    (["-t", "rsa", "-m", "PEM", "-N", ""], "format"),
  ])
  func saysWhyAnotherKeyCannotBeUsed(_ options: [String], _ word: String) async throws {
    let scratch = try Scratch()
    let path = scratch.file("key")
    _ = try await Programs.openSSH("ssh-keygen", ["-q", "-f", path] + options)
    let error = #expect(throws: ForgeError.self) {
      try KeyPair.stored(at: path, comment: "")
    }
    #expect(error?.category == .configuration)
    #expect(error?.observed.contains(word) == true, "\(String(describing: error))")
    #expect(error?.subject == path)
  }

  @Test func theSameSeedGivesTheSameFile() throws {
    let seed = Array(UInt8(1)...32)
    let one = try #require(KeyPair(seed: seed, comment: "x"))
    let two = try #require(KeyPair(seed: seed, comment: "x"))
    #expect(one.privateKeyFile == two.privateKeyFile)
    #expect(KeyPair(seed: [1, 2, 3], comment: "") == nil)
    let back = try KeyPair(privateKeyFile: one.privateKeyFile)
    #expect(back.publicKey == one.publicKey)
    #expect(back.comment == "x")
  }

  @Test func aPublicLineIsReadBack() throws {
    let pair = try KeyPair.generate(comment: "some one")
    #expect(HostKey.publicKey(inLine: pair.publicLine) == pair.publicKey)
    #expect(HostKey.publicKey(inLine: HostKey.line(of: pair.publicKey)) == pair.publicKey)
    let base64 = HostKey.base64(of: pair.publicKey)
    for line in [
      "", "ssh-ed25519", "ssh-rsa \(base64)", "ssh-ed25519 \(base64.dropLast(4))",
      "ssh-ed25519 A\(base64.dropFirst())B", "ssh-ed25519 !!!!", "0123456789abcdef",
      "ssh-ed25519 "
        + Data("ssh-rsa".utf8 + HostKey.blob(of: pair.publicKey).dropFirst(7))
        .base64EncodedString(),
    ] {
      #expect(HostKey.publicKey(inLine: line) == nil, "\(line)")
    }
  }

  @Test func aKnownHostsLineNamesAnUnusualPort() throws {
    let key = [UInt8](repeating: 7, count: 32)
    let usual = HostKey.knownHostsLine(address: "10.1.1.9", port: 22, publicKey: key)
    #expect(usual.hasPrefix("10.1.1.9 ssh-ed25519 AAAA"))
    let other = HostKey.knownHostsLine(address: "10.1.1.9", port: 2222, publicKey: key)
    #expect(other.hasPrefix("[10.1.1.9]:2222 ssh-ed25519 AAAA"))
  }

  /// The decoder never traps, and what it accepts is the key that was written.
  @Test func damagedFilesAreRefused() throws {
    let pair = try #require(KeyPair(seed: Array(repeating: 9, count: 32), comment: "fuzz"))
    let text = Array(pair.privateKeyFile.utf8)
    let lines = pair.privateKeyFile.split(separator: "\n")
    let inner = Array(
      try #require(Data(base64Encoded: lines.dropFirst().dropLast().joined())))
    var numbers = SeededNumbers(seed: 1)
    var refused = 0
    for round in 0..<6000 {
      var bytes = round % 2 == 0 ? text : inner
      switch round % 6 {
      case 0, 1: bytes = Array(bytes.prefix(numbers.below(bytes.count)))
      case 2, 3:
        let at = numbers.below(bytes.count)
        bytes[at] ^= UInt8(1 + numbers.below(255))
      default:
        let at = numbers.below(bytes.count)
        bytes.replaceSubrange(at..<min(at + 4, bytes.count), with: [255, 255, 255, 255])
      }
      let file: String
      if round % 2 == 0 {
        file = String(decoding: bytes, as: UTF8.self)
      } else {
        let first = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
        let last = "\n-----END OPENSSH PRIVATE KEY-----\n"
        file = first + Data(bytes).base64EncodedString() + last
      }
      do {
        #expect(try KeyPair(privateKeyFile: file).publicKey == pair.publicKey)
      } catch {
        refused += 1
      }
    }
    #expect(refused > 5000)
  }
}

@Suite struct PrivateFileTests {
  @Test func onlyTheOwnerMayRead() throws {
    let scratch = try Scratch()
    try PrivateFile.write("secret".utf8, to: scratch.file("key"))
    let mode = try FileManager.default.attributesOfItem(atPath: scratch.file("key"))
    #expect(mode[.posixPermissions] as? Int == 0o600)
    #expect(try PrivateFile.read(scratch.file("key")) == Array("secret".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["key"])
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: scratch.file("key"))
    let error = #expect(throws: ForgeError.self) { try PrivateFile.read(scratch.file("key")) }
    #expect(error?.advice.contains("chmod 600") == true)
  }

  @Test func aFailedWriteLeavesNothing() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.file("key/inside"), withIntermediateDirectories: true)
    #expect(throws: ForgeError.self) { try PrivateFile.write([1], to: scratch.file("key")) }
    #expect(throws: ForgeError.self) { try PrivateFile.write([1], to: scratch.file("no/key")) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["key"])
  }

  @Test func aStoredPairIsMadeOnce() throws {
    let scratch = try Scratch()
    #expect(try PrivateFile.read(scratch.file("key")) == nil)
    let one = try KeyPair.stored(at: scratch.file("key"), comment: "c")
    let two = try KeyPair.stored(at: scratch.file("key"), comment: "other")
    #expect(one.publicLine == two.publicLine)
  }

  /// As two first runs of dcosforge do it beside each other.
  @Test func aStoredPairIsTheSameForAllWhoMakeIt() async throws {
    let scratch = try Scratch()
    let path = scratch.file("key")
    try PrivateFile.write("first".utf8, to: path, replacing: false)
    try PrivateFile.write("second".utf8, to: path, replacing: false)
    #expect(try PrivateFile.read(path) == Array("first".utf8))
    let other = scratch.file("other")
    let lines = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<40 {
        group.addTask { try KeyPair.stored(at: other, comment: "\(number)").publicLine }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(lines.count == 1)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == [
        "key", "other",
      ])
  }
}

extension [UInt8] {
  fileprivate func withText<Value>(_ body: (String) throws -> Value) rethrows -> Value {
    try body(String(decoding: self, as: UTF8.self))
  }
}
