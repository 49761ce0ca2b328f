@testable import ForgeSupport
@testable import ForgePorts
@testable import ForgeLibvirt
@testable import ForgeModel
import Foundation
import Subprocess
import Testing

@testable import DCOSForgeCore

private let environment = ProcessInfo.processInfo.environment

/// What only a real libvirtd and a real QEMU can show.
///
/// Switched on by `DCOSFORGE_TEST_LIBVIRT_URI`; `DCOSFORGE_TEST_LIBVIRT_KERNEL` names a kernel on
/// the hypervisor's host. Objects are made under names of the test's own and removed again.
@Suite(.serialized, .enabled(if: environment["DCOSFORGE_TEST_LIBVIRT_URI"] != nil))
struct RealLibvirtTests {
  private let backEnd = HypervisorBackEnd.real(environment["DCOSFORGE_TEST_LIBVIRT_URI"] ?? "")

  /// A local file of 200 MB, sparse but for marks at its beginning and end.
  private static func bigFile() throws -> (path: String, size: Int64) {
    let path = FileManager.default.temporaryDirectory.path + "/dcosforge-big-\(UUID())"
    let size: Int64 = 200_000_000
    guard FileManager.default.createFile(atPath: path, contents: Data("begin".utf8)) else {
      throw CocoaError(.fileWriteUnknown)
    }
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seek(toOffset: UInt64(size) - 3)
    try file.write(contentsOf: Data("end".utf8))
    try file.close()
    return (path, size)
  }

  private static func volume(_ size: Int64) -> VolumeDefinition {
    VolumeDefinition(name: "big.raw", capacity: ByteCount(bytes: size), format: .raw)
  }

