@testable import ForgePorts
@testable import ForgePlanning
@testable import ForgeLibvirt
@testable import ForgeSimulation
@testable import ForgeSupport
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// What is libvirt's own, beyond the contract.
@Suite struct LibvirtHypervisorTests {
  private func definition(_ world: HypervisorWorld) async throws -> DomainDefinition {
    try await world.makeGround()
    try await world.hypervisor.defineDomain(world.domain())
    return world.domain()
  }

  @Test func aHostThatDoesNotListenNeedsAFix() async throws {
    let hypervisor = LibvirtHypervisor(uri: "qemu+unix:///system?socket=/nonexistent/libvirt-sock")
    let error = await #expect(throws: ForgeError.self) { try await hypervisor.domains() }
    #expect(error?.category == .hypervisor && error?.disposition == .afterFix)
    #expect(error?.observed.contains("/nonexistent/libvirt-sock") == true)
  }

  @Test(arguments: ["", "nonsense://", "qemu+tcp://[::bad", "test:///nonexistent.xml", "\u{0}"])
  func aURIThatLeadsNowhereIsAnError(_ uri: String) async throws {
    let hypervisor = LibvirtHypervisor(uri: uri.isEmpty ? "x:" : uri)
    let error = await #expect(throws: ForgeError.self) { try await hypervisor.networks() }
    #expect(error?.category == .hypervisor)
  }

  @Test func aPausedDomainIsResumed() async throws {
    let hypervisor = try TestWorld.hypervisor()
    let world = HypervisorWorld(hypervisor: hypervisor, tag: "t", octet: 1) {}
    let domain = try await definition(world)
    try await hypervisor.startDomain(uuid: domain.uuid)
    try await hypervisor.perform("suspend", on: "it") {
      try $0.domain(uuid: domain.uuid)?.suspend()
    }
    #expect(try await world.record(domain.uuid)?.state == .paused)
    try await hypervisor.startDomain(uuid: domain.uuid)
    #expect(try await world.record(domain.uuid)?.state == .running)
  }

  @Test func aVolumeWithACompanionIsNotListedAndIsMadeAgain() async throws {
    let hypervisor = try TestWorld.hypervisor()
    let world = HypervisorWorld(hypervisor: hypervisor, tag: "t", octet: 1) {}
    let pool = world.pool().name
    try await hypervisor.ensurePool(world.pool())
    try await hypervisor.createVolume(HypervisorWorld.seed, in: pool)
    // What a process leaves that was killed during the upload.
    try await hypervisor.perform("plant", on: "a companion") { connection in
      _ = try connection.pool(name: pool)?.createVolume(
        """
        <volume><name>seed.iso.partial</name><capacity>0</capacity></volume>
        """)
    }
    let contents = try await hypervisor.poolContents(uuid: world.pool().uuid)
    #expect(contents?.volumes == [] && contents?.torn == ["seed.iso"])
    try await hypervisor.createVolume(HypervisorWorld.seed, in: pool)
    #expect(try await world.volumes() == ["seed.iso"])
    // The companion alone, too: killed before the volume was made.
    try await hypervisor.deleteVolume("seed.iso", in: pool)
    try await hypervisor.perform("plant", on: "a companion") { connection in
      _ = try connection.pool(name: pool)?.createVolume(
        """
        <volume><name>seed.iso.partial</name><capacity>0</capacity></volume>
        """)
    }
    try await hypervisor.createVolume(HypervisorWorld.seed, in: pool)
    #expect(try await world.volumes() == ["seed.iso"])
  }

  @Test func destroyLooksIntoAPoolThatStoodStillWhereverItLies() async throws {
    let hypervisor = try TestWorld.hypervisor()
    let spec = Samples.wanted().spec
    var pool = ClusterIdentity(spec).pool
    pool.path += "-of-before"
    try await hypervisor.ensurePool(pool)
    let name = pool.name
    // Somebody else's file, and what a killed upload of ours left.
    let planted = ["report.partial", "lxb001-1.qcow2", "lxb001-1.qcow2.partial"]
    try await hypervisor.perform("plant", on: "volumes") { connection in
      guard let pool = try connection.pool(name: name) else { return }
      for volume in planted {
        _ = try pool.createVolume(
          "<volume><name>\(volume)</name><capacity>0</capacity></volume>")
      }
      try pool.stop()
    }
    var context = SimulatedCluster(seed: 1).context()
    context.hypervisor = hypervisor
    let destroyAll = Destroy(spec, context: context)
    let error = await #expect(throws: ForgeError.self) { try await destroyAll.run() }
    #expect(error?.category == .refused && error?.observed == "report")
    let destroy = Destroy(spec, context: context, keepingImage: true)
    #expect(try await destroy.inventory() == ["1 volume of pool \(name)"])
    try await destroy.run()
    let left = try await hypervisor.perform("list", on: name) { connection in
      try connection.pool(name: name)?.volumeNames()
    }
    #expect(left == ["report.partial"])
  }

  /// The schema catches what libvirt's parser lets pass.
  @Test func definitionsAreValidated() async throws {
    let hypervisor = try TestWorld.hypervisor()
    let error = await #expect(throws: ForgeError.self) {
      try await hypervisor.perform("define the domain", on: "domain x") { connection in
        _ = try connection.defineDomain(
          """
          <domain type='test'><name>x</name><memory>65536</memory><os><type>hvm</type></os>
          <on_crush>destroy</on_crush></domain>
          """)
      }
    }
    #expect(error?.disposition == .final)
    #expect(error?.observed.contains("on_crush") == true)
  }

  @Test(arguments: [true, false])
  func everyShapeOfADomainIsValid(_ usesKVM: Bool) async throws {
    let hypervisor = try TestWorld.hypervisor()
    let world = HypervisorWorld(hypervisor: hypervisor, tag: "t", octet: 1) {}
    try await world.makeGround()
    var domain = world.domain()
    domain.usesKVM = usesKVM
    for attachment in [domain.attachment, .bridge("br0")] {
      for boot in [nil, DomainDefinition.DirectBoot(kernel: "/k", initrd: nil, arguments: "")] {
        for console in [nil, "console.log"] {
          (domain.attachment, domain.directBoot, domain.consoleVolume) = (attachment, boot, console)
          try await hypervisor.defineDomain(domain)
        }
      }
    }
    #expect(try await hypervisor.domains().contains { $0.uuid == domain.uuid })
  }

  @Test func slowCallsDoNotHoldUpOthers() async throws {
    let hypervisor = LibvirtHypervisor(uri: "test:///default", connections: 4)
    let active = Tally()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...4 {
        group.addTask {
          try await hypervisor.perform("sleep", on: "it") { _ in
            active.begin()
            Thread.sleep(forTimeInterval: 1)
            active.end()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(active.most > 1)
  }
}

/// How many calls run at once, now and at most.
private final class Tally: Sendable {
  private let counts = Locked((now: 0, most: 0))

  func begin() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
  func end() { counts.withLock { $0.now -= 1 } }
  var most: Int { counts.withLock(\.most) }
}
