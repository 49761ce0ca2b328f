import FoundationEssentials
import Testing

@testable import DCOSForgeCore
@testable import ForgeModel
@testable import ForgePlanning
@testable import ForgePorts
@testable import ForgeSimulation
import ForgeSupport

/// The table of steps, and that plans and page follow it.
@Suite struct StepCatalogTests {
  @Test func everyKindHasOneRowInTheOrderOfARun() {
    #expect(StepCatalog.rows.map(\.kind) == StepKind.allCases)
    let stages = StepCatalog.rows.map(\.stage)
    #expect(stages == stages.sorted())
    #expect(Set(stages) == Set(Stage.allCases))
  }

  /// So no node's steps, and none of the cluster's, can wait for each other.
  @Test func aRowStandsBehindThoseItWaitsForOnItsNode() {
    for (index, row) in StepCatalog.rows.enumerated() {
      let earlier = Set(StepCatalog.rows[..<index].map(\.kind))
      for case .step(let kind) in row.requires + row.after {
        #expect(earlier.contains(kind), "\(row.kind.rawValue) waits for \(kind.rawValue)")
      }
    }
  }

  // MARK: plans

  /// Whether the table allows a step to wait for another.
  private func allows(
    _ wait: StepRow.Wait, _ step: StepID, _ other: StepID, _ roles: [NodeName: NodeRole]
  ) -> Bool {
    switch wait {
    case .step(let kind):
      other == StepID(kind, kind.row.extent == .once ? nil : step.node)
    case .all(let kind, of: let nodes), .some(let kind, of: let nodes, _):
      other.kind == kind && other.node.flatMap { roles[$0] }.map(nodes.contain) == true
    case .everything(but: let kinds):
      other.kind != step.kind && !kinds.contains(other.kind)
    }
  }

  /// What of a plan the table does not allow, and what it demands and the plan lacks.
  private func deviations(_ plan: Plan, _ spec: ClusterSpec) -> [String] {
    let roles = Dictionary(uniqueKeysWithValues: spec.nodes.map { ($0.name, $0.role) })
    return plan.steps.flatMap { step -> [String] in
      let row = step.id.kind.row
      var found: [String] = []
      let isPlaced =
        switch row.extent {
        case .once: step.id.node == nil
        case .each(.departed): step.id.node.map { roles[$0] == nil } == true
        case .each(let nodes): step.id.node.flatMap { roles[$0] }.map(nodes.contain) == true
        }
      if !isPlaced { found.append("\(step.id) is planned for what its row does not name") }
      for (waits, ids) in [(row.requires, step.requires), (row.after, step.after)] {
        for id in ids where !waits.contains(where: { allows($0, step.id, id, roles) }) {
          found.append("\(step.id) waits for \(id)")
        }
        let demanded = waits.filter { if case .some = $0 { false } else { true } }
        for other in plan.steps.map(\.id)
        where demanded.contains(where: { allows($0, step.id, other, roles) })
          && !ids.contains(other)
        {
          found.append("\(step.id) does not wait for \(other)")
        }
      }
      return found
    }
  }

  /// Plans of many kinds of cluster, with what the file says of each.
  private var plans: [(spec: ClusterSpec, plan: Plan)] {
    var spec = Samples.spec
    spec.nodes[4].role = .publicAgent
    spec.time.servers = [.bootstrap]
    var smaller = Samples.wanted(spec)
    smaller.spec.nodes.removeAll { $0.name == Samples.name("lxb003") }
    var wiped = Samples.wanted(spec)
    for name in ["lxcm02", "lxzk02", "lxb001", "lxb002"].map(Samples.name) {
      wiped.keys.hosts[name]?.generation = 2
    }
    let complete = Samples.complete(Samples.wanted(spec))
    let wiping = spec.nodes.map(\.name)
    var stopped = complete
    for index in stopped.domains.indices { stopped.domains[index].state = .shutoff }
    stopped.nodes = [:]
    var oneDown = complete
    oneDown.domains[1].state = .shutoff
    oneDown.nodes[Samples.name("lxzk01")] = nil
    var bare = complete
    (bare.networks, bare.pools, bare.poolContents) = ([], [], nil)
    return [
      (Samples.spec, Planner(Samples.wanted(), observed: Samples.empty).plan()),
      (spec, Planner(Samples.wanted(spec), observed: Samples.empty).plan()),
      (spec, Planner(Samples.wanted(spec), observed: stopped).plan()),
      (spec, Planner(wiped, observed: complete, wiping: wiping).plan()),
      (spec, Planner(wiped, observed: oneDown, wiping: wiping).plan()),
      (spec, Planner(wiped, observed: complete, wiping: wiping).machinesPlan(of: wiping)),
      (spec, Planner(wiped, observed: complete, drains: false, wiping: wiping).plan()),
      (spec, Planner(wiped, observed: bare, wiping: wiping).machinesPlan(of: wiping)),
      (smaller.spec, Planner(smaller, observed: complete).plan()),
    ]
  }

