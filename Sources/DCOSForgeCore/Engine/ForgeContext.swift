package import ForgePorts
package import ForgeEvents

/// The world that an operation works in: every capability it has, in one value.
package struct ForgeContext: Sendable {
  package var hypervisor: any Hypervisor
  /// The way onto nodes.
  package var shell: any RemoteShell
  package var clock: any ForgeClock
  /// Makes seed images.
  package var buildSeed: SeedBuilder
  /// Where events go; called from many tasks, in the order in which things happened.
  package var sink: @Sendable (Event) -> Void
  /// The operator's wish to end the run.
  package var stop: StopSignal
  /// The seed of retry pauses.
  package var jitterSeed: UInt64
  /// When the run began.
  package var start: Moment

  /// Makes a context; the run begins now.
  package init(
    hypervisor: any Hypervisor, shell: any RemoteShell, clock: any ForgeClock,
    buildSeed: @escaping SeedBuilder, sink: @escaping @Sendable (Event) -> Void,
    stop: StopSignal = StopSignal(), jitterSeed: UInt64 = 0
  ) {
    self.hypervisor = hypervisor
    self.shell = shell
    self.clock = clock
    self.buildSeed = buildSeed
    self.sink = sink
    self.stop = stop
    self.jitterSeed = jitterSeed
    self.start = clock.now
  }

  /// Sends an event with the time of now.
  package func emit(_ kind: Event.Kind) {
    sink(
      Event(
        elapsed: clock.now.since(start), wallMilliseconds: clock.wallMilliseconds, kind: kind))
  }
}

/// The machine's own clock.
package struct SystemClock: ForgeClock {
  private let clock = SuspendingClock()
  private let origin: SuspendingClock.Instant

  /// Makes a clock that begins now.
  package init() { origin = clock.now }

  /// The time since the clock was made; it does not advance while the machine sleeps.
  package var now: Moment { Moment(sinceStart: origin.duration(to: clock.now)) }

  /// The calendar time.
  package var wallMilliseconds: Int64 { wallClockMilliseconds() }

  /// Waits on the machine's clock.
  package func sleep(until moment: Moment) async throws {
    try await clock.sleep(until: origin.advanced(by: moment.sinceStart), tolerance: nil)
  }
}

/// The machine's own clock, which goes on while the machine sleeps, as those do that wait for it.
package struct WakefulClock: ForgeClock {
  private let clock: ContinuousClock = .continuous
  private let origin = ContinuousClock.now

  /// Makes a clock that begins now.
  package init() {}

  /// The time since the clock was made, also that which the machine slept.
  package var now: Moment { Moment(sinceStart: origin.duration(to: clock.now)) }

  /// The calendar time.
  package var wallMilliseconds: Int64 { wallClockMilliseconds() }

  /// Waits on the machine's clock; what came due while the machine slept ends when it wakes.
  package func sleep(until moment: Moment) async throws {
    try await clock.sleep(until: origin.advanced(by: moment.sinceStart), tolerance: nil)
  }
}
