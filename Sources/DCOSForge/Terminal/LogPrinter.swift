import CTerminal
import DCOSForgeCore
import ForgeEvents
import ForgeModel
import ForgeNodeProtocol
import ForgeSupport

/// Prints entries as they come.
struct LogPrinter: Sendable {
  private let text: LogText
  private let isJSON: Bool

  init(_ nodes: [NodeSpec], units: [String], isJSON: Bool) {
    self.isJSON = isJSON
    let style = TextStyle(isColoured: Console.allowsColor && ct_columns(1) > 0)
    text = LogText(nodes: nodes.map(\.name), units: units, style: style)
  }

  /// Prints entries, and waits for a reader that is behind.
  func show(_ entries: [LogEntry]) async {
    guard !entries.isEmpty else { return }
    await OutputQueue.standard.room()
    if isJSON {
      Console.standard.printData(entries.map { LogRecord($0).json }.joined(separator: "\n"))
    } else {
      Console.standard.printResult(TerminalText(lines: entries.flatMap(text.lines)))
    }
  }
}
