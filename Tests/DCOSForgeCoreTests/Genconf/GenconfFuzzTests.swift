@testable import ForgeSimulation
@testable import ForgeGenconf
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// Files that nobody would write: the evaluator answers them all, soon, and says why when it
/// refuses.
///
/// `DCOSFORGE_FUZZ` is the number of inputs; input n of a build is always the same.
@Suite struct GenconfFuzzTests {
  private static let count =
    ProcessInfo.processInfo.environment["DCOSFORGE_FUZZ"].flatMap { Int($0) } ?? 1500

  private static let versions = [
    DCOSVersion(1, 11, 2), DCOSVersion(1, 12, 5), DCOSVersion(1, 13, 9), DCOSVersion(2, 2, 1),
  ]

  /// What YAML, JSON and DC/OS take for something else.
  private static let tokens =
    [
      "\n", ": ", "- ", "  ", "\t", "#", "'", "\"", "|\n", ">-\n", "{", "}", "[", "]", ",", "&a ",
      "*a", "<<: ", "!!int ", "!!set ", "? ", "---\n", "...\n", "%YAML 1.1\n", "~", "null", "yes",
      "0o17", "017", "1:30", "0x1f", "1e400", "-.inf", "2001-01-01", "\u{0}", "é", "\u{FEFF}",
      "{{", "}}", "10.1.1.49", "999.1.1.1", "10.0.0.0/33", "true", "false", "NaN", "\\u0000", "\\",
      "99999999999999999999", "#!/bin/sh\n",
    ] + GenconfParameters.all.map { $0.name + ": " }

  private static func mutated(_ text: String, _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0...generator.index(below: 6) {
      let place = generator.index(below: bytes.count + 1)
      switch generator.index(below: 4) {
      case 0:
        bytes.insert(contentsOf: tokens[generator.index(below: tokens.count)].utf8, at: place)
      case 1:
        let end = min(bytes.count, place + generator.index(below: 12))
        bytes.removeSubrange(place..<end)
      case 2 where place < bytes.count:
        bytes[place] = UInt8(truncatingIfNeeded: generator.next())
      default:
        let end = min(bytes.count, place + generator.index(below: 60))
        bytes.insert(contentsOf: bytes[place..<end], at: generator.index(below: bytes.count + 1))
      }
    }
    return bytes
  }

  /// One value of as many bytes as fit into a file, in every notation of a number.
  @Test(arguments: [
    String(repeating: "9", count: 300_000), "0x" + String(repeating: "f", count: 300_000),
    "0b1" + String(repeating: "0", count: 300_000), "1" + String(repeating: ":59", count: 100_000),
    "[" + String(repeating: "'*.a', ", count: 20_000) + "b]",
  ])
  private func aLongValueIsReadAtOnce(_ value: String) {
    let began = ContinuousClock().now
    for name in ["process_timeout", "no_proxy"] {
      let config = Genconf.file([
        ("use_proxy", "'true'"), ("http_proxy", "http://a"), ("https_proxy", "http://a"),
        (name, value),
      ])
      #expect(!Genconf.evaluate(config).findings.isEmpty)
    }
    #expect(ContinuousClock().now - began < .seconds(5))
  }

  @Test func everyInputGetsAnAnswer() throws {
    let seeds = try GenconfSampleTests.cases("config_verdicts.json").map(\.config)
    let clock = ContinuousClock()
    var generator = SeededGenerator(seed: 5)
    var slowest = Duration.zero
    for number in 0..<Self.count {
      let config = Self.mutated(seeds[generator.index(below: seeds.count)], &generator)
      let detect = Self.mutated("#!/bin/sh\nset -e\necho 10.1.1.49\n", &generator)
      let version = Self.versions[number % Self.versions.count]
      var spec = Samples.spec
      spec.dcos.version = version
      let began = clock.now
      let evaluated = EvaluatedGenconf(
        config: config, file: "config.yaml",
        contents: GenconfContents(contents: ["genconf/ip-detect": detect]), for: spec)
      slowest = max(slowest, began.duration(to: clock.now))
      let isExplained =
        evaluated.evaluation.verdict == .accepted
        || evaluated.evaluation.findings.contains { $0.source == .dcos && $0.severity == .error }
      #expect(isExplained, "input \(number): \(String(decoding: config, as: UTF8.self))")
      _ = evaluated.diagnostics(of: config, version)
    }
    #expect(slowest < .seconds(5))
  }
}
