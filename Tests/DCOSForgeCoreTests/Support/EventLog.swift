@testable import ForgeEvents
@testable import ForgePorts
@testable import ForgeSimulation
@testable import ForgeSupport

@testable import DCOSForgeCore

/// Collects the events of a run.
final class EventLog: Sendable {
  private let events = Locked<[Event]>([])
  private let onGate: @Sendable () -> Void

  init(onGate: @escaping @Sendable () -> Void = {}) { self.onGate = onGate }

  func append(_ event: Event) {
    if case .gateOpened = event.kind { onGate() }
    events.withLock { $0.append(event) }
  }

  var all: [Event] { events.withLock { $0 } }
}

extension SimulatedCluster {
  /// The context of a run on the cluster; its events go to the log.
  func context(_ events: EventLog = EventLog()) -> ForgeContext {
    ForgeContext(
      hypervisor: hypervisor, shell: shell, clock: clock,
      buildSeed: SimulatedCluster.buildSeed, sink: { events.append($0) }, jitterSeed: seed)
  }
}
