import ForgeSupport

/// Runs the jobs of one simulation on the calling thread, always one of the runnable ones by seed.
///
/// Child tasks, `async let` and default actors follow it as their task's preference. Unstructured
/// tasks and actors with executors of their own would escape from it.
final class SimulationExecutor: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var generator: SeededGenerator
    var digest = TraceDigest()
    var count = 0
  }

  private let state: Locked<State>

  init(seed: UInt64) {
    state = Locked(State(generator: SeededGenerator(seed: seed, stream: "executor")))
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.jobs.append(job) }
  }

  /// Runs one runnable job; false when there is none.
  func runOne() -> Bool {
    let picked = state.withLock { state -> UnownedJob? in
      guard !state.jobs.isEmpty else { return nil }
      let index = state.generator.index(below: state.jobs.count)
      state.digest.combine(small: index)
      state.count += 1
      state.jobs.swapAt(index, state.jobs.count - 1)
      return state.jobs.removeLast()
    }
    guard let picked else { return false }
    unsafe picked.runSynchronously(on: asUnownedTaskExecutor())
    return true
  }

  /// How many jobs have run.
  var count: Int { state.withLock { $0.count } }

  /// A digest of all choices made so far.
  var digest: UInt64 { state.withLock { $0.digest.value } }
}