  @Test func everyPlanWaitsAsTheTableSays() {
    for (spec, plan) in plans { #expect(deviations(plan, spec) == []) }
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>) func soDoThePlansOfRehearsals(_ seed: UInt64) {
    let simulationRun = RehearsalTests.rehearsal.simulate(seed: seed)
    let plans = simulationRun.commandRuns.compactMap { $0.report?.plan }
    #expect(!plans.isEmpty)
    for plan in plans { #expect(deviations(plan, Samples.spec) == []) }
  }

  /// A row that no plan holds, or a wait that none has, is out of date.
  @Test func everyRowAndWaitIsPlannedSomewhere() {
    var kinds: Set<StepKind> = [.adopt]
    var unused = StepCatalog.rows.flatMap { row in
      (row.requires.map { (row.kind, $0, true) }) + row.after.map { (row.kind, $0, false) }
    }
    for (spec, plan) in plans {
      let roles = Dictionary(uniqueKeysWithValues: spec.nodes.map { ($0.name, $0.role) })
      for step in plan.steps {
        kinds.insert(step.id.kind)
        unused.removeAll { kind, wait, isRequired in
          kind == step.id.kind
            && (isRequired ? step.requires : step.after).contains {
              allows(wait, step.id, $0, roles)
            }
        }
      }
    }
    #expect(kinds == Set(StepKind.allCases))
    #expect(unused.isEmpty, "\(unused)")
  }

  /// The check itself: a plan that leaves the table is noticed.
  @Test func aDeviationIsNoticed() throws {
    var plan = Planner(Samples.wanted(), observed: Samples.empty).plan()
    let agent = try #require(plan.steps.firstIndex { $0.id.kind == .installAgent })
    plan.steps[agent].requires.removeAll { $0.kind == .quorum }
    plan.steps[agent].requires.append(StepID(.pool))
    plan.steps[0].id.node = Samples.name("lxb001")
    #expect(
      deviations(plan, Samples.spec).filter { $0.hasPrefix("install-agent lxb001") } == [
        "install-agent lxb001 waits for pool", "install-agent lxb001 does not wait for quorum",
      ])
    #expect(deviations(plan, Samples.spec).contains { $0.hasSuffix("its row does not name") })
  }

  // MARK: circles

  private func plan(_ waits: [(StepID, requires: [StepID], after: [StepID])]) -> Plan {
    let steps = waits.map {
      PlannedStep($0.0, reason: "", requires: $0.requires, after: $0.after, limit: .seconds(1))
    }
    let refusal = ForgeError(.refused, "another")
    return Plan(ordering: steps, refusals: [refusal], warnings: [])
  }

  @Test func stepsThatWaitForEachOtherAreARefusalThatNamesTheCircle() throws {
    let node = Samples.name("lxb001")
    let (machine, reachable) = (StepID(.machine, node), StepID(.reachable, node))
    let circle = plan([
      (StepID(.network), [], []), (StepID(.time, node), [reachable], []),
      (machine, [StepID(.network)], [reachable]), (reachable, [machine], []),
      (StepID(.health), [machine], []),
    ])
    #expect(circle.steps.isEmpty)
    #expect(circle.refusals.map(\.category) == [.internalFault, .refused])
    let fault = try #require(circle.refusals.first)
    #expect(
      fault.description
        == "steps wait for each other: "
        + "reachable lxb001 → machine lxb001 → reachable lxb001")
    let itself = plan([(StepID(.pool), [StepID(.pool)], [])])
    #expect(itself.refusals.first?.observed == "pool → pool")
  }

