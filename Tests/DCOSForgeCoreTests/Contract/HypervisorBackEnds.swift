@testable import ForgeModel
@testable import ForgeLibvirt
@testable import ForgeSimulation
@testable import ForgeSupport
import Foundation
import Testing

@testable import DCOSForgeCore

/// The last number that a progress report gave.
final class Progress: Sendable {
  let last = Locked<Int64>(0)
}

extension HypervisorBackEnd {
  /// libvirt's test driver, a world per test.
  static let testDriver = HypervisorBackEnd(
    testDescription: "test driver", lacks: [.uploads]
  ) { body in
    let hypervisor = try TestWorld.hypervisor()
    let world = HypervisorWorld(hypervisor: hypervisor, tag: "t", octet: 1) {
      try await hypervisor.defineForeign(tag: "t", octet: 2)
    }
    try await body(world)
    try await world.removeAll()
    #expect(try await hypervisor.domains().isEmpty)
  }

  /// The simulated hypervisor.
  static let simulated = HypervisorBackEnd(testDescription: "simulation") { body in
    _ = try Simulation.run(seed: 1) { cluster in
      try await body(
        HypervisorWorld(hypervisor: cluster.hypervisor, tag: "s", octet: 1) {
          cluster.addForeign(tag: "s")
        })
    }
  }

  /// A real libvirtd, in which only objects with a tag of the test's own are touched.
  static func real(_ uri: String) -> HypervisorBackEnd {
    HypervisorBackEnd(testDescription: uri) { body in
      let number = next.withLock { number in
        number += 1
        return number
      }
      let hypervisor = LibvirtHypervisor(uri: uri)
      let tag = "dcftest\(getpid())-\(number)x"  // no tag is the beginning of another
      let world = HypervisorWorld(
        hypervisor: hypervisor, tag: tag, octet: number * 2,
        folder: ProcessInfo.processInfo.environment["DCOSFORGE_TEST_LIBVIRT_FOLDER"]
          ?? "/var/lib/libvirt/images"
      ) { try await hypervisor.defineForeign(tag: tag, octet: number * 2 + 1) }
      do {
        try await body(world)
      } catch {
        try? await world.removeAll()
        throw error
      }
      try await world.removeAll()
    }
  }

  private static let next = Locked(0)
}

extension SimulatedCluster {
  /// Puts a network, a pool and a domain without a mark into the world.
  func addForeign(tag: String) {
    let world = HypervisorWorld(hypervisor: hypervisor, tag: "other", octet: 2) {}
    change { simulated in
      var network = world.network()
      var pool = world.pool()
      (network.name, pool.name) = ("\(tag)-foreign", "\(tag)-foreign")
      simulated.networks[network.uuid] = .init(definition: network, isActive: true)
      simulated.pools[pool.uuid] = .init(definition: pool, isActive: false, volumes: [:])
      let uuid = world.uuid("vm")
      simulated.domains[uuid] = .init(
        record: DomainRecord(name: "\(tag)-foreign", uuid: uuid, state: .shutoff, mark: nil))
    }
  }
}

extension LibvirtHypervisor {
  /// Defines a network, a pool and a domain as another tool would, without our mark.
  func defineForeign(tag: String, octet: Int) async throws {
    try await perform("define", on: "foreign objects") { connection in
      let network = try connection.defineNetwork(
        """
        <network><name>\(tag)-foreign</name><bridge name='dcft\(octet)'/>
        <ip address='10.213.\(octet).1' netmask='255.255.255.0'>
        <dhcp><range start='10.213.\(octet).2' end='10.213.\(octet).9'/>
        <host mac='52:54:00:00:00:01' ip='10.213.\(octet).3'/></dhcp></ip></network>
        """)
      try network.start()
      // A folder that does not exist: whatever goes wrong in a test, no file can be lost.
      _ = try connection.definePool(
        """
        <pool type='dir'><name>\(tag)-foreign</name>
        <target><path>/nonexistent/\(tag)-foreign</path></target></pool>
        """)
      _ = try connection.defineDomain(
        """
        <domain type='test'><name>\(tag)-foreign</name><memory>65536</memory>
        <metadata><other:thing xmlns:other='urn:other' cluster='contract' node='n10'/></metadata>
        <os><type arch='x86_64'>hvm</type></os></domain>
        """.replacingOccurrences(
          of: "'test'", with: uri.hasPrefix("test") ? "'test'" : "'qemu'"))
    }
  }
}
