@testable import ForgeDCOS
@testable import ForgeModel
@testable import ForgeNodeProtocol
import Foundation
import Testing

@testable import DCOSForgeCore

/// Evaluating ip-detect: by its text, by what it did, and the shipped one for real.
@Suite struct DetectIPTests {
  private let planned = Samples.address("10.1.1.49")

  private func findings(
    _ output: String, status: Int = 0, milliseconds: Int = 20, stderr: String = ""
  ) -> [String] {
    DetectIPReport(
      runs: [
        .init(
          status: status, milliseconds: milliseconds, stdout: Array(output.utf8), stderr: stderr)
      ]
    ).findings(planned: planned)
  }

  @Test func thePlannedAddressIsGood() {
    #expect(findings("10.1.1.49\n") == [])
    #expect(findings("10.1.1.49") == [])
  }

  @Test(arguments: [
    ("", "printed nothing"), ("\n", "printed nothing"), ("10.1.1.50\n", "the node's address is"),
    ("10.1.1.49 10.0.2.15\n", "2 addresses"), ("10.1.1.49\n10.0.2.15\n", "2 addresses"),
    ("10.1.1.49\r\n", "carriage return"), (" 10.1.1.49\n", "blanks"), ("10.1.1.49\n\n", "blanks"),
    ("10.1.1.049\n", "strict dotted quad"), ("10.1.1.49/24\n", "strict dotted quad"),
    ("lxzk01\n", "strict dotted quad"), ("fe80::1\n", "strict dotted quad"),
  ])
  func wrongAnswersAreNamed(_ output: String, _ words: String) {
    let found = findings(output)
    #expect(found.count == 1 && found[0].contains(words), "\(found)")
  }

  @Test func otherDemandsAreNamed() {
    #expect(findings("10.1.1.49\n", stderr: "warning\n").first?.contains("standard error") == true)
    #expect(findings("", status: 3).first == "it exited with 3")
    #expect(findings("", status: 124, milliseconds: 10_000).first?.contains("stopped") == true)
    #expect(findings("", status: 127).first?.contains("could not be started") == true)
    #expect(DetectIPReport(runs: []).findings(planned: planned) == ["it was not run"])
    let other = DetectIPReport(
      runs: [.init(status: 0, milliseconds: 9, stdout: Array("10.1.1.8\n".utf8))]
    ).findings(planned: planned, isMaster: true)
    #expect(other.first?.contains("master_list") == true)
  }

  /// A busy node: the script was stopped, which says nothing of the script.
  @Test func aScriptThatWasStoppedIsRunAgain() {
    func failure(_ statuses: Int...) -> ForgeError? {
      let runs = statuses.map { status in
        DetectIPReport.Record(
          status: status, milliseconds: 10_000,
          stdout: status == 0 ? Array("10.1.1.49\n".utf8) : [],
          stderr: status == 0 ? "" : "Terminated\n")
      }
      return DetectIPReport(runs: runs).failure(
        of: "#!/bin/sh\n",
        on: NodeSpec(name: Samples.name("lxzk01"), role: .master, address: planned),
        genconf: "genconf")
    }
    #expect(failure(124, 0) == nil)
    #expect(failure(124, 124, 124)?.disposition == .retry)
    #expect(failure(124, 124, 124)?.advice.contains("busy") == true)
    #expect(failure(124, 124, 3)?.disposition == .afterFix)
  }

