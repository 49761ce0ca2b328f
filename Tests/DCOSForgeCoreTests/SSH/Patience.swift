@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// What tests of ends have in common: waiting, and looking at processes.
protocol PatientTests {}

extension PatientTests {
  func isAlive(_ pid: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return false }
    return !stat[end...].hasPrefix(") Z")
  }

  func eventually(
    within limit: Duration = .seconds(10), _ condition: () async -> Bool
  ) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
      if await condition() { return true }
      try await Task.sleep(for: .milliseconds(20))
    }
    return await condition()
  }

  func number(in path: String) -> Int32? {
    (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
      Int32($0.split(separator: "\n").first ?? "")
    }
  }

  func expectLost(_ error: ForgeError?, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(error?.category == .unreachable, sourceLocation: sourceLocation)
    #expect(error?.disposition == .retry, sourceLocation: sourceLocation)
  }
}
