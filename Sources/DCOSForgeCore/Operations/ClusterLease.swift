import ForgeSupport
package import ForgePorts
package import ForgeModel

/// The lease on a cluster: held by at most one run of all machines, for as long as it renews it.
///
/// `docs/locks.md` says how, and why so.
package struct ClusterLease: Sendable {
  /// The time between two renewals.
  package static let renewalInterval = Duration.seconds(5)
  /// A run that could not renew for so long stops itself.
  package static let holdLimit = Duration.seconds(15)
  /// A lease that nobody renewed for so long is dead; longer than ``holdLimit``, so that its run
  /// has stopped.
  package static let deathLimit = Duration.seconds(20)
  /// How far another machine's clock may be ahead before its heartbeat is doubted.
  package static let clockTolerance = Duration.seconds(5)
  /// The time between two looks at another's lease, and between two attempts to renew.
  package static let lookInterval = Duration.seconds(1)
  /// How often a call is made whose connection breaks.
  static let attempts = 3
  /// How often a run that finds the lease free or dead may find another run faster.
  static let contestLimit = 5

  private let mine: Lease
  private let hypervisor: any Hypervisor
  private let clock: any ForgeClock
  private let report: @Sendable (String) -> Void

  /// Makes the lease of one run; nothing is asked yet.
  ///
  /// - Parameters:
  ///   - cluster: The cluster's name.
  ///   - uuid: What distinguishes the lease from others: random, lower case with hyphens.
  ///   - holder: The run.
  ///   - origin: That of the kernel lock that the run has: what another lease of it left behind is
  ///     dead.
  ///   - hypervisor: A connection that nothing else keeps busy.
  ///   - clock: A clock that goes on while the machine sleeps.
  ///   - report: Gets what the operator should know, while it happens.
  package init(
    _ cluster: String, uuid: String, holder: LockHolder, origin: String,
    on hypervisor: any Hypervisor, clock: any ForgeClock,
    report: @escaping @Sendable (String) -> Void
  ) {
    mine = Lease(
      cluster: cluster, uuid: uuid, holder: holder, origin: origin, beat: 0,
      renewed: clock.wallMilliseconds)
    self.hypervisor = hypervisor
    self.clock = clock
    self.report = report
  }

  /// Runs the body while the lease is held, and gives it back whatever the body came to.
  ///
  /// Waits for another run until the deadline, then throws category `locked`, naming it. When the
  /// lease is lost the body is cancelled and awaited, and category `locked` is thrown; when it
  /// could not be renewed in time, category `hypervisor`.
  package func hold<Value: Sendable>(
    until deadline: Moment, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let start = try await acquire(until: deadline)
    do {
      let value = try await keep(from: start, during: body)
      await release()
      return value
    } catch {
      await release()
      throw error
    }
  }

  // MARK: taking it

  /// Takes the lease; the moment is one at which it was certainly not yet there.
  private func acquire(until deadline: Moment) async throws(ForgeError) -> Moment {
    for _ in 1...Self.contestLimit {
      if let dead = try await deadLease(until: deadline) {
        try await insisting { () async throws(ForgeError) in
          try await hypervisor.removeLease(uuid: dead.uuid)
        }
        if dead.origin != mine.origin {
          report(
            "took the cluster over from \(dead.holder): no heartbeat for \(Self.deathLimit.brief)")
        }
      }
      let start = clock.now
      if try await create() { return start }
    }
    throw ForgeError(
      .locked, "its lease changes hands too fast", on: mine.cluster,
      observed: "lost to other runs \(Self.contestLimit) times", advice: "run it again")
  }

  /// Waits until the lease is free, which is nil, or its holder dead; throws category `locked` when
  /// the holder lives on after the deadline.
  private func deadLease(until deadline: Moment) async throws(ForgeError) -> Lease? {
    var seen: (lease: Lease, at: Moment)?
    var lives = false
    while let found = try await read() {
      if found.origin == mine.origin { return found }
      if let last = seen, (last.lease.uuid, last.lease.beat) == (found.uuid, found.beat) {
        if clock.now.since(last.at) >= Self.deathLimit { return found }
      } else {
        // A count that moved is a sign of life; at first there are only the clocks to go by.
        let wasSeen = seen != nil
        lives = wasSeen || looksFresh(found)
        seen = (found, clock.now)
        if !wasSeen { announce(found, lives: lives, waits: clock.now < deadline) }
      }
      if lives && clock.now >= deadline {
        throw .locked(by: describe(found), on: mine.cluster)
      }
      do { try await clock.sleep(for: Self.lookInterval) } catch { throw .stopped }
    }
    return nil
  }

  private func announce(_ other: Lease, lives: Bool, waits: Bool) {
    if !lives {
      report("\(describe(other)): looking for \(Self.deathLimit.brief) whether it still lives …")
    } else if waits {
      report("waiting for \(describe(other)) …")
    }
  }

  /// Puts the lease there; false when somebody else was faster.
  private func create() async throws(ForgeError) -> Bool {
    var lease = mine
    lease.renewed = clock.wallMilliseconds
    do throws(ForgeError) {
      try await hypervisor.createLease(lease)
      return true
    } catch {
      // The world knows what a call came to that was refused, or whose connection broke.
      let refusal = error
      do throws(ForgeError) {
        let found = try await read()
        if found?.uuid == lease.uuid { return true }
        if found == nil && refusal.disposition != .retry { throw refusal }
        return false
      } catch {
        await release()
        throw error
      }
    }
  }

  // MARK: keeping it

  /// The last renewal that succeeded, and what the attempts since then came to.
  private struct Renewal {
    var at: Moment
    var failure: ForgeError?
  }

  private func keep<Value: Sendable>(
    from start: Moment, during body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let last = Locked(Renewal(at: start))
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await renew(last)
        return nil
      }
      // Apart from the renewals, so that one that hangs holds up nobody.
      group.addTask {
        try await watch(last)
        return nil
      }
      defer { group.cancelAll() }
      while let ended = try await group.next() {
        if let ended { return ended }
      }
      throw ForgeError.stopped
    }
  }

  /// Renews until it is cancelled; throws when the lease is another's.
  private func renew(_ last: Locked<Renewal>) async throws(ForgeError) {
    var lease = mine
    var pause = Self.renewalInterval
    while (try? await clock.sleep(for: pause)) != nil {
      let start = clock.now
      lease.beat += 1
      lease.renewed = clock.wallMilliseconds
      do throws(ForgeError) {
        guard try await hypervisor.renewLease(lease) else { throw await lost() }
        last.withLock { $0 = Renewal(at: start) }
        pause = Self.renewalInterval
      } catch {
        if error.category == .locked { throw error }
        last.withLock { $0.failure = error }
        pause = Self.lookInterval
      }
    }
  }

  private func lost() async -> ForgeError {
    let other = try? await hypervisor.lease(of: mine.cluster)
    return ForgeError(
      .locked, "lost the cluster to another run", on: mine.cluster,
      observed: other.map(describe) ?? "the lease was removed",
      advice: "nothing more was begun; when the other run has ended, run this again: it continues",
      disposition: .final)
  }

  /// Waits until it is cancelled; throws when the last renewal is too long ago.
  private func watch(_ last: Locked<Renewal>) async throws(ForgeError) {
    while true {
      let renewal = last.withLock { $0 }
      let limit = renewal.at.advanced(by: Self.holdLimit)
      guard clock.now < limit else {
        throw ForgeError(
          .hypervisor, "the lease on the cluster could not be renewed", on: mine.cluster,
          observed: "for \(clock.now.since(renewal.at).brief)"
            + (renewal.failure.map { ": \($0)" } ?? ""),
          advice: "nothing more was begun; run it again: it continues", disposition: .retry)
      }
      do { try await clock.sleep(until: limit) } catch { return }
    }
  }

  // MARK: giving it back

  /// Removes the lease, also in a cancelled task; what cannot be removed is dead for others after
  /// ``deathLimit``.
  private func release() async {
    do throws(ForgeError) {
      try await insisting { () async throws(ForgeError) in
        try await hypervisor.removeLease(uuid: mine.uuid)
      }
    } catch {
      report("the lease stays behind, dead in \(Self.deathLimit.brief): \(error)")
    }
  }

  // MARK: parts

  private func read() async throws(ForgeError) -> Lease? {
    try await insisting { () async throws(ForgeError) in
      try await hypervisor.lease(of: mine.cluster)
    }
  }

  /// Makes a call again whose connection broke.
  private func insisting<Value: Sendable>(
    _ call: @Sendable () async throws(ForgeError) -> Value
  ) async throws(ForgeError) -> Value {
    var attempt = 1
    while true {
      do throws(ForgeError) {
        return try await call()
      } catch {
        guard error.disposition == .retry, attempt < Self.attempts else { throw error }
      }
      attempt += 1
      try? await clock.sleep(for: Self.lookInterval)  // none in a cancelled task
    }
  }

  private func age(_ other: Lease) -> Duration {
    .milliseconds(clock.wallMilliseconds - other.renewed)
  }

  private func looksFresh(_ other: Lease) -> Bool {
    (.zero - Self.clockTolerance...Self.deathLimit).contains(age(other))
  }

  private func describe(_ other: Lease) -> String {
    let age = age(other)
    let heartbeat =
      age < .zero ? "\((.zero - age).brief) ahead of this clock" : "\(age.brief) ago"
    return "\(other.holder), last heartbeat \(heartbeat)"
  }
}
