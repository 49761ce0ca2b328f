/// How often a step that failed with disposition `retry` is tried again, and after which pauses.
package struct RetryPolicy: Hashable, Sendable {
  /// The number of attempts in all.
  package let attempts: Int
  /// The pause before the second attempt; it doubles from then on.
  let firstDelay: Duration
  /// The longest pause.
  private static let longestDelay = Duration.seconds(60)

  /// Steps that wait by themselves until their limit.
  static let never = RetryPolicy(attempts: 1, firstDelay: .zero)
  /// Work on the hypervisor: cheap to repeat.
  package static let hypervisor = RetryPolicy(attempts: 3, firstDelay: .seconds(2))
  /// A prepared layer: begins from nothing each time.
  static let layer = RetryPolicy(attempts: 2, firstDelay: .seconds(3))
  /// Work on a node, repeated when the connection broke: each node task checks first and does only
  /// what is missing.
  static let node = RetryPolicy(attempts: 5, firstDelay: .seconds(3))
  /// DC/OS's own set-up: a node under it may be hard to reach for long.
  static let install = RetryPolicy(attempts: 10, firstDelay: .seconds(3))

  private init(attempts: Int, firstDelay: Duration) {
    self.attempts = attempts
    self.firstDelay = firstDelay
  }

  /// The pause after an attempt (from 1): doubled each time, then spread over half to all of it, so
  /// that nodes that failed together do not come back together.
  ///
  /// The same seed, step and attempt give the same pause.
  package func delay(after attempt: Int, of step: StepID, seed: UInt64) -> Duration {
    var delay = firstDelay
    for _ in 1..<max(attempt, 1) { delay = min(delay * 2, Self.longestDelay) }
    var bits = seed &+ UInt64(attempt)
    for byte in step.description.utf8 { bits = (bits ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    bits ^= bits >> 33
    return delay * (0.5 + Double(bits % 1000) / 2000)
  }
}
