import ForgeSupport
import ForgePorts
import ForgeModel
import CTerminal
import DCOSForgeCore

/// One line on a terminal that shows how far a copy is; nothing elsewhere.
final class ProgressLine: Sendable {
  private struct State {
    var copies: [NodeName: (done: Int64, total: Int64)] = [:]
    var drawn: Moment?
  }

  private let state = Locked(State())
  private let clock: any ForgeClock

  /// The shortest time between two drawings.
  private static let interval = Duration.milliseconds(100)

  init(clock: any ForgeClock) { self.clock = clock }

  /// Takes in how far the copy of a node is.
  func show(_ node: NodeName, _ done: Int64, of total: Int64) {
    let columns = Int(ct_columns(2))
    guard columns > 0, OutputQueue.standard.isEmpty else { return }
    state.withLock { state in
      state.copies[node] = (done, total)
      let now = clock.now
      if let drawn = state.drawn, now.since(drawn) < Self.interval { return }
      state.drawn = now
      let done = state.copies.values.reduce(0) { $0 + $1.done }
      let total = state.copies.values.reduce(0) { $0 + $1.total }
      let text = CopyProgress.line(nodes: state.copies.count, done: done, total: total)
      Console.standard.draw(.clearLine + TerminalText(String(text.prefix(columns - 1))))
    }
  }

  /// Removes the line.
  func clear() {
    state.withLock { state in
      if state.drawn != nil { Console.standard.draw(.clearLine) }
      state.drawn = nil
    }
  }
}
