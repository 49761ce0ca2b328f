@testable import ForgePorts
@testable import ForgeSSH
@testable import ForgeSupport
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

extension SSHServerTests {
  @Suite(.serialized, .enabled { await Programs.canBeRoot() }) struct FileTransferTests {
    @Test(arguments: [0, 1, 32_700, 262_144, 262_145, 3_000_000])
    func memoryAndFilesArriveWhole(_ count: Int) async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 7) }
      let source = scratch.file("source")
      try Data(bytes).write(to: URL(fileURLWithPath: source))
      let sources: [ByteSource] = [
        .bytes(bytes), .file(path: source, size: Int64(count), sum: SHA256Sum(hashing: bytes)),
      ]
      for (index, content) in sources.enumerated() {
        let target = scratch.file("new folder/it's \(index) ☃")
        let steps = Locked<[Int64]>([])
        try await connection.upload(content, to: target, mode: 0o640, timeout: .seconds(60)) {
          sent in
          steps.withLock { $0.append(sent) }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data(bytes))
        let mode = try FileManager.default.attributesOfItem(atPath: target)
        #expect(mode[.posixPermissions] as? Int == 0o640)
        let seen = steps.withLock { $0 }
        #expect(seen == seen.sorted())
        #expect(seen.last ?? 0 == Int64(count))
        let back = try await connection.download(target, limit: count, timeout: .seconds(60))
        #expect(back == bytes)
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: scratch.file("new folder"))
      #expect(left.count == 2)
    }

    @Test func anUploadReplacesAsAWhole() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let target = scratch.file("x")
      try Data("old".utf8).write(to: URL(fileURLWithPath: target))
      // The file is shorter than was said: nothing changes.
      try Data("abc".utf8).write(to: URL(fileURLWithPath: scratch.file("source")))
      let error = await #expect(throws: ForgeError.self) {
        try await connection.upload(
          .file(path: scratch.file("source"), size: 10), to: target, mode: 0o600,
          timeout: .seconds(60), progress: nil)
      }
      #expect(error?.category == .configuration)
      #expect(error?.observed.contains("3 of 10") == true)
      #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data("old".utf8))
      try await connection.upload(
        .bytes(Array("new".utf8)), to: target, mode: 0o600, timeout: .seconds(60), progress: nil)
      #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data("new".utf8))
      try await Task.sleep(for: .milliseconds(500))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
          == ["source", "x"])
    }

    @Test(arguments: [10, 600_000])
    func aFileThatChangedDoesNotArrive(_ count: Int) async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let source = scratch.file("source")
      let (before, now) = ([UInt8](repeating: 1, count: count), [UInt8](repeating: 2, count: count))
      try Data(now).write(to: URL(filePath: source))
      let error = await #expect(throws: ForgeError.self) {
        try await connection.upload(
          .file(path: source, size: Int64(count), sum: SHA256Sum(hashing: before)),
          to: scratch.file("x"), mode: 0o600, timeout: .seconds(60), progress: nil)
      }
      #expect(error?.category == .configuration && error?.subject == source)
      #expect(error?.observed.contains(SHA256Sum(hashing: before).description) == true)
      #expect(error?.observed.contains(SHA256Sum(hashing: now).description) == true)
      try await Task.sleep(for: .milliseconds(500))
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["source"])
    }

    @Test func aCancelledUploadLeavesNothing() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let sent = Locked<Int64>(0)
      let upload = Task {
        try await connection.upload(
          .file(path: "/dev/zero", size: 8 << 30), to: scratch.file("x"), mode: 0o600,
          timeout: .seconds(60)
        ) { count in sent.withLock { $0 = count } }
      }
      while sent.withLock({ $0 }) < 4 << 20 { try await Task.sleep(for: .milliseconds(10)) }
      upload.cancel()
      let error = await #expect(throws: ForgeError.self) { try await upload.value }
      #expect(error?.category == .interrupted)
      for _ in 0..<1500 {  // half a minute: a busy machine takes its time
        if try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty { return }
        try await Task.sleep(for: .milliseconds(20))
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
      Issue.record("the temporary file is still there: \(left)")
    }

    @Test func damageOnTheWayIsNoticed() async throws {
      // What a disk or a program in between would do: the checksum that follows is another one.
      let server = try await SSHServer(["ForceCommand tr a b | sh -c \"$SSH_ORIGINAL_COMMAND\""])
      let connection = try await server.open()
      let scratch = try Scratch()
      let error = await #expect(throws: ForgeError.self) {
        try await connection.upload(
          .bytes(Array("aaaa".utf8)), to: scratch.file("x"), mode: 0o600, timeout: .seconds(60),
          progress: nil)
      }
      #expect(error?.disposition == .retry)
      #expect(error?.observed.contains("SHA-256") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    }

    @Test func whatTheNodeSaysIsReported() async throws {
      let server = try await SSHServer()
      let connection = try await server.open()
      let scratch = try Scratch()
      let onFolder = await #expect(throws: ForgeError.self) {
        try await connection.upload(
          .bytes([1]), to: scratch.path, mode: 0o600, timeout: .seconds(60), progress: nil)
      }
      #expect(onFolder?.category == .step)
      #expect(onFolder?.observed == "it is a folder", "\(String(describing: onFolder))")
      let missing = await #expect(throws: ForgeError.self) {
        try await connection.download(scratch.file("no"), limit: 10, timeout: .seconds(60))
      }
      #expect(missing?.category == .step)
      #expect(missing?.observed.contains("No such file") == true)
      let large = await #expect(throws: ForgeError.self) {
        try await connection.download("/usr/sbin/sshd", limit: 100, timeout: .seconds(60))
      }
      #expect(large?.observed.contains("limit 100") == true)
      let endless = await #expect(throws: ForgeError.self) {
        try await connection.download("/dev/zero", limit: 100, timeout: .seconds(60))
      }
      #expect(endless?.observed.contains("no regular file") == true)
      let size = try await connection.download(
        "/proc/self/status", limit: 9999, timeout: .seconds(60))
      #expect(size.starts(with: "Name:".utf8))
    }
  }
}
