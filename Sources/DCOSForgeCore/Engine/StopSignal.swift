internal import Synchronization

/// The operator's wish to end a run: raised by the first Ctrl-C, read by the engine before it
/// starts a step and by every wait between two looks.
///
/// The second Ctrl-C is the cancellation of the run's task.
package final class StopSignal: Sendable {
  private let raised = Atomic<Bool>(false)

  /// Makes a signal that is not raised.
  package init() {}

  /// Whether the run shall end.
  package var isRaised: Bool { raised.load(ordering: .acquiring) }

  /// Asks for the end of the run.
  package func raise() { raised.store(true, ordering: .releasing) }
}