  @Test(.timeLimit(.minutes(5)))
  func aLargeUploadArrivesWholeAndHoldsUpNothing() async throws {
    let (path, size) = try Self.bigFile()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await backEnd.inWorld { world in
      try await world.hypervisor.ensurePool(world.pool())
      let words = try await LocalProgram.run(["/usr/bin/sha256sum", path])
      let sum = try #require(SHA256Sum(words.standardOutput.prefix(64)))
      let sent = Progress()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await world.hypervisor.uploadVolume(
            Self.volume(size), in: world.pool().name,
            from: .file(path: path, size: size, sum: sum)
          ) { bytes in sent.last.withLock { $0 = bytes } }
        }
        // While it runs, lists answer, and do not show it.
        var during = 0
        while sent.last.withLock(\.self) < size {
          let volumes = try await world.volumes()
          guard sent.last.withLock(\.self) < size else { break }
          during += 1
          #expect(volumes.isEmpty)
        }
        #expect(during > 0)
        try await group.waitForAll()
      }
      #expect(try await world.volumes() == ["big.raw"])
      let tail = try await Self.read(world, offset: size - 3)
      #expect(tail == Array("end".utf8))
    }
  }

  private static func read(_ world: HypervisorWorld, offset: Int64) async throws -> [UInt8] {
    let libvirt = try #require(world.hypervisor as? LibvirtHypervisor)
    let pool = world.pool().name
    return try await libvirt.perform("read", on: "big.raw") { connection in
      guard let volume = try connection.pool(name: pool)?.volume("big.raw") else { return [] }
      var stream = try connection.stream()
      try stream.download(from: volume, offset: offset)
      let bytes = try stream.receive()
      try stream.finish()
      return bytes
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func anUploadThatIsCutOffInTheMiddleLeavesNothing() async throws {
    let (path, size) = try Self.bigFile()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await backEnd.inWorld { world in
      let pool = world.pool().name
      try await world.hypervisor.ensurePool(world.pool())
      let sent = Progress()
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await world.hypervisor.uploadVolume(
            Self.volume(size), in: pool, from: .file(path: path, size: size)
          ) { bytes in sent.last.withLock { $0 = bytes } }
        }
        while sent.last.withLock(\.self) == 0 { await Task.yield() }
        group.cancelAll()
        let error = await #expect(throws: ForgeError.self) { try await group.waitForAll() }
        #expect(error?.category == .interrupted)
      }
      #expect(sent.last.withLock(\.self) < size)
      let libvirt = try #require(world.hypervisor as? LibvirtHypervisor)
      let left = try await libvirt.perform("list", on: pool) { connection in
        try connection.pool(name: pool)?.volumeNames() ?? []
      }
      #expect(left.isEmpty)
    }
  }

  /// libvirt stops a pool whose scan fails, and forgets it when it is transient.
  @Test(.timeLimit(.minutes(5)))
  func aPoolOfOthersWhoseFolderIsGoneStaysAsItIs() async throws {
    try await backEnd.inWorld { world in
      let other = world.pool("other")
      try await world.hypervisor.ensurePool(other)
      try FileManager.default.removeItem(atPath: other.path)
      try await world.hypervisor.ensurePool(world.pool())
      #expect(try await world.volumes().isEmpty)
      #expect(
        try await world.hypervisor.pools().first { $0.uuid == other.uuid }?.isActive == true)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func aPoolWhoseFolderIsGoneDoesNotRunAndIsMadeAgain() async throws {
    try await backEnd.inWorld { world in
      let pool = world.pool()
      try await world.hypervisor.ensurePool(pool)
      try FileManager.default.removeItem(atPath: pool.path)
      #expect(try await world.hypervisor.poolContents(uuid: pool.uuid) == nil)
      #expect(
        try await world.hypervisor.pools().first { $0.uuid == pool.uuid }?.isActive == false)
      try await world.hypervisor.startPool(uuid: pool.uuid)
      #expect(try await world.hypervisor.poolContents(uuid: pool.uuid)?.volumes == [])
      try FileManager.default.removeItem(atPath: pool.path)
      #expect(try await world.hypervisor.poolContents(uuid: pool.uuid) == nil)
      // What cannot be looked into is not taken for empty.
      try Data().write(to: URL(filePath: pool.path))
      await #expect(throws: ForgeError.self) {
        try await world.hypervisor.removePool(uuid: pool.uuid)
      }
      #expect(try await world.hypervisor.pools().contains { $0.uuid == pool.uuid })
      try FileManager.default.removeItem(atPath: pool.path)
      try await world.hypervisor.ensurePool(pool)
      #expect(try await world.hypervisor.poolContents(uuid: pool.uuid)?.volumes == [])
    }
  }

  @Test(
    .enabled(if: environment["DCOSFORGE_TEST_LIBVIRT_KERNEL"] != nil), .timeLimit(.minutes(5)))
  func aGuestBootsAndItsConsoleIsRead() async throws {
    try await backEnd.inWorld { world in
      try await world.makeGround()
      var domain = world.domain()
      domain.size.memory = .mebibytes(256)
      domain.directBoot = .init(
        kernel: environment["DCOSFORGE_TEST_LIBVIRT_KERNEL"] ?? "", initrd: nil,
        arguments: "console=ttyS0 panic=-1")
      try await world.hypervisor.defineDomain(domain)
      try await world.hypervisor.startDomain(uuid: domain.uuid)
      var console = ""
      while !console.contains("Kernel panic") {  // no root file system: it gets no further
        console = await world.hypervisor.consoleTail(uuid: domain.uuid, lines: 1000)
        try await Task.sleep(for: .milliseconds(500))
      }
      #expect(console.contains("Linux version"))
      #expect(
        await world.hypervisor.consoleTail(uuid: domain.uuid, lines: 2)
          .split(separator: "\n").count == 2)
      try await world.hypervisor.destroyDomain(uuid: domain.uuid)
      try await world.hypervisor.undefineDomain(uuid: domain.uuid)
      #expect(try await world.volumes() == ["disk.qcow2", "seed.iso"])
    }
  }

  /// Forwards one unix socket to another, for as long as the process lives.
  private static let proxy = """
    import os, socket, sys, threading
    listen, target = sys.argv[1:3]
    server = socket.socket(socket.AF_UNIX)
    server.bind(listen)
    server.listen()
    def pump(a, b):
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    print("ready", flush=True)
    while True:
        client, _ = server.accept()
        remote = socket.socket(socket.AF_UNIX)
        remote.connect(target)
        for pair in ((client, remote), (remote, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()
    """

  /// A connection that breaks under a call is a fault to retry, and the next call has a new one.
  @Test(.timeLimit(.minutes(2)))
  func aBrokenConnectionIsRetriedOnANewOne() async throws {
    let uri = try #require(environment["DCOSFORGE_TEST_LIBVIRT_URI"])
    guard let target = uri.split(separator: "socket=").dropFirst().first else {
      Issue.record("the URI names no socket to put a proxy before")
      return
    }
    let folder = FileManager.default.temporaryDirectory.path + "/dcf-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let hypervisor = LibvirtHypervisor(
      uri: "qemu+unix:///system?socket=\(folder)/sock", connections: 1)
    for round in 1...2 {
      _ = try await Subprocess.run(
        .name("python3"), arguments: ["-c", Self.proxy, "\(folder)/sock", String(target)],
        input: .none, output: .sequence, error: .discarded
      ) { execution in
        for try await _ in execution.standardOutput { break }
        if round == 2 {
          let error = await #expect(throws: ForgeError.self) { try await hypervisor.domains() }
          #expect(error?.category == .hypervisor && error?.disposition == .retry)
        }
        _ = try await hypervisor.domains()
        try execution.send(signal: .kill)
      }
      try FileManager.default.removeItem(atPath: folder + "/sock")
    }
    let error = await #expect(throws: ForgeError.self) { try await hypervisor.domains() }
    #expect(error?.disposition == .retry)
  }

  /// This machine's own facts, when libvirtd runs on it.
  @Test func theHostsNumbersAreThoseOfTheKernel() async throws {
    try await backEnd.inWorld { world in
      let host = try await world.hypervisor.host()
      #expect(host.processors == ProcessInfo.processInfo.processorCount)
      let text = try String(contentsOfFile: "/proc/meminfo", encoding: .utf8)
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") })
      let available = try #require(Int64(line.split(separator: " ")[1])) * 1024
      #expect(abs(host.freeMemory.bytes - available) < available / 4)
      let cpu = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
      let virtualises = cpu.contains(" vmx") || cpu.contains(" svm")
      #expect(!host.offersKVM || virtualises)
    }
  }
}
