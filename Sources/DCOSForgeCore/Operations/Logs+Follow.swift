import ForgePorts
import ForgeDCOS
import ForgeSupport
package import ForgeNodeProtocol
package import ForgeModel

extension Logs {
  /// The pauses before a node is asked again: doubled from the first to the longest.
  private static let pauses: (first: Duration, longest: Duration) = (.seconds(1), .seconds(15))

  /// Reads all nodes, then follows each until the task is cancelled.
  ///
  /// `show` gets what was there, all nodes by time, then what comes, as it comes; `say` what there
  /// is to know besides: a node that does not answer is said once and asked again, from the place
  /// where it was left. Throws category `configuration` when no node has what is asked for; returns
  /// early only when no node can be followed for good.
  package func follow(
    _ query: Query, on nodes: [NodeSpec], show: @escaping @Sendable ([LogEntry]) async -> Void,
    say: @escaping @Sendable (String) -> Void
  ) async throws(ForgeError) {
    try check(query, nodes)
    let (report, byNode) = await snapshot(query, nodes)
    if !Task.isCancelled {
      await show(report.entries)
      for text in report.notes + report.failures.map(\.description) { say(text) }
    }
    await withTaskGroup(of: Void.self) { group in
      for node in nodes where !units(of: node, query).isEmpty {
        group.addTask {
          await follow(node, query, from: byNode[node.name], show: show, say: say)
        }
      }
    }
    await connections.close()
  }

  /// Follows one node: until it was read once, that is tried; then its journal and its container.
  private func follow(
    _ node: NodeSpec, _ query: Query, from known: Snapshot?,
    show: @escaping @Sendable ([LogEntry]) async -> Void, say: @escaping @Sendable (String) -> Void
  ) async {
    let voice = NodeVoice(node.name, isSilent: known == nil, say: say)
    var snapshot = known
    var pause = Self.pauses.first
    while snapshot == nil {
      guard (try? await clock.sleep(for: pause)) != nil else { return }
      pause = min(pause * 2, Self.pauses.longest)
      do throws(ForgeError) {
        let first = try await self.snapshot(query, node)
        voice.answers()
        var redactor = LogRedactor(redaction)
        await show(first.entries.map { redactor.redacted($0) })
        snapshot = first
      } catch {
        if Task.isCancelled || error.disposition == .final { return }
      }
    }
    guard let snapshot else { return }
    let units = units(of: node, query)
    async let journal: Void = follow(
      node, units.units.isEmpty ? nil : LogRequest(units: units.units), at: snapshot.journalCursor,
      since: snapshot.reading, voice, show)
    async let container: Void = follow(
      node, units.container.map { LogRequest(units: [], container: $0) },
      at: snapshot.containerCursor, since: snapshot.reading, voice, show)
    _ = await (journal, container)
  }

  /// Follows one source of a node, exchange by exchange.
  private func follow(
    _ node: NodeSpec, _ source: LogRequest?, at cursor: String?, since first: LogReport,
    _ voice: NodeVoice, _ show: @escaping @Sendable ([LogEntry]) async -> Void
  ) async {
    guard var request = source else { return }
    request.follows = true
    request.cursor = cursor
    let redactor = Locked(LogRedactor(redaction))
    var pause = Self.pauses.first
    var hasComplained = !first.faults.isEmpty
    while !Task.isCancelled {
      request.start = request.cursor == nil ? first.now.map { .epoch($0) } : nil
      let exchange = Exchange(node.name, request)
      let began = clock.now
      do throws(ForgeError) {
        _ = try await connections.stream(
          .readLogs(request), on: node, timeout: .seconds(LogRequest.followSeconds + 60)
        ) { chunk in
          guard case .standardOutput(let bytes) = chunk else { return }
          let entries = exchange.feed(bytes)
          if exchange.hasBegun { voice.answers() }
          if !entries.isEmpty {
            await show(redactor.withLock { redactor in entries.map { redactor.redacted($0) } })
          }
        }
        pause = Self.pauses.first
        if exchange.cursor != request.cursor || clock.now.since(began) > pause {
          pause = .zero
        } else if !hasComplained {
          // One that ends at once has nothing to follow: there is no such container, no journal.
          hasComplained = true
          voice.complain(exchange.complaint)
        }
      } catch {
        if Task.isCancelled { return }
        voice.fails(error)
        if error.disposition == .final { return }
        pause = min(max(pause, Self.pauses.first) * 2, Self.pauses.longest)
      }
      request.cursor = exchange.cursor
      if pause > .zero, (try? await clock.sleep(for: pause)) == nil { return }
    }
  }
}

/// One exchange's reading, and the place it has come to.
private final class Exchange: Sendable {
  private struct State {
    var reading: LogReport
    var cursor: String?
  }

  private let state: Locked<State>
  private let isContainer: Bool

  init(_ node: NodeName, _ request: LogRequest) {
    state = Locked(
      State(
        reading: LogReport(node, container: request.container), cursor: request.cursor))
    isContainer = request.units.isEmpty
  }

  var cursor: String? { state.withLock(\.cursor) }
  var complaint: String { state.withLock(\.reading.complaint) }
  var hasBegun: Bool { state.withLock { $0.reading.now != nil } }

  /// The new entries; Docker begins with the one that was the last before.
  func feed(_ bytes: [UInt8]) -> [LogEntry] {
    state.withLock { state in
      let known = state.cursor ?? ""
      let entries = state.reading.feed(bytes).filter { !isContainer || $0.cursor > known }
      state.cursor = entries.last?.cursor ?? state.cursor
      return entries
    }
  }
}

/// Says once that a node does not answer, and once that it does again.
private final class NodeVoice: Sendable {
  private let node: NodeName
  private let isSilent: Locked<Bool>
  private let say: @Sendable (String) -> Void

  init(_ node: NodeName, isSilent: Bool, say: @escaping @Sendable (String) -> Void) {
    self.node = node
    self.isSilent = Locked(isSilent)
    self.say = say
  }

  func fails(_ error: ForgeError) {
    let isNews = isSilent.withLock { isSilent in
      defer { isSilent = true }
      return !isSilent
    }
    let more = error.disposition == .final ? "" : "; asked again until it answers"
    if isNews { say("\(error)\(more)") }
  }

  func complain(_ text: String) {
    if !text.isEmpty { say("\(node): \(text)") }
  }

  func answers() {
    let isNews = isSilent.withLock { isSilent in
      defer { isSilent = false }
      return isSilent
    }
    if isNews { say("\(node): answers") }
  }
}
