import ForgeSupport
import ForgePorts
import ForgeEvents
package import ForgePlanning
import ForgeNodeProtocol
package import ForgeModel

/// Brings a cluster to what its file wants, or continues a run that was interrupted.
package struct Up: Sendable {
  private let blueprint: Blueprint
  private let context: ForgeContext
  private let connections: NodeConnections
  private let command: String
  private let drains: Bool
  private let wiping: [NodeName]

  /// Makes the operation for one wanted cluster.
  ///
  /// `command` is the operator's word for the run; `drains` and `wiping` are those of ``Planner``.
  package init(
    _ wanted: WantedCluster, context: ForgeContext, command: String = "up", drains: Bool = true,
    wiping: [NodeName] = []
  ) {
    self.blueprint = Blueprint(wanted)
    self.context = context
    self.connections = NodeConnections(wanted.spec, keys: wanted.keys, shell: context.shell)
    self.command = command
    self.drains = drains
    self.wiping = wiping
  }

  /// A plan that can be run.
  package struct Prepared: Sendable {
    /// What would be done.
    package let plan: Plan
    fileprivate let usesKVM: Bool
    fileprivate let installer: SHA256Sum?
  }

  /// Observes and plans; changes nothing.
  package func plan(until stage: Stage = .health) async throws(ForgeError) -> Plan {
    let plan = try await prepare(.cluster(until: stage)).plan
    await connections.close()
    return plan
  }

  /// Observes and plans, and keeps the connections for ``run(_:show:)-(Prepared,_)`` unless that
  /// would be refused; changes nothing.
  package func prepare(
    _ extent: RunExtent = .cluster(until: .health)
  ) async throws(ForgeError) -> Prepared {
    let observer = Observer(blueprint: blueprint, context: context, connections: connections)
    do throws(ForgeError) {
      let observed = try await observer.observe()
      let planner = Planner(blueprint.wanted, observed: observed, drains: drains, wiping: wiping)
      let plan =
        switch extent {
        case .cluster(let stage): planner.plan().until(stage)
        case .machines(let nodes): planner.machinesPlan(of: nodes)
        }
      if !plan.refusals.isEmpty { await connections.close() }
      return Prepared(
        plan: plan, usesKVM: blueprint.usesKVM(on: observed.host), installer: served(in: observed))
    } catch {
      await connections.close()
      throw error
    }
  }

  private func served(in observed: ObservedCluster) -> SHA256Sum? {
    guard let node = blueprint.wanted.spec.bootstrap,
      case .facts(let facts)? = observed.nodes[node.name]
    else { return nil }
    return facts.served
  }

  /// Observes, plans and runs the plan; see ``run(_:show:)-(Prepared,_)``.
  package func run(
    _ extent: RunExtent = .cluster(until: .health), show: @Sendable (Plan) -> Void = { _ in }
  ) async throws(ForgeError) -> RunReport {
    try await run(try await prepare(extent), show: show)
  }

  /// Runs a plan and closes the connections.
  ///
  /// Throws when the plan holds a refusal; what fails during the run is in the report. `show` gets
  /// the plan before its first step runs.
  package func run(
    _ prepared: Prepared, show: @Sendable (Plan) -> Void = { _ in }
  ) async throws(ForgeError) -> RunReport {
    let plan = prepared.plan
    show(plan)
    if let refusal = plan.refusals.first {
      await connections.close()
      throw refusal
    }
    let runner = StepRunner(
      blueprint: blueprint, context: context, connections: connections, usesKVM: prepared.usesKVM,
      installer: Locked(prepared.installer))
    let report = await Engine.run(plan, of: blueprint.wanted.spec, as: command, context) {
      (step, deadline) async throws(ForgeError) in try await runner.perform(step, deadline)
    }
    await connections.close()
    return report
  }
}
