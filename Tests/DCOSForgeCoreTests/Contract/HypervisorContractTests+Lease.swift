@testable import ForgePorts
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

/// What every back end promises of leases.
extension HypervisorContractTests {
  @Test(arguments: HypervisorBackEnd.all)
  func aLeaseComesAndGoesAnyNumberOfTimes(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      var lease = world.lease("mine")
      for _ in 1...2 {
        #expect(try await world.hypervisor.lease(of: world.tag) == nil)
        for beat in 0...2 {
          lease.beat = beat
          try await world.hypervisor.createLease(lease)
          #expect(try await world.hypervisor.lease(of: world.tag) == lease)
        }
        for beat in 3...5 {
          (lease.beat, lease.renewed) = (beat, lease.renewed + 5000)
          #expect(try await world.hypervisor.renewLease(lease))
          #expect(try await world.hypervisor.lease(of: world.tag) == lease)
        }
        #expect(try await world.hypervisor.lease(of: world.tag + "-other") == nil)
        for _ in 1...2 { try await world.hypervisor.removeLease(uuid: lease.uuid) }
        #expect(try await world.hypervisor.lease(of: world.tag) == nil)
      }
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func aHeldLeaseIsNotGivenAway(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let (mine, other) = (world.lease("mine"), world.lease("other"))
      try await world.hypervisor.createLease(mine)
      await expectRefusal(.final) { try await world.hypervisor.createLease(other) }
      try await world.hypervisor.removeLease(uuid: other.uuid)
      #expect(try await !world.hypervisor.renewLease(other))
      #expect(try await world.hypervisor.lease(of: world.tag) == mine)
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func aLeaseThatIsGoneIsNotRenewed(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let (mine, other) = (world.lease("mine"), world.lease("other"))
      #expect(try await !world.hypervisor.renewLease(mine))
      try await world.hypervisor.createLease(mine)
      try await world.hypervisor.removeLease(uuid: mine.uuid)
      #expect(try await !world.hypervisor.renewLease(mine))
      try await world.hypervisor.createLease(other)
      #expect(try await !world.hypervisor.renewLease(mine))
      #expect(try await world.hypervisor.lease(of: world.tag) == other)
    }
  }

  @Test(arguments: HypervisorBackEnd.all)
  func ofManyAtOnceOneGetsTheLease(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      let winners = try await withThrowingTaskGroup(of: String?.self) { group in
        for number in 1...10 {
          group.addTask {
            let lease = world.lease("run\(number)")
            do {
              try await world.hypervisor.createLease(lease)
              return lease.uuid
            } catch let error as ForgeError {
              #expect(error.category == .hypervisor && error.disposition == .final)
              return nil
            }
          }
        }
        return try await group.reduce(into: [String]()) { if let uuid = $1 { $0.append(uuid) } }
      }
      #expect(winners.count == 1)
      #expect(try await world.hypervisor.lease(of: world.tag)?.uuid == winners.first)
    }
  }

  /// It is in nobody's way: not listed, and left alone by what is done to domains.
  @Test(arguments: HypervisorBackEnd.all)
  func aLeaseIsNoDomain(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.addForeign()
      // On a real hypervisor other tests have domains of their own.
      let names = { @Sendable in
        try await world.hypervisor.domains().map(\.name).filter { $0.contains(world.tag) }
      }
      #expect(try await names() == ["\(world.tag)-foreign"])
      try await world.hypervisor.createLease(world.lease("mine"))
      #expect(try await names() == ["\(world.tag)-foreign"])
      #expect(try await world.hypervisor.renewLease(world.lease("mine")))
      #expect(try await names() == ["\(world.tag)-foreign"])
    }
  }

  /// The other way round: no domain is a lease, though it has a lease's name.
  @Test(arguments: HypervisorBackEnd.all)
  func aDomainIsNoLease(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.makeGround()
      var domain = world.domain()
      domain.name = Lease.domainName(of: world.tag)
      try await world.hypervisor.defineDomain(domain)
      #expect(try await world.hypervisor.lease(of: world.tag) == nil)
      await expectRefusal(.final) { try await world.hypervisor.createLease(world.lease("mine")) }
      try await world.hypervisor.removeLease(uuid: domain.uuid)
      #expect(try await world.record(domain.uuid)?.name == domain.name)
      try await world.hypervisor.undefineDomain(uuid: domain.uuid)
      try await world.hypervisor.createLease(world.lease("mine"))
      await expectRefusal(.final) { try await world.hypervisor.defineDomain(domain) }
    }
  }

  @Test(
    arguments: HypervisorBackEnd.all, ["under_score", "<&>\"'", "ünïcödé", " two  spaces ", ""])
  func aHolderComesBackAsItWas(_ backEnd: HypervisorBackEnd, _ text: String) async throws {
    try await backEnd.inWorld { world in
      var lease = world.lease("mine")
      lease.holder = LockHolder(
        user: text, host: text, pid: .max, command: text, since: 253_402_300_799_999)
      lease.origin = text
      try await world.hypervisor.createLease(lease)
      #expect(try await world.hypervisor.lease(of: world.tag) == lease)
      lease.beat = 1_000_000_000
      #expect(try await world.hypervisor.renewLease(lease))
      #expect(try await world.hypervisor.lease(of: world.tag) == lease)
    }
  }

  /// A run that was cancelled begins nothing more, but gives its lease back.
  @Test(arguments: HypervisorBackEnd.all)
  func aCancelledTaskOnlyRemovesItsLease(_ backEnd: HypervisorBackEnd) async throws {
    try await backEnd.inWorld { world in
      try await world.hypervisor.createLease(world.lease("mine"))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
          for call in [
            { try await world.hypervisor.ensureNetwork(world.network()) },
            { try await world.hypervisor.ensurePool(world.pool()) },
            { _ = try await world.hypervisor.domains() },
            { _ = try await world.hypervisor.renewLease(world.lease("mine")) },
          ] as [@Sendable () async throws -> Void] {
            let error = await #expect(throws: ForgeError.self) { try await call() }
            #expect(error?.category == .interrupted)
          }
          try await world.hypervisor.removeLease(uuid: world.lease("mine").uuid)
        }
        try await group.waitForAll()
      }
      #expect(try await world.hypervisor.lease(of: world.tag) == nil)
      #expect(try await !world.hypervisor.networks().contains { $0.uuid == world.network().uuid })
      #expect(try await !world.hypervisor.pools().contains { $0.uuid == world.pool().uuid })
    }
  }
}

extension HypervisorWorld {
  /// A lease of the cluster that is named after the world's tag.
  func lease(_ run: String) -> Lease {
    Lease(
      cluster: tag, uuid: uuid(run),
      holder: LockHolder(
        user: "alice", host: "desk", pid: 4711, command: "up", since: 1_772_442_764_120),
      origin: run, beat: 0, renewed: 1_772_442_764_120)
  }
}
