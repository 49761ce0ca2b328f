@testable import ForgeGenconf
@testable import ForgeModel

/// Files for tests of the evaluation.
enum Genconf {
  /// The seed's cluster, without findings in any release.
  static let good: [(name: String, value: String)] = [
    ("bootstrap_url", "http://10.1.1.8:8080"), ("cluster_name", "dcos_gsi"),
    ("exhibitor_storage_backend", "static"), ("master_discovery", "static"),
    ("master_list", "[10.1.1.49, 10.1.1.50, 10.1.1.51]"), ("resolvers", "[10.1.1.1]"),
    ("oauth_enabled", "'false'"), ("telemetry_enabled", "'false'"),
  ]

  /// The good file with some values changed; nil takes a key out.
  static func file(_ changes: [(String, String?)]) -> String {
    var lines = good.filter { pair in !changes.contains { $0.0 == pair.name } }
    lines += changes.compactMap { name, value in value.map { (name, $0) } }
    return lines.map { "\($0.name): \($0.value)\n" }.joined()
  }

  static func contents(
    hasIPDetect: Bool = true, script: String = "#!/bin/sh\necho 10.1.1.49\n"
  ) -> GenconfContents {
    var contents: [String: [UInt8]] = ["genconf/config.yaml": []]
    if hasIPDetect { contents["genconf/ip-detect"] = Array(script.utf8) }
    return GenconfContents(contents: contents)
  }

  static func evaluate(
    _ text: String, _ version: String = "1.11.2", isSSH: Bool = false,
    contents: GenconfContents = contents(), cluster: ClusterSpec? = nil,
    silenced: Set<String> = []
  ) -> GenconfEvaluation {
    GenconfEvaluator(version: Samples.must(DCOSVersion(version))).evaluate(
      config: Array(text.utf8), file: "config.yaml", files: contents, isSSH: isSSH,
      cluster: cluster, silenced: silenced)
  }
}

extension GenconfEvaluation {
  /// Whether the values pass and DC/OS then fails to write its files.
  var failsInGeneration: Bool { findings.contains { $0.id == "generation-fails" } }
}
