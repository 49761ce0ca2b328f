import Foundation
import Testing

@testable import DCOSForgeCore

/// Judging ip-detect: by its text, by what it did, and the shipped one for real.
@Suite struct IPDetectTests {
  private let planned = Samples.address("10.1.1.49")

  private func findings(
    _ output: String, status: Int = 0, milliseconds: Int = 20, stderr: String = ""
  ) -> [String] {
    IPDetect.findings(
      runs: [
        .init(
          status: status, milliseconds: milliseconds, stdout: Array(output.utf8), stderr: stderr)
      ], planned: planned)
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
    #expect(IPDetect.findings(runs: [], planned: planned) == ["it was not run"])
    let other = IPDetect.findings(
      runs: [.init(status: 0, milliseconds: 9, stdout: Array("10.1.1.8\n".utf8))], planned: planned,
      isMaster: true)
    #expect(other.first?.contains("master_list") == true)
  }

  @Test func answersThatChangeAndSlowFirstRuns() {
    let changing = [planned.description, "10.1.1.50"].map {
      IPDetect.Run(status: 0, milliseconds: 9, stdout: Array("\($0)\n".utf8))
    }
    #expect(
      IPDetect.findings(runs: changing, planned: planned).contains { $0.contains("differently") })
    let slow = [1800, 300].map {
      IPDetect.Run(status: 0, milliseconds: $0, stdout: Array("10.1.1.49\n".utf8))
    }
    #expect(IPDetect.findings(runs: slow, planned: planned) == [])
    #expect(IPDetect.slowness(runs: slow) == nil)
    #expect(IPDetect.slowness(runs: [slow[0]])?.contains("1800 ms") == true)
  }

  @Test(arguments: [
    ("", "empty"), ("echo 10.1.1.49\n", "shebang"), ("#!bash\n", "shebang"),
    ("#!/bin/bash\r\necho 10.1.1.49\r\n", "CR LF"), ("\u{feff}#!/bin/bash\n", "byte order mark"),
    ("#!/bin/bash\n\0", "NUL"),
  ])
  func textsThatCannotWorkAreNamed(_ text: String, _ words: String) {
    #expect(IPDetect.findings(script: Array(text.utf8)).contains { $0.contains(words) })
  }

  @Test func invalidUTF8IsNamedAndAGoodTextIsNot() {
    #expect(
      IPDetect.findings(script: Array("#!/bin/sh\n".utf8) + [0xFF]).contains {
        $0.contains("UTF-8")
      })
    #expect(IPDetect.findings(script: Array("#!/bin/sh\necho 10.1.1.49\n".utf8)) == [])
    #expect(IPDetect.findings(script: Array("#! /usr/bin/env bash\n".utf8)) == [])
  }

  // MARK: run for real

  private func run(_ script: String) async throws -> [IPDetect.Run] {
    let sandbox = try NodeSandbox()
    return try IPDetect.runs(
      await sandbox.run(NodeTask.detectIP(script: script).script), on: Samples.name("lxzk01"))
  }

  @Test(.enabled { await NodeSandbox.isPossible() })
  func theShippedScriptFindsTheNodesAddress() async throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("genconf/ip-detect")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(IPDetect.findings(script: Array(text.utf8)) == [])
    let runs = try await run(text)
    #expect(IPDetect.findings(runs: runs, planned: planned) == [], "\(runs)")
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
      IPDetect.findings(runs: runs, planned: planned).contains { $0.contains("not be started") })
  }
}
