@testable import ForgePorts
@testable import ForgeSimulation
import DCOSForgeCore
import Testing

@Suite struct SimulationTests {
  private actor Log {
    var lines: [Int] = []
    func add(_ line: Int) { lines.append(line) }
  }

  /// Seven tasks of three naps each, all writing to one actor.
  private func interleaving(seed: UInt64) throws -> Simulation.Outcome<[Int]> {
    try Simulation.run(seed: seed) { cluster in
      let log = Log()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...7 {
          group.addTask {
            for _ in 1...3 {
              try await cluster.clock.sleep(for: .seconds(5))
              await log.add(number)
            }
          }
        }
        try await group.waitForAll()
      }
      return await log.lines
    }
  }

  @Test func sameSeedSameTrace() throws {
    let one = try interleaving(seed: 1)
    let two = try interleaving(seed: 1)
    #expect(one.value == two.value)
    #expect(one.digest == two.digest)
    #expect(one.elapsed == .seconds(15))
  }

  @Test func otherSeedOtherInterleaving() throws {
    let traces = try (1...20).map { try interleaving(seed: $0).value }
    #expect(Set(traces).count > 15)
  }

  /// Hashing is seeded per process, so only another process can show that nothing depends on it.
  @Test func sameSeedSameDigestInAnotherProcess() async throws {
    let digest = try SmallWorld.digest(seed: 1)
    // It changes with what is simulated, with the machines' calls, and with how Swift's runtime
    // cuts tasks into jobs.
    #expect(digest == 143_495_965_086_291_234)
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      print("digest \(try SmallWorld.digest(seed: 1)).")
    }
    let output = String(decoding: result.standardOutputContent, as: UTF8.self)
    #expect(output.contains("digest \(digest)."))
  }

  @Test func deadlockIsFound() throws {
    let failure = #expect(throws: Simulation.Failure.self) {
      try Simulation.run(seed: 3) { _ in
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        for await _ in stream {}
        continuation.finish()
      }
    }
    #expect(failure?.reason == .deadlock)
    #expect(failure?.seed == 3)
  }

  @Test func endlessSleepersRunOutOfTime() throws {
    let failure = #expect(throws: Simulation.Failure.self) {
      try Simulation.run(seed: 3) { cluster in
        while true { try await cluster.clock.sleep(for: .seconds(3600)) }
      }
    }
    #expect(failure?.reason == .virtualTime)
  }

  @Test func endlessWorkRunsOutOfJobs() throws {
    var limits = Simulation.Limits.standard
    limits.jobs = 500
    let failure = #expect(throws: Simulation.Failure.self) {
      try Simulation.run(seed: 3, limits: limits) { _ in
        while !Task.isCancelled { await Task.yield() }
      }
    }
    #expect(failure?.reason == .jobs)
  }

  @Test func cancellationWakesASleeper() throws {
    let outcome = try Simulation.run(seed: 9) { cluster in
      await withTaskGroup(of: Bool.self) { group in
        group.addTask { (try? await cluster.clock.sleep(for: .seconds(1000))) == nil }
        group.addTask {
          try? await cluster.clock.sleep(for: .seconds(1))
          return true
        }
        let first = await group.next()
        group.cancelAll()
        return (first, await group.next(), cluster.clock.now.sinceStart)
      }
    }
    #expect(outcome.value.0 == true)
    #expect(outcome.value.1 == true)
    #expect(outcome.value.2 == .seconds(1))
  }

  @Test func aTaskThatEscapesIsADeadlock() throws {
    let failure = #expect(throws: Simulation.Failure.self) {
      try Simulation.run(seed: 5) { _ in
        await Task.detached { try? await Task.sleep(for: .milliseconds(50)) }.value
      }
    }
    #expect(failure?.reason == .deadlock)
  }
}
