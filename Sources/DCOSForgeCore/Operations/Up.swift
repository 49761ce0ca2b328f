/// Brings a cluster to what its file wants, or continues a run that was interrupted.
public struct Up: Sendable {
  private let blueprint: Blueprint
  private let context: ForgeContext
  private let connections: NodeConnections

  /// What a run came to.
  public struct Report: Sendable {
    /// The plan that was run.
    public var plan: Plan
    /// How each step went, in the order in which they ended.
    public var records: [StepRecord]
    /// The exit code.
    public var status: ExitStatus
    /// How long it took.
    public var elapsed: Duration
  }

  /// Makes the operation for one wanted cluster.
  public init(_ wanted: WantedCluster, context: ForgeContext) {
    self.blueprint = Blueprint(wanted)
    self.context = context
    self.connections = NodeConnections(wanted.spec, keys: wanted.keys, shell: context.shell)
  }

  /// Observes and plans; changes nothing.
  public func plan(until stage: Stage = .health) async throws(ForgeError) -> Plan {
    do throws(ForgeError) {
      let plan = try await makePlan(stage).plan
      await connections.close()
      return plan
    } catch {
      await connections.close()
      throw error
    }
  }

  /// Observes, plans and runs the plan.
  ///
  /// Throws when the hypervisor cannot be asked or the plan holds a refusal; what fails during the run is in
  /// the report. `show` gets the plan before its first step runs.
  public func run(
    until stage: Stage = .health, show: @Sendable (Plan) -> Void = { _ in }
  ) async throws(ForgeError) -> Report {
    do throws(ForgeError) {
      let report = try await runOpen(stage, show)
      await connections.close()
      return report
    } catch {
      await connections.close()
      throw error
    }
  }

  private func makePlan(
    _ stage: Stage
  ) async throws(ForgeError) -> (plan: Plan, usesKVM: Bool) {
    let observer = Observer(blueprint: blueprint, context: context, connections: connections)
    let observed = try await observer.observe()
    let plan = Planner(blueprint.wanted, observed: observed).plan().until(stage)
    return (plan, blueprint.usesKVM(on: observed.host))
  }

  private func runOpen(
    _ stage: Stage, _ show: @Sendable (Plan) -> Void
  ) async throws(ForgeError) -> Report {
    let (plan, usesKVM) = try await makePlan(stage)
    show(plan)
    if let refusal = plan.refusals.first { throw refusal }
    let spec = blueprint.wanted.spec
    context.emit(.runStarted(command: "up", cluster: spec.name, steps: plan.steps.count))
    let runner = StepRunner(
      blueprint: blueprint, context: context, connections: connections, usesKVM: usesKVM)
    let engine = Engine(context: context, limits: spec.parallel) {
      (step, deadline) async throws(ForgeError) in try await runner.perform(step, deadline)
    }
    let records = await engine.run(plan)
    let elapsed = context.clock.now.since(context.start)
    let status = Self.status(records)
    context.emit(.runFinished(status, elapsed: elapsed))
    return Report(plan: plan, records: records, status: status, elapsed: elapsed)
  }

  /// The exit code of a run: an interruption, else that of the first failure, else success.
  static func status(_ records: [StepRecord]) -> ExitStatus {
    if records.contains(where: { $0.outcome == .stopped }) { return .interrupted }
    return records.lazy.compactMap(\.failure).first?.exitStatus ?? .success
  }
}
