@testable import ForgeModel
@testable import ForgeNodeProtocol
import Foundation
import Testing

@testable import DCOSForgeCore

/// Every rendered script, whole, as a node gets it, read by bash; `make lint` has shellcheck read
/// the files.
///
/// `DCOSFORGE_TEST_SCRIPTS` names a folder to leave the scripts in, to run them by hand.
@Suite struct ScriptSyntaxTests {
  static var tasks: [(name: String, task: NodeTask)] {
    var packages = PackageSpec()
    packages.repositories = [.init(id: "lab", baseURL: "file:///srv/rpm", checksSignatures: false)]
    packages.dockerVersion = "20.10.24"
    let version = DCOSVersion(1, 11, 13)
    let serving = Serving(
      folder: "/root/dcos", image: "nginx:lab", archive: nil,
      address: Samples.address("10.1.1.8"), port: 8080)
    var tasks: [(String, NodeTask)] = [
      ("clock", .clock), ("await-cloud-init", .awaitCloudInit), ("seal", .seal),
      ("authorize", .authorize(key: "ssh-ed25519 AAAA it's me", account: "forge")),
      ("detect-ip", .detectIP(script: "#!/bin/sh\necho 10.1.1.8\n")), ("serve", .serve(serving)),
      ("time-client", .configureTime(TimeSettings(servers: ["10.1.1.8"]))),
      (
        "time-server",
        .configureTime(TimeSettings(servers: [], servesTo: IPv4Network("10.1.1.0/24")))
      ),
      (
        "generate",
        .generate(
          Generation(folder: "/root/dcos", installer: Samples.sum, inputs: "abc"))
      ),
      ("fetch", .fetchServed(url: "http://10.1.1.8:8080")),
      ("quorum", .readQuorum(masters: [Samples.address("10.1.1.49")])),
      ("agents", .listAgents(at: Samples.address("10.1.1.49"))),
      ("drain", .callMesos(.drain(agent: "a-S1"), at: Samples.address("10.1.1.49"))),
      ("logs", .readLogs(LogRequest(units: ["docker.service"], container: "it's", lines: 9))),
    ]
    for question in ClusterQuestion.allCases {
      tasks.append(
        ("ask-\(question.rawValue)", .ask(question, at: Samples.address("10.1.1.49"))))
    }
    for role in NodeRole.allCases {
      let preparation = Preparation(role: role, version: version, packages: packages)
      let request = FactsRequest(
        role: role, preparation: preparation, time: TimeSettings(servers: ["10.1.1.8"]),
        serving: role == .bootstrap ? serving : nil)
      tasks.append(("prepare-\(role.rawValue)", .prepare(preparation)))
      tasks.append(("facts-\(role.rawValue)", .facts(request)))
      let address = Samples.address("10.1.1.49")
      let health = HealthRequest(role: role, version: version, address: address, runsChecks: true)
      let evidence = EvidenceRequest(role: role, version: version, address: address)
      tasks.append(("health-\(role.rawValue)", .readHealth(health)))
      tasks.append(("evidence-\(role.rawValue)", .collectEvidence(evidence)))
      guard role != .bootstrap else { continue }
      let installation = Installation(
        role: role, version: version, bootstrapURL: "http://10.1.1.8:8080",
        installer: Samples.sum, inputs: "version 1\nx 'y' $z")
      tasks.append(("preflight-\(role.rawValue)", .preflight(installation)))
      tasks.append(("install-\(role.rawValue)", .install(installation)))
    }
    return tasks
  }

  @Test(arguments: tasks.map(\.name))
  func bashCanReadIt(_ name: String) async throws {
    let task = try #require(Self.tasks.first { $0.name == name }?.task)
    if let folder = ProcessInfo.processInfo.environment["DCOSFORGE_TEST_SCRIPTS"] {
      try Data(task.script.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
    }
    let result = try await LocalProgram.run([LocalScript.bash, "-n"], input: task.script)
    #expect(result.succeeded && result.standardError == "")
  }
}
