@testable import ForgeSupport
@testable import ForgePorts
@testable import ForgeRendering
@testable import ForgePlanning
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// What every back end of ``Hypervisor`` promises.
@Suite struct HypervisorContractTests {
  // MARK: the host

  @Test(arguments: HypervisorBackEnd.all)
  func theHostIsDescribed(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let host = try await world.hypervisor.host()
      #expect(!host.name.isEmpty)
      #expect(!host.version.isEmpty)
      #expect(host.processors > 0)
    }
  }

  // MARK: networks

  @Test(arguments: HypervisorBackEnd.all)
  func aNetworkComesAndGoesAnyNumberOfTimes(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let wanted = world.network()
      for _ in 1...2 { try await world.hypervisor.ensureNetwork(wanted) }
      let record = try await world.hypervisor.networks().first { $0.uuid == wanted.uuid }
      #expect(
        record
          == NetworkRecord(
            name: wanted.name, uuid: wanted.uuid, isActive: true, cidr: wanted.cidr,
            hosts: wanted.hosts))
      for _ in 1...2 { try await world.hypervisor.removeNetwork(uuid: wanted.uuid) }
      #expect(try await !world.hypervisor.networks().contains { $0.uuid == wanted.uuid })
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func hostsOfARunningNetworkChange(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      for hosts in [[10, 11], [11, 12, 13], [13]] {
        try await world.hypervisor.ensureNetwork(world.network(hosts: hosts))
        let record = try await world.hypervisor.networks().first {
          $0.uuid == world.network().uuid
        }
        #expect(record?.hosts.map(\.address).sorted() == hosts.map { world.host($0).address })
      }
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func theRangeOfARunningNetworkDoesNot(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.hypervisor.ensureNetwork(world.network())
      var other = world.network()
      other.cidr = Samples.must(IPv4Network("10.213.0.0/16"))
      await expectRefusal { try await world.hypervisor.ensureNetwork(other) }
      var moved = world.network()
      moved.gateway = Samples.must(moved.gateway.advanced(by: 1))
      await expectRefusal { try await world.hypervisor.ensureNetwork(moved) }
      let record = try await world.hypervisor.networks().first { $0.uuid == other.uuid }
      #expect(record?.cidr == world.network().cidr)
    }
  }

  // MARK: storage

  @Test(arguments: HypervisorBackEnd.all)
  func aPoolComesAndGoesAnyNumberOfTimes(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let wanted = world.pool()
      for _ in 1...2 {
        for _ in 1...2 { try await world.hypervisor.ensurePool(wanted) }
        try await world.hypervisor.createVolume(HypervisorWorld.seed, in: wanted.name)
        try await world.hypervisor.ensurePool(wanted)
        try await world.hypervisor.startPool(uuid: wanted.uuid)
        let record = try #require(
          try await world.hypervisor.pools().first { $0.uuid == wanted.uuid })
        #expect(record.name == wanted.name && record.isActive)
        let contents = try #require(try await world.hypervisor.poolContents(uuid: wanted.uuid))
        #expect(contents.available.bytes > 0)
        #expect(contents.volumes == ["seed.iso"])
        for _ in 1...2 { try await world.hypervisor.removePool(uuid: wanted.uuid) }
        try await world.hypervisor.startPool(uuid: wanted.uuid)
        #expect(try await !world.hypervisor.pools().contains { $0.uuid == wanted.uuid })
        #expect(try await world.hypervisor.poolContents(uuid: wanted.uuid) == nil)
      }
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func aVolumeIsMadeOnce(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let pool = world.pool().name
      await expectRefusal {
        try await world.hypervisor.createVolume(HypervisorWorld.seed, in: pool)
      }
      try await world.hypervisor.deleteVolume("seed.iso", in: pool)
      try await world.hypervisor.ensurePool(world.pool())
      try await world.hypervisor.createVolume(HypervisorWorld.seed, in: pool)
      await expectRefusal(.final) {
        try await world.hypervisor.createVolume(HypervisorWorld.seed, in: pool)
      }
      #expect(try await world.volumes() == ["seed.iso"])
      for _ in 1...2 { try await world.hypervisor.deleteVolume("seed.iso", in: pool) }
      #expect(try await world.volumes().isEmpty)
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func anOverlayStandsOnItsBackingVolume(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let pool = world.pool().name
      var overlay = VolumeDefinition(
        name: "overlay.qcow2", capacity: .mebibytes(16), format: .qcow2, backing: "disk.qcow2")
      try await world.hypervisor.ensurePool(world.pool())
      await expectRefusal { try await world.hypervisor.createVolume(overlay, in: pool) }
      try await world.hypervisor.createVolume(HypervisorWorld.disk, in: pool)
      try await world.hypervisor.createVolume(overlay, in: pool)
      overlay.name = "small.qcow2"
      overlay.capacity = .mebibytes(4)
      await expectRefusal { try await world.hypervisor.createVolume(overlay, in: pool) }
      #expect(try await world.volumes() == ["disk.qcow2", "overlay.qcow2"])
    }
  }

  /// A prepared layer is an overlay itself, beside an empty volume that says that it is whole.
  @Test(arguments: HypervisorBackEnd.all)
  func anOverlayStandsOnAnOverlay(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let pool = world.pool().name
      try await world.hypervisor.ensurePool(world.pool())
      try await world.hypervisor.createVolume(HypervisorWorld.disk, in: pool)
      let layer = PreparedLayer(
        key: "0123456789abcdef", capacity: .mebibytes(16), over: HypervisorWorld.disk)
      try await world.hypervisor.createVolume(layer.disk, in: pool)
      try await world.hypervisor.createVolume(layer.seal, in: pool)
      #expect(layer.isSealed(among: try await world.volumes()))
      var disk = VolumeDefinition(
        name: "n.qcow2", capacity: .mebibytes(16), format: .qcow2, backing: layer.disk.name)
      try await world.hypervisor.createVolume(disk, in: pool)
      (disk.name, disk.capacity) = ("small.qcow2", .mebibytes(8))
      await expectRefusal { try await world.hypervisor.createVolume(disk, in: pool) }
      #expect(
        try await world.volumes()
          == ["disk.qcow2", "n.qcow2", layer.disk.name, layer.seal.name])
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func anUploadIsWholeOrNotThere(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let pool = world.pool().name
      let content = ByteSource.bytes([UInt8](repeating: 7, count: 3_000_000))
      let volume = VolumeDefinition(
        name: "big.raw", capacity: ByteCount(bytes: content.count), format: .raw)
      try await world.hypervisor.ensurePool(world.pool())
      guard !backEnd.lacks.contains(.uploads) else {
        await expectRefusal {
          try await world.hypervisor.uploadVolume(volume, in: pool, from: content) { _ in }
        }
        #expect(try await world.volumes().isEmpty)
        return
      }
      // Cancelled before it begins: nothing is listed, and nothing stands in the way of the next.
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await world.hypervisor.uploadVolume(volume, in: pool, from: content) { _ in }
        }
        group.cancelAll()
        let error = await #expect(throws: ForgeError.self) { try await group.waitForAll() }
        #expect(error?.category == .interrupted)
      }
      #expect(try await world.volumes().isEmpty)
      let sent = Progress()
      try await world.hypervisor.uploadVolume(volume, in: pool, from: content) {
        sent.last.withLock { [bytes = $0] last in last = bytes }
      }
      #expect(sent.last.withLock(\.self) == content.count)
      #expect(try await world.volumes() == ["big.raw"])
      await expectRefusal(.final) {
        try await world.hypervisor.uploadVolume(volume, in: pool, from: content) { _ in }
      }
      #expect(try await world.volumes() == ["big.raw"])
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func aFileThatChangedMakesNoVolume(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      guard !backEnd.lacks.contains(.uploads) else { return }
      let scratch = try Scratch()
      let (path, size) = (scratch.file("image"), 3_000_000)
      try Data(repeating: 7, count: size).write(to: URL(filePath: path))
      let pool = world.pool().name
      let volume = VolumeDefinition(
        name: "big.raw", capacity: ByteCount(bytes: Int64(size)), format: .raw)
      try await world.hypervisor.ensurePool(world.pool())
      await expectRefusal(.afterFix) {
        try await world.hypervisor.uploadVolume(
          volume, in: pool, from: .file(path: path, size: Int64(size), sum: Samples.sum)
        ) { _ in }
      }
      #expect(try await world.volumes().isEmpty)
      // Nothing stands in the way of the next.
      try await world.hypervisor.uploadVolume(
        volume, in: pool, from: .file(path: path, size: Int64(size))
      ) { _ in }
      #expect(try await world.volumes() == ["big.raw"])
    }
  }

  // MARK: domains

  @Test(arguments: HypervisorBackEnd.all)
  func aDomainLives(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.makeGround()
      let wanted = world.domain()
      for _ in 1...2 { try await world.hypervisor.defineDomain(wanted) }
      #expect(
        try await world.record(wanted.uuid)
          == DomainRecord(
            name: wanted.name, uuid: wanted.uuid, state: .shutoff, mark: wanted.mark))
      for _ in 1...2 { try await world.hypervisor.startDomain(uuid: wanted.uuid) }
      #expect(try await world.record(wanted.uuid)?.state == .running)
      await expectRefusal { try await world.hypervisor.undefineDomain(uuid: wanted.uuid) }
      for _ in 1...2 { try await world.hypervisor.destroyDomain(uuid: wanted.uuid) }
      #expect(try await world.record(wanted.uuid)?.state == .shutoff)
      #expect(try await world.hypervisor.addresses(uuid: wanted.uuid).isEmpty)
      for _ in 1...2 { try await world.hypervisor.undefineDomain(uuid: wanted.uuid) }
      #expect(try await world.record(wanted.uuid) == nil)
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func aDomainThatIsNotThereIsGoneAlready(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let uuid = world.uuid("nobody")
      try await world.hypervisor.destroyDomain(uuid: uuid)
      try await world.hypervisor.undefineDomain(uuid: uuid)
      #expect(await world.hypervisor.consoleTail(uuid: uuid, lines: 5).isEmpty)
      #expect(try await world.hypervisor.addresses(uuid: uuid).isEmpty)
      await expectRefusal(.final) { _ = try await world.hypervisor.domainXML(uuid: uuid) }
      await expectRefusal { try await world.hypervisor.startDomain(uuid: uuid) }
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func aMarkIsReplacedWhetherOrNotTheDomainRuns(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.makeGround()
      let wanted = world.domain()
      try await world.hypervisor.defineDomain(wanted)
      var mark = wanted.mark
      mark.parts[.memory] = "2 GiB"
      try await world.hypervisor.setMark(mark, uuid: wanted.uuid)
      #expect(try await world.record(wanted.uuid)?.mark == mark)
      try await world.hypervisor.startDomain(uuid: wanted.uuid)
      mark.hasAnswered = true
      mark.preparesLayer = true
      mark.awaitsProof = true
      for _ in 1...2 { try await world.hypervisor.setMark(mark, uuid: wanted.uuid) }
      #expect(try await world.record(wanted.uuid)?.mark == mark)
      try await world.hypervisor.destroyDomain(uuid: wanted.uuid)
      #expect(try await world.record(wanted.uuid)?.mark == mark)
      await expectRefusal {
        try await world.hypervisor.setMark(mark, uuid: world.uuid("nobody"))
      }
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func aDomainsDefinitionComesBack(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.makeGround()
      let wanted = world.domain()
      try await world.hypervisor.defineDomain(wanted)
      for _ in 1...2 {
        let xml = try await world.hypervisor.domainXML(uuid: wanted.uuid)
        let tree = try #require(XMLTree(xml, root: "domain"))
        #expect(tree.first("name")?.text == wanted.name)
        #expect(tree.first("uuid")?.text == wanted.uuid)
        let mac = tree.first("devices")?.first("interface")?.first("mac")?["address"]
        #expect(mac == wanted.mac.description)
        #expect(xml.contains("generation=\"1\"") || xml.contains("generation='1'"))
        #expect(xml.contains(wanted.diskVolume) && xml.contains(DomainXML.namespace))
        try await world.hypervisor.startDomain(uuid: wanted.uuid)
      }
      try await world.addForeign()
      let foreign = try await world.hypervisor.domains().first { $0.mark == nil }
      let uuid = try #require(foreign?.uuid)
      #expect(try await world.hypervisor.domainXML(uuid: uuid).contains(uuid))
    }
  }

  @Test(
    arguments: HypervisorBackEnd.all,
    ["plain", "under_score", "<&>\"'", "ünïcödé", " two  spaces "])
  func aMarkComesBackAsItWas(_ backEnd: HypervisorBackEnd, _ cluster: String) async throws {
    try await backEnd.inWorld { world in
      try await world.makeGround()
      for generation in [1, 2, 7000] {
        let wanted = world.domain(mark: world.mark(cluster, generation: generation))
        try await world.hypervisor.defineDomain(wanted)
        #expect(try await world.record(wanted.uuid)?.mark == wanted.mark)
      }
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func aDomainNeedsItsVolumes(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.makeGround()
      try await world.hypervisor.deleteVolume("disk.qcow2", in: world.pool().name)
      await expectRefusal {
        try await world.hypervisor.defineDomain(world.domain())
        try await world.hypervisor.startDomain(uuid: world.domain().uuid)
      }
    }
  }

  // MARK: others

  @Test(arguments: HypervisorBackEnd.all)
  func aTakenNameIsRefusedForGood(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.makeGround()
      try await world.addForeign()
      let before = try await world.foreign()
      #expect(before.count == 3)
      await expectRefusal(.final) {
        try await world.hypervisor.ensureNetwork(world.network("foreign"))
      }
      await expectRefusal(.final) {
        try await world.hypervisor.ensurePool(world.pool("foreign"))
      }
      await expectRefusal(.final) {
        try await world.hypervisor.defineDomain(world.domain("foreign"))
      }
      #expect(try await world.foreign() == before)
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func foreignObjectsBesideOursStay(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.addForeign()
      let before = try await world.foreign()
      try await world.makeGround()
      let wanted = world.domain()
      try await world.hypervisor.defineDomain(wanted)
      try await world.hypervisor.startDomain(uuid: wanted.uuid)
      #expect(try await world.foreign() == before)
      try await world.hypervisor.destroyDomain(uuid: wanted.uuid)
      try await world.hypervisor.undefineDomain(uuid: wanted.uuid)
      try await world.hypervisor.removePool(uuid: world.pool().uuid)
      try await world.hypervisor.removeNetwork(uuid: world.network().uuid)
      #expect(try await world.foreign() == before)
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func listsAreSorted(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.makeGround()
      for name in ["zeta", "alpha", "mid"] {
        try await world.hypervisor.defineDomain(world.domain(name))
        try await world.hypervisor.ensurePool(world.pool(name))
        try await world.hypervisor.createVolume(
          VolumeDefinition(name: name, capacity: .mebibytes(1), format: .raw),
          in: world.pool().name)
      }
      let domains = try await world.hypervisor.domains().map(\.name)
      #expect(domains == domains.sorted() && domains.count >= 3)
      let pools = try await world.hypervisor.pools().map(\.name)
      #expect(pools == pools.sorted() && pools.count >= 4)
      #expect(try await world.volumes() == ["alpha", "disk.qcow2", "mid", "seed.iso", "zeta"])
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func fiftyCallsAtOnce(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.makeGround()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<50 {
          group.addTask {
            switch number % 5 {
            case 0: try await world.hypervisor.defineDomain(world.domain("vm\(number)"))
            case 1: _ = try await world.hypervisor.domains()
            case 2: _ = try await world.volumes()
            case 3: try await world.hypervisor.ensureNetwork(world.network())
            default:
              try await world.hypervisor.createVolume(
                VolumeDefinition(name: "v\(number)", capacity: .mebibytes(1), format: .qcow2),
                in: world.pool().name)
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(
        try await world.hypervisor.domains().filter { $0.name.hasPrefix(world.tag) }.count == 10)
      #expect(try await world.volumes().count == 12)
    }
  }
}
