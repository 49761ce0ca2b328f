@testable import ForgeModel
@testable import ForgeNodeProtocol
@testable import ForgeSimulation
import ForgeSupport
import Foundation
import Testing

@testable import DCOSForgeCore

/// Every task's reader gets every hostile answer: it ends soon, with a value or with an error of
/// ours.
///
/// `DCOSFORGE_TEST_LARGE` lets the floods reach each task's own limit.
@Suite struct HostileAnswerTests {
  private static let isLarge = ProcessInfo.processInfo.environment["DCOSFORGE_TEST_LARGE"] != nil

  @Test func everyTaskReadsEveryAnswer() throws {
    let samples = try HostileNumberTests.samples()
    #expect(Set(samples.map(\.task.kind)) == Set(TaskKind.allCases))
    for sample in samples {
      let limit = Self.isLarge ? sample.task.outputLimit : 20_000
      for answer in HostileAnswer.allCases {
        let (output, errors) = answer.output(like: sample.output, limit: limit)
        let began = ContinuousClock.now
        for status in [CommandResult.Status.exited(0), .exited(255), .signalled("KILL")] {
          let result = CommandResult(
            status: status, standardOutput: String(decoding: output, as: UTF8.self),
            standardError: String(decoding: errors, as: UTF8.self))
          do {
            _ = try HostileNumberTests.shown(sample.task, result, sample.node)
          } catch {
            #expect(error is ForgeError, "\(sample.task.kind), \(answer): \(error)")
          }
        }
        // A tenth on a quiet machine.
        let took = ContinuousClock.now - began
        #expect(took < .seconds(15), "\(sample.task.kind), \(answer): \(took)")
      }
    }
  }

  @Test func everyTaskHasALimitThatAWellNodeIsFarFrom() throws {
    for sample in try HostileNumberTests.samples() {
      #expect(sample.output.utf8.count * 10 < sample.task.outputLimit, "\(sample.task.kind)")
      #expect(sample.task.outputLimit <= 9 << 20)
    }
  }

  @Test func deepJSONIsRefusedAndDeepEnoughIsRead() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    let deep = nested(ForeignJSON.depthLimit)
    let value = try #require(ReportText.decode(JSONValue.self, from: deep))
    #expect(try value.lineJSON() == deep)
    for depth in [ForeignJSON.depthLimit + 1, 100_000] {
      #expect(ReportText.decode(JSONValue.self, from: nested(depth)) == nil)
    }
    // What stands in a text is no structure.
    let quoted = #"{"a":"\"\#(nested(100_000))"}"#
    #expect(ReportText.decode([String: String].self, from: quoted)?["a"]?.count == 200_001)
    let many = "[\(String(repeating: "1,", count: ForeignJSON.valueLimit))1]"
    #expect(ReportText.decode([Int].self, from: many) == nil)
    #expect(ReportText.decode([Int].self, from: String(many.suffix(20_000))) == nil)
    #expect(ReportText.decode([Int].self, from: "[" + many.suffix(20_000))?.count == 10_000)
  }

  @Test func objectsBeyondTheLimitCountAsCutOff() throws {
    let line = "{\"record\":\"a\"}\n"
    for (count, isRead) in [
      (NodeReport.objectLimit - 1, true), (NodeReport.objectLimit, false),
    ] {
      let output = String(repeating: line, count: count) + NodeReport.end
      let report = try? NodeReport(
        CommandResult(status: .exited(0), standardOutput: output), of: "reading")
      #expect((report != nil) == isRead)
    }
  }
}