  @Test func anOrderIsKeptAndAReferenceToNothingFallsOut() {
    let node = Samples.name("lxb001")
    let plan = plan([
      (StepID(.health), [StepID(.machine, node)], [StepID(.machine, node), StepID(.drain, node)]),
      (StepID(.machine, node), [StepID(.pool)], []), (StepID(.reachable, node), [], []),
      (StepID(.pool), [], []), (StepID(.quorum), [StepID(.reachable, node)], []),
    ])
    #expect(
      plan.steps.map(\.id) == [
        StepID(.reachable, node), StepID(.pool), StepID(.machine, node), StepID(.quorum),
        StepID(.health),
      ])
    #expect(plan.steps.last?.after == [StepID(.machine, node)])
    #expect(plan.refusals.map(\.category) == [.refused])
  }

  // MARK: performing

  /// A step that no plan should hold is a fault of ours, never one that had nothing to do.
  @Test func aStepThatIsWronglyWiredIsAnInternalFault() throws {
    let stranger = Samples.name("lxb009")
    var ids = [StepID(.adopt, Samples.name("lxb001"))]
    for row in StepCatalog.rows where row.extent != .once {
      ids.append(StepID(row.kind))
      if row.kind != .retire { ids.append(StepID(row.kind, stranger)) }
    }
    #expect(ids.count > 30)
    let wrong = ids
    let errors = try Simulation.run(seed: 1) { cluster in
      let wanted = Samples.wanted()
      let context = cluster.context()
      let runner = StepRunner(
        blueprint: Blueprint(wanted), context: context,
        connections: NodeConnections(wanted.spec, keys: wanted.keys, shell: context.shell),
        usesKVM: true, installer: Locked(nil))
      var errors: [ForgeError] = []
      for id in wrong {
        do throws(ForgeError) {
          let step = PlannedStep(id, reason: "", limit: .seconds(9))
          _ = try await runner.perform(step, context.clock.now.advanced(by: .seconds(9)))
        } catch {
          errors.append(error)
        }
      }
      return errors
    }.value
    #expect(errors.map(\.subject) == wrong.map(\.description))
    #expect(errors.allSatisfy { $0.category == .internalFault && $0.disposition == .final })
  }
}

/// `docs/architecture.md` shows the table.
@Suite struct StepPageTests {
  private static let page =
    "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    + "/docs/architecture.md"

  private func text(_ nodes: StepRow.Nodes) -> String {
    switch nodes {
    case .bootstrap: "the bootstrap node"
    case .masters: "all masters"
    case .agents: "all agents"
    case .privateAgents: "all private agents"
    case .members: "all masters and agents"
    case .nodes: "all nodes"
    case .departed: "agents that left the file"
    }
  }

  private func text(_ waits: [StepRow.Wait]) -> String {
    waits.map { wait in
      switch wait {
      case .step(let kind): kind.rawValue
      case .all(let kind, of: let nodes): "\(kind.rawValue) of \(text(nodes))"
      case .some(_, of: _, let words): words
      case .everything(but: let kinds):
        "everything but " + kinds.map(\.rawValue).joined(separator: ", ")
      }
    }.joined(separator: ", ")
  }

  private func text(_ row: StepRow) -> String {
    let extent =
      switch row.extent {
      case .once: "the cluster"
      case .each(let nodes): text(nodes).replacing("all ", with: "")
      }
    let after = row.after.isEmpty ? "" : "after \(text(row.after)), well or not"
    let waits = [text(row.requires), after].filter { !$0.isEmpty }.joined(separator: "; ")
    return "| \(row.kind.rawValue) | \(row.stage.rawValue) | \(extent) "
      + "| \(waits.isEmpty ? "–" : waits) | \(row.endsWhen) |"
  }

  @Test func theTableIsUpToDate() throws {
    let page = try String(contentsOfFile: Self.page, encoding: .utf8)
    let begin = try #require(page.firstRange(of: " writes it -->\n"))
    let end = try #require(page.firstRange(of: "<!-- end of steps -->"))
    let head = "| step | stage | for | requires | ends when |\n|---|---|---|---|---|\n"
    let table = "\n" + head + StepCatalog.rows.map { text($0) + "\n" }.joined() + "\n"
    guard page[begin.upperBound..<end.lowerBound] != table else { return }
    if ProcessInfo.processInfo.environment["DCOSFORGE_RECORD"] == "1" {
      let new = page[..<begin.upperBound] + table + page[end.lowerBound...]
      try new.write(toFile: Self.page, atomically: true, encoding: .utf8)
    }
    Issue.record("docs/architecture.md differs from StepCatalog; DCOSFORGE_RECORD=1 writes it")
  }
}
