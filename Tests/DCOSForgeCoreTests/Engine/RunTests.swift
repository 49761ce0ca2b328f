@testable import ForgeModel
@testable import ForgePlanning
import Testing

@testable import DCOSForgeCore

@Suite struct RunTests {
  private func step(_ id: StepID, requires: [StepID] = [], after: [StepID] = []) -> PlannedStep {
    PlannedStep(id, reason: "", requires: requires, after: after, limit: .seconds(1))
  }

  private func end(_ run: inout Run, _ id: StepID, _ outcome: StepOutcome) {
    run.begin(id)
    run.finish(StepRecord(step: step(id), outcome: outcome, started: .zero, ended: .zero))
  }

  private let a = StepID(.network)
  private let b = StepID(.pool)
  private let c = StepID(.baseImage)

  @Test func aFailureSkipsTheWholeChainWithTheFirstCause() {
    let plan = Plan(steps: [step(a), step(b, requires: [a]), step(c, requires: [b])])
    var run = Run(plan: plan, limits: ParallelSpec())
    end(&run, a, .failed(ForgeError(.hypervisor, "no")))
    let settled = run.settle(isStopping: false)
    #expect(settled.map(\.0.id) == [b, c])
    #expect(settled.allSatisfy { $0.1 == .skipped(because: a, "no") })
  }

  @Test func aStepAfterAFailureStillRuns() {
    let plan = Plan(steps: [step(a), step(b, after: [a])])
    var run = Run(plan: plan, limits: ParallelSpec())
    #expect(run.startable().map(\.id) == [a])
    end(&run, a, .failed(ForgeError(.hypervisor, "no")))
    #expect(run.settle(isStopping: false).isEmpty)
    #expect(run.startable().map(\.id) == [b])
  }

  @Test func aStopEndsWhatWaits() {
    let plan = Plan(steps: [step(a), step(b, after: [a])])
    let run = Run(plan: plan, limits: ParallelSpec())
    #expect(run.settle(isStopping: true).map(\.1) == [.stopped, .stopped])
  }

  @Test func limitsPerKindAndInAll() {
    let nodes = (1...6).map { Samples.name("n\($0)") }
    let plan = Plan(
      steps: nodes.map { step(StepID(.machine, $0)) } + nodes.map { step(StepID(.time, $0)) })
    var limits = ParallelSpec()
    limits.machines = 2
    limits.steps = 5
    var run = Run(plan: plan, limits: limits)
    let first = run.startable()
    #expect(first.count { $0.id.kind == .machine } == 2)
    #expect(first.count == 5)
    for step in first { run.begin(step.id) }
    #expect(run.startable().isEmpty)
  }
}

@Suite struct RetryPolicyTests {
  @Test func delaysGrowAndAreSpreadButRepeatable() {
    let policy = StepKind.prerequisites.row.retry
    let step = StepID(.prerequisites, Samples.name("lxb001"))
    let delays = (1...4).map { policy.delay(after: $0, of: step, seed: 7) }
    #expect(delays == (1...4).map { policy.delay(after: $0, of: step, seed: 7) })
    for (attempt, delay) in delays.enumerated() {
      let full = Duration.seconds(3 << attempt)
      #expect(delay >= full / 2 && delay <= full)
    }
    let other = StepID(.prerequisites, Samples.name("lxb002"))
    #expect(policy.delay(after: 1, of: other, seed: 7) != delays[0])
  }
}
