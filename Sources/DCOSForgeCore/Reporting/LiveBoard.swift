package import ForgeSupport
package import ForgePlanning
package import ForgeModel
package import ForgeEvents

/// What a terminal shows during a run: one line per node and one for the cluster's own step,
/// redrawn in place.
///
/// A value fed with events; ``lines(width:height:elapsed:style:)`` is a pure function of it.
package struct LiveBoard: Sendable {
  private struct Row {
    var label: String
    var role: String
    var running: [StepID: (started: Duration, limit: Duration, detail: String)] = [:]
    var failed: String?
    var left: Int

    /// The place in a queue for too little room.
    var urgency: Int {
      if failed != nil { return 0 }
      if !running.isEmpty { return 1 }
      return left > 0 ? 2 : 3
    }
  }

  private var title = ""
  private var rows: [NodeName?: Row] = [:]
  private let order: [NodeName?]
  private let width: Int
  private var total = 0
  private var ended = 0
  private var isStopping = false

  package init(_ spec: ClusterSpec, plan: Plan) {
    order = spec.nodes.map { Optional($0.name) } + [nil]
    width = max(7, spec.nodes.map(\.name.description.count).max() ?? 0)
    total = plan.steps.count
    for node in spec.nodes {
      rows[node.name] = Row(
        label: node.name.description, role: node.role.rawValue,
        left: plan.steps.count { $0.id.node == node.name })
    }
    rows[nil] = Row(label: "cluster", role: "", left: plan.steps.count { $0.id.node == nil })
  }

  /// Takes an event in.
  package mutating func apply(_ event: Event) {
    switch event.kind {
    case .runStarted(let command, let cluster, _): title = "\(cluster)  \(command)"
    case .stepStarted(let id, let limit, let attempt):
      let detail = attempt > 1 ? "attempt \(attempt)" : ""
      rows[id.node]?.running[id] = (event.elapsed, limit, detail)
    case .stepProgress(let id, let detail): rows[id.node]?.running[id]?.detail = detail
    case .stepRetrying(let id, let error, let delay):
      rows[id.node]?.running[id]?.detail = "again in \(delay.brief): \(error.summary)"
    case .stepFinished(let id, let outcome):
      ended += 1
      rows[id.node]?.running[id] = nil
      rows[id.node]?.left -= 1
      if case .failed(let error) = outcome {
        rows[id.node]?.failed = "\(id.kind.rawValue): \(error.summary)"
      }
    case .interrupted: isStopping = true
    case .gateOpened, .runFinished: break
    }
  }

  /// The board's lines at a moment, none wider and all together no higher than the terminal: a
  /// line that has scrolled away cannot be redrawn.
  ///
  /// Where there is not enough room, nodes that failed come first, then those with a running step.
  package func lines(
    width columns: Int, height: Int, elapsed: Duration, style: TextStyle
  ) -> [TerminalText] {
    let head =
      "\(title)  \(elapsed.brief)  \(ended) of \(total.of("step"))"
      + (isStopping ? "  stopping" : "")
    let shown = Self.chosen(order.compactMap { rows[$0] }, room: height - 1)
    let hidden = order.count - shown.count
    let lines =
      [style.bold(head.cut(to: columns))]
      + shown.map { line($0, columns: columns, elapsed: elapsed, style: style) }
      + (hidden > 0 ? [style.dim("  … and \(hidden) more".cut(to: columns))] : [])
    return Array(lines.prefix(height))
  }

  /// The rows that fit, in their order; one line is left for the number of the others.
  private static func chosen(_ rows: [Row], room: Int) -> [Row] {
    guard rows.count > room else { return rows }
    let places = rows.indices.sorted { one, other in
      (rows[one].urgency, one) < (rows[other].urgency, other)
    }
    return places.prefix(max(1, room - 1)).sorted().map { rows[$0] }
  }

  private func line(
    _ row: Row, columns: Int, elapsed: Duration, style: TextStyle
  ) -> TerminalText {
    let head = TerminalText(
      "  " + row.label.padded(to: width) + "  " + row.role.padded(to: 12) + "  ")
    let room = max(0, columns - head.content.count)
    if let failed = row.failed { return head + style.red(("✗ " + failed).printable.cut(to: room)) }
    let oldest = row.running.min { one, other in
      (one.value.started, one.key.description) < (other.value.started, other.key.description)
    }
    guard let (id, state) = oldest else {
      return head
        + (row.left == 0 ? style.green("✓".cut(to: room)) : style.dim("waiting".cut(to: room)))
    }
    let time = "\((elapsed - state.started).brief)/\(state.limit.brief)"
    let more = row.running.count > 1 ? "+\(row.running.count - 1) " : ""
    let text = id.kind.rawValue.padded(to: 14) + " " + time.padded(to: 14) + " " + more
    return head + TerminalText((text + state.detail).printable.cut(to: room))
  }
}

/// Colours, or none.
package struct TextStyle: Sendable {
  private let isColoured: Bool

  package init(isColoured: Bool) { self.isColoured = isColoured }

  func bold(_ text: String) -> TerminalText { paint(text, "1") }
  func dim(_ text: String) -> TerminalText { paint(text, "2") }
  func red(_ text: String) -> TerminalText { paint(text, "31") }
  func green(_ text: String) -> TerminalText { paint(text, "32") }
  /// One of six colours, the same for the same number.
  func tinted(_ text: String, _ number: Int) -> TerminalText {
    paint(text, ["36", "32", "33", "35", "34", "96"][number % 6])
  }

  /// The text in a style, as ``TerminalText/init(_:style:)`` takes it.
  package func paint(_ text: String, _ style: String) -> TerminalText {
    isColoured && !text.isEmpty ? TerminalText(text, style: style) : TerminalText(text)
  }
}
