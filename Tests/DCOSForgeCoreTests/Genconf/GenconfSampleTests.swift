@testable import ForgeModel
@testable import ForgeGenconf
import DCOSForgeCore
import Foundation
import Testing

/// Judgements compared with what the real configuration code of each release answered.
@Suite struct GenconfSampleTests {
  struct Answer: Decodable {
    var versions: [String]
    var verdict: String
    var keys: [String]
    var ignored: [String]
  }

  struct Case: Decodable {
    var name: String
    var ssh: Bool
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var ip_detect_missing: Bool
    var config: String
    var verdicts: [Answer]
  }

  struct Sample: Decodable {
    var cases: [Case]
  }

  static func cases(_ name: String) throws -> [Case] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appendingPathComponent("Verdicts/" + name))
    return try JSONDecoder().decode(Sample.self, from: data).cases
  }

  /// The cases on which the evaluator differs, each as one line; with `edges` only the first and
  /// the last of the releases that answered alike are asked.
  static func differences(_ cases: [Case], edges: Bool = false) -> [String] {
    var evaluators: [String: GenconfEvaluator] = [:]
    return cases.flatMap { sample in
      sample.verdicts.flatMap { answer -> [String] in
        let versions = answer.versions
        let asked = edges ? Set([versions.first, versions.last].compactMap(\.self)) : Set(versions)
        return asked.sorted().compactMap { text -> String? in
          let evaluator =
            evaluators[text] ?? GenconfEvaluator(version: Samples.must(DCOSVersion(text)))
          evaluators[text] = evaluator
          let evaluated = evaluator.evaluate(
            config: Array(sample.config.utf8), file: "config.yaml",
            files: Genconf.contents(hasIPDetect: !sample.ip_detect_missing), isSSH: sample.ssh)
          let verdict =
            evaluated.hasCrashed ? "crash" : evaluated.verdict == .accepted ? "accept" : "reject"
          let isSame =
            verdict == answer.verdict && evaluated.reportedParameters == answer.keys
            && evaluated.ignoredKeys == answer.ignored
            && (verdict == "accept") == (evaluated.verdict == .accepted)
          return isSame
            ? nil
            : "\(text) \(sample.name): \(verdict) \(evaluated.reportedParameters) "
              + "\(evaluated.ignoredKeys), not \(answer.verdict) \(answer.keys) \(answer.ignored)"
        }
      }
    }
  }

  @Test func theSampleAgrees() throws {
    let cases = try Self.cases("config_verdicts.json")
    #expect(cases.count == 122)
    #expect(cases.allSatisfy { $0.verdicts.flatMap(\.versions).count == 7 })
    #expect(Self.differences(cases) == [])
  }

  /// The file holds the answers of all 41 releases; the rules change at the edges of the groups.
  @Test func ourOwnCasesAgree() throws {
    let cases = try Self.cases("own_verdicts.json")
    #expect(cases.count > 200)
    #expect(cases.allSatisfy { $0.verdicts.flatMap(\.versions).count == 41 })
    #expect(Self.differences(cases, edges: true) == [])
  }

  @Test func aWrongAnswerIsNoticed() throws {
    var cases = Array(try Self.cases("config_verdicts.json").prefix(1))
    cases[0].verdicts[0].verdict = "reject"
    #expect(Self.differences(cases).count == cases[0].verdicts[0].versions.count)
  }
}
