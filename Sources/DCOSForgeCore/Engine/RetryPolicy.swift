import ForgePlanning

/// How often a step that failed with disposition `retry` is tried again, and after which pauses.
struct RetryPolicy: Hashable, Sendable {
  /// The number of attempts in all.
  var attempts: Int
  /// The pause before the second attempt; it doubles from then on.
  var firstDelay: Duration
  /// The longest pause.
  var longestDelay: Duration = .seconds(60)

  /// The policy of a kind of step.
  ///
  /// Work on the hypervisor is cheap to repeat. Work on nodes is repeated when the connection broke: each
  /// task on a node checks first and does only what is missing. A prepared layer begins anew each time.
  init(for kind: StepKind) {
    switch kind {
    case .network, .pool, .baseImage, .remove, .machine:
      self.init(attempts: 3, firstDelay: .seconds(2))
    case .preparedLayer:
      self.init(attempts: 2, firstDelay: .seconds(3))
    case .adopt, .time, .prerequisites, .ipDetect, .generate, .serve, .fetch, .preflight:
      self.init(attempts: 5, firstDelay: .seconds(3))
    case .installMaster, .installAgent:
      self.init(attempts: 10, firstDelay: .seconds(3))
    case .drain, .quorumGuard, .reachable, .quorum, .join, .retire, .health:
      self.init(attempts: 1, firstDelay: .zero)
    }
  }

  private init(attempts: Int, firstDelay: Duration) {
    self.attempts = attempts
    self.firstDelay = firstDelay
  }

  /// The pause after an attempt (from 1): doubled each time, then spread over half to all of it, so
  /// that nodes that failed together do not come back together.
  ///
  /// The same seed, step and attempt give the same pause.
  func delay(after attempt: Int, of step: StepID, seed: UInt64) -> Duration {
    var delay = firstDelay
    for _ in 1..<max(attempt, 1) { delay = min(delay * 2, longestDelay) }
    var bits = seed &+ UInt64(attempt)
    for byte in step.description.utf8 { bits = (bits ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    bits ^= bits >> 33
    return delay * (0.5 + Double(bits % 1000) / 2000)
  }
}
