import CTerminal
import DCOSForgeCore
import ForgeEvents
import ForgeModel
import ForgeNodeProtocol

/// Prints entries as they come.
struct LogPrinter: Sendable {
  private let text: LogText
  private let isJSON: Bool

  init(_ nodes: [NodeSpec], units: [String], isJSON: Bool) {
    self.isJSON = isJSON
    let style = TextStyle(isColoured: Console.allowsColor && ct_columns(1) > 0)
    text = LogText(nodes: nodes.map(\.name), units: units, style: style)
  }

  func show(_ entries: [LogEntry]) {
    guard !entries.isEmpty else { return }
    let lines = entries.flatMap { isJSON ? [LogRecord($0).json] : text.lines($0) }
    Console.standard.printResult(lines.joined(separator: "\n"))
  }
}
