import ForgeSupport
import ForgePorts
import ForgePlanning
import ForgeModel
import ForgeEvents
import CTerminal
import DCOSForgeCore

/// Shows a run on a terminal: a board redrawn in place, with failures and evidence above it as
/// lines that stay; elsewhere as plain lines.
final class LiveTerminal: Sendable {
  private struct State {
    var board: LiveBoard?
    var drawn = 0
    var latest = Duration.zero
    var latestAt: Moment
  }

  private let state: Locked<State>
  private let text: PlainText
  private let style: TextStyle
  private let clock: any ForgeClock
  /// Whether progress is drawn in place.
  let isLive: Bool

  /// How often the board is redrawn while nothing happens.
  static let interval = Duration.milliseconds(250)

  init(_ spec: ClusterSpec, clock: any ForgeClock, isColoured: Bool, isVerbose: Bool) {
    text = PlainText(nodes: spec.nodes.map(\.name))
    isLive = ct_columns(2) > 0 && !isVerbose
    style = TextStyle(isColoured: isColoured && ct_columns(2) > 0)
    self.clock = clock
    state = Locked(State(latestAt: clock.now))
  }

  /// Begins the board of a plan.
  func begin(_ spec: ClusterSpec, _ plan: Plan) {
    guard isLive else { return }
    state.withLock { $0.board = LiveBoard(spec, plan: plan) }
  }

  /// Takes an event in and shows it.
  func receive(_ event: Event) {
    state.withLock { state in
      state.latest = event.elapsed
      state.latestAt = clock.now
      guard state.board != nil else {
        write(plain(event))
        return
      }
      state.board?.apply(event)
      erase(&state)
      if Self.stays(event) { write(plain(event)) }
      if case .runFinished = event.kind { state.board = nil }
      draw(&state)
    }
  }

  /// Redraws the board so that its times go on; to be called every ``interval``.
  ///
  /// Does nothing while the terminal has not taken the last picture.
  func tick() {
    guard OutputQueue.standard.isEmpty else { return }
    state.withLock { state in
      guard state.board != nil else { return }
      erase(&state)
      draw(&state)
    }
  }

  /// Whether an event is worth a line that stays above the board.
  private static func stays(_ event: Event) -> Bool {
    switch event.kind {
    case .gateOpened, .interrupted, .stepRetrying: true
    case .stepFinished(_, .failed): true
    case .runStarted, .stepStarted, .stepProgress, .stepFinished, .runFinished: false
    }
  }

  private func draw(_ state: inout State) {
    guard let board = state.board else { return }
    let elapsed = state.latest + clock.now.since(state.latestAt)
    let lines = board.lines(
      width: max(20, Int(ct_columns(2)) - 1), height: max(1, Int(ct_rows(2)) - 1),
      elapsed: elapsed, style: style)
    write(lines)
    state.drawn = lines.count
  }

  private func erase(_ state: inout State) {
    guard state.drawn > 0 else { return }
    Console.standard.draw(.clear(lines: state.drawn))
    state.drawn = 0
  }

  private func plain(_ event: Event) -> [TerminalText] {
    text.lines(event).map { TerminalText($0) }
  }

  private func write(_ lines: [TerminalText]) {
    if !lines.isEmpty { Console.standard.draw(TerminalText(lines: lines) + "\n") }
  }
}
