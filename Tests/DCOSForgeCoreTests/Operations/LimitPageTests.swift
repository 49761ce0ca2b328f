@testable import ForgeEvents
@testable import ForgeModel
@testable import ForgeNodeProtocol
@testable import ForgeSSH
import ForgeSupport
import Foundation
import Testing

@testable import DCOSForgeCore

/// The page for operators names every limit as it is.
@Suite struct LimitPageTests {
  private static let page =
    "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    + "/docs/security.md"

  private static let rows: [(what: String, limit: String)] = [
    ("a script that speaks of one node", mebibytes(NodeTask.clock.outputLimit)),
    (
      "a script whose output grows with the cluster, or that shows what programs say",
      mebibytes(NodeTask.ask(.nodes, at: SmallWorld.node(1).address).outputLimit)
    ),
    (
      "the journals of one node, as they are sent",
      mebibytes(NodeTask.readLogs(LogRequest(units: [])).outputLimit)
    ), ("the lines of one node in `logs`", "\(Logs.lineLimit)"),
    ("the lines of all nodes in `logs`, in memory", mebibytes(Logs.keptLimit)),
    ("an archive of evidence, before it is compressed", mebibytes(EvidenceBundle.byteLimit)),
    ("objects in the output of a script", "\(NodeReport.objectLimit)"),
    ("arrays and objects inside each other in JSON", "\(ForeignJSON.depthLimit)"),
    ("values in one JSON text", "\(ForeignJSON.valueLimit)"),
    (
      "what `exec -o json` keeps of a node's output; the rest is counted in `omittedBytes`",
      mebibytes(Execute.keptLimit)
    ),
    (
      "a file that announces no size, such as those of `/proc`, in `cp`",
      mebibytes(Int(IncomingFile.unsizedLimit))
    ), ("what libssh2 keeps for one connection", mebibytes(SSHSettings().memoryLimit)),
  ]

  private static func mebibytes(_ count: Int) -> String { "\(count >> 20) MiB" }

  @Test func thePageHasTheLimits() throws {
    let text = try String(contentsOfFile: Self.page, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix("<!-- limits") })
    let end = try #require(lines.firstIndex(of: "<!-- end of limits -->"))
    let rows = lines[start..<end].filter { $0.hasPrefix("|") }.dropFirst(2)
    #expect(rows == ArraySlice(Self.rows.map { "| \($0.what) | \($0.limit) |" }))
  }
}