  @Test func answersThatChangeAndSlowFirstRuns() {
    let changing = [planned.description, "10.1.1.50"].map {
      DetectIPReport.Record(status: 0, milliseconds: 9, stdout: Array("\($0)\n".utf8))
    }
    #expect(
      DetectIPReport(runs: changing).findings(planned: planned).contains {
        $0.contains("differently")
      })
    let slow = [1800, 300].map {
      DetectIPReport.Record(status: 0, milliseconds: $0, stdout: Array("10.1.1.49\n".utf8))
    }
    #expect(DetectIPReport(runs: slow).findings(planned: planned) == [])
    #expect(DetectIPReport(runs: slow).slowness == nil)
    #expect(DetectIPReport(runs: [slow[0]]).slowness?.contains("1800 ms") == true)
  }

  @Test(arguments: [
    ("", "empty"), ("echo 10.1.1.49\n", "shebang"), ("#!bash\n", "shebang"),
    ("#!/bin/bash\r\necho 10.1.1.49\r\n", "CR LF"), ("\u{feff}#!/bin/bash\n", "byte order mark"),
    ("#!/bin/bash\n\0", "NUL"),
  ])
  func textsThatCannotWorkAreNamed(_ text: String, _ words: String) {
    #expect(IPDetectScript.findings(Array(text.utf8)).contains { $0.contains(words) })
  }

  @Test func invalidUTF8IsNamedAndAGoodTextIsNot() {
    #expect(
      IPDetectScript.findings(Array("#!/bin/sh\n".utf8) + [0xFF]).contains {
        $0.contains("UTF-8")
      })
    #expect(IPDetectScript.findings(Array("#!/bin/sh\necho 10.1.1.49\n".utf8)) == [])
    #expect(IPDetectScript.findings(Array("#! /usr/bin/env bash\n".utf8)) == [])
  }

  // MARK: run for real

  private func run(_ script: String, before: String = "") async throws -> [DetectIPReport.Record] {
    let sandbox = try NodeSandbox()
    return try DetectIPReport(
      await sandbox.run(NodeTask.detectIP(script: script).script, before: before),
      on: Samples.name("lxzk01")
    ).runs
  }

  private func shipped() throws -> String {
    let root = "/" + #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
    return try String(contentsOfFile: root + "/genconf/ip-detect", encoding: .utf8)
  }

  /// An interface with an address, as a node has it, with a peer end in the same namespace.
  private static func interface(_ name: String, _ address: String) -> String {
    "ip link add \(name) type veth peer name \(name)p; ip link set \(name)p up; "
      + "ip link set \(name) up; ip address add \(address) dev \(name)\n"
  }

  /// Networks in which the shipped script must find 10.1.1.14, the second agent's address.
  static let networks: [(what: String, before: String)] = [
    ("one interface, nobody else there", interface("eth0", "10.1.1.14/24")),
    (
      "a second interface with the default route",
      interface("eth0", "10.1.1.14/24") + interface("eth1", "192.168.7.2/24")
        + "ip route add default via 192.168.7.1\n"
    ),
    (
      "a second interface that comes first",
      interface("aaa0", "172.20.0.5/16") + interface("eth0", "10.1.1.14/24")
        + "ip route add default via 172.20.0.1\n"
    ),
    (
      "two addresses on the interface",
      interface("eth0", "10.1.1.14/24") + "ip address add 10.1.1.200/24 dev eth0\n"
    ),
    (
      "a docker bridge without carrier",
      interface("eth0", "10.1.1.14/24")
        + "ip link add docker0 type bridge; ip address add 172.17.0.1/16 dev docker0; "
        + "ip link set docker0 up\n"
    ),
    (
      "the masters behind a gateway that is down",
      interface("eth0", "10.1.1.14/32")
        + "ip route add 10.1.1.1 dev eth0; ip route add default via 10.1.1.1\n"
    ),
  ]

  /// The looked-up route sends nothing, so no peer has to be up.
  @Test(.enabled { await NodeSandbox.isPossible() }, arguments: networks.indices)
  func theShippedScriptInMoreNetworks(_ index: Int) async throws {
    let (what, before) = Self.networks[index]
    // The first master's own address is the sandbox's; an agent has another.
    let runs = try await run(shipped(), before: "ip address del 10.1.1.49/32 dev lo\n" + before)
    let findings = DetectIPReport(runs: runs).findings(planned: Samples.address("10.1.1.14"))
    #expect(findings == [], "\(what): \(runs)")
  }

  /// Without any way towards the masters it fails and prints no address.
  @Test(
    .enabled { await NodeSandbox.isPossible() },
    arguments: [
      "", interface("eth0", "192.168.7.2/24"),
      interface("eth0", "10.1.1.14/24") + "ip link set eth0 down\n",
    ])
  func withoutARouteTheShippedScriptFails(_ before: String) async throws {
    let runs = try await run(shipped(), before: "ip address del 10.1.1.49/32 dev lo\n" + before)
    #expect(runs.last?.status != 0 && runs.last?.output == [], "\(runs)")
  }

  @Test(.enabled { await NodeSandbox.isPossible() })
  func theShippedScriptFindsTheNodesAddress() async throws {
    let text = try shipped()
    #expect(IPDetectScript.findings(Array(text.utf8)) == [])
    let runs = try await run(text)
    #expect(DetectIPReport(runs: runs).findings(planned: planned) == [], "\(runs)")
    #expect(runs.count >= 2, "one answer does not show that it stays the same")
    // Without a route it must fail, not print something.
    let lost = try await run(text.replacing("peer=10.1.1.49", with: "peer=192.0.2.1"))
    #expect(lost.last?.status != 0 && lost.last?.output == [])
  }

  @Test(.enabled { await NodeSandbox.isPossible() })
  func aScriptRunsUnderAnEmptyEnvironmentAndItsBytesAreKept() async throws {
    let environment = try await run("#!/usr/bin/bash\nenv | sort\n")
    let text = String(decoding: try #require(environment.first).output, as: UTF8.self)
    let names = text.split(separator: "\n").map { $0.prefix { $0 != "=" } }
    #expect(names.sorted() == ["PATH", "PWD", "SHLVL", "_"], "\(text)")
    #expect(text.contains("PATH=/usr/bin:/bin:/sbin\n"))
    let bytes = try await run("#!/usr/bin/bash\nprintf 'a\\r\\0\\377\\n'; echo oops >&2; exit 3\n")
    #expect(bytes.last?.output == [0x61, 0x0D, 0, 0xFF, 0x0A])
    #expect(bytes.last?.status == 3 && bytes.last?.stderr == "oops")
  }

  @Test(.enabled { await NodeSandbox.isPossible() })
  func lineEndsOfWindowsCannotBeRun() async throws {
    let runs = try await run("#!/usr/bin/bash\r\necho 10.1.1.49\r\n")
    #expect(
      DetectIPReport(runs: runs).findings(planned: planned).contains {
        $0.contains("not be started")
      })
  }
}
