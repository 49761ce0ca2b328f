import ForgeDCOS
import ForgeSupport
import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel

extension StepRunner {
  /// Asks the leading Mesos master to end an agent's tasks and to forget it, and waits until it is
  /// listed no more.
  ///
  /// Without a master that can be asked there is nothing to drain from; the error says so.
  func drain(
    _ id: StepID, _ name: NodeName, _ deadline: Moment
  ) async throws(ForgeError) -> StepOutcome {
    guard let address = try await address(of: name) else {
      return .unchanged("it has no machine any more")
    }
    var asked: Set<String> = []
    var round = 0
    return try await poll(id, until: deadline, drainError(name, "")) {
      let master = spec.nodes(.master)[round % spec.nodes(.master).count]
      round += 1
      let seen: String
      do throws(ForgeError) {
        let listing = try await listing(at: master)
        guard let agents = listing.agents else {
          return .waiting(listing.source, drainError(name, listing.source))
        }
        guard let agent = agents.first(where: { $0.hostname == address.description }) else {
          return .ended(asked.isEmpty ? .unchanged("no master lists it") : .changed("drained"))
        }
        // An agent that does not answer has nothing that could be ended well.
        let call: OperatorCall =
          agent.isActive && spec.dcos.version.drainsAgents
          ? .drain(agent: agent.id) : .markGone(agent: agent.id)
        if !asked.contains(agent.id) {
          let result = try await run(
            .callMesos(call, at: master.address), on: master, timeout: Self.readingTimeout)
          try call.check(result, on: master.name)
          asked.insert(agent.id)
        }
        seen = "the leader \(listing.source) still lists it as \(agent.id)"
      } catch {
        seen = "\(master.name) could not be asked: \(error.summary)"
      }
      return .waiting(seen, drainError(name, seen))
    }
  }

  private func drainError(_ name: NodeName, _ seen: String) -> ForgeError {
    let isInFile = spec.nodes.contains { $0.name == name }
    return ForgeError(
      .timeout, "was not drained within \(limits.join.brief)", on: name.description,
      observed: seen,
      advice: "see the tasks that do not end in the dashboard; "
        + (isInFile
          ? "wipe --force does not drain" : "one whose machine is off is not waited for"),
      disposition: .final)
  }

  /// The address that the node's machine was made with, whether or not the node is in the file.
  private func address(of name: NodeName) async throws(ForgeError) -> IPv4Address? {
    blueprint.identity.domain(of: name, among: try await context.hypervisor.domains())?.mark.address
  }
}
