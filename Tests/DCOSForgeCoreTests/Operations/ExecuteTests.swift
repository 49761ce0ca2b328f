@testable import ForgeEvents
@testable import ForgePorts
@testable import ForgeHealth
@testable import ForgeNodeProtocol
@testable import ForgeDCOS
@testable import ForgePlanning
@testable import ForgeSupport
@testable import ForgeSimulation
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

@Suite struct ExecuteTests {
  private typealias Outcome = Result<CommandResult.Status, ForgeError>

  private static func failed(_ category: ForgeError.Category) -> Outcome {
    .failure(ForgeError(category, "x"))
  }

  @Test func theWorstNodeDecides() {
    func status(_ results: Outcome...) -> ForgeModel.ExitStatus {
      Execute.exitStatus(of: results)
    }
    #expect(status(.success(.exited(0)), .success(.exited(0))) == .success)
    #expect(status(.success(.exited(0)), .success(.exited(3))) == .step)
    #expect(status(.success(.signalled("KILL"))) == .step)
    #expect(status(.success(.exited(3)), Self.failed(.timeout)) == .timeout)
    #expect(status(Self.failed(.timeout), Self.failed(.unreachable)) == .unreachable)
    #expect(status(Self.failed(.unreachable), Self.failed(.interrupted)) == .interrupted)
    #expect(status(Self.failed(.configuration)) == .configuration)
  }

  /// Runs a command on the three simulated agents; gives the lines, the results and the virtual
  /// time.
  private func run(
    _ command: String, atOnce: Int = .max, off: String? = nil
  ) throws -> (lines: [String], results: [Outcome], took: Duration) {
    let cluster = SimulatedCluster(seed: 7)
    _ = try UpTests.up(on: cluster, until: .machines)
    if let off { cluster.powerOff(Samples.name(off)) }
    let lines = Locked<[String]>([])
    let outcome = try Simulation.run(on: cluster) { cluster in
      await Execute(
        Samples.spec, keys: Samples.wanted().keys, context: cluster.context(),
        atOnce: atOnce
      ).stream(command, on: Samples.spec.nodes(.agent), timeout: .seconds(60)) { line in
        let text =
          "\(line.node)\(line.isError ? "!" : ":") "
          + String(decoding: line.bytes, as: UTF8.self)
        lines.withLock { $0.append(text) }
      }
    }
    return (lines.withLock { $0.sorted() }, outcome.value, outcome.elapsed)
  }

  @Test func everyLineCarriesItsNode() throws {
    let (lines, results, _) = try run("echo hello")
    #expect(lines == ["lxb001: hello", "lxb002: hello", "lxb003: hello"])
    #expect(Execute.exitStatus(of: results) == .success)
    let unknown = try run("no-such")
    #expect(unknown.lines.allSatisfy { $0.hasSuffix("! no-such: command not found") })
    #expect(Execute.exitStatus(of: unknown.results) == .step)
  }

  @Test func aNodeThatIsOffHoldsNobodyUp() throws {
    let (lines, results, _) = try run("echo x", off: "lxb002")
    #expect(lines == ["lxb001: x", "lxb003: x"])
    guard case .failure(let error) = results[1] else { throw error("it answered") }
    #expect(error.category == .unreachable && error.subject == "lxb002")
  }

  private func error(_ text: String) -> ForgeError { ForgeError(.internalFault, text) }

  @Test func noMoreWorkAtOnceThanAsked() throws {
    #expect(try run("sleep 20").took < .seconds(30))
    #expect(try run("sleep 20", atOnce: 2).took > .seconds(40))
    #expect(try run("sleep 20", atOnce: 1).took > .seconds(60))
    #expect(try run("sleep 20", atOnce: 1).results.count == 3)
  }

  @Test func theRecordHasAPlaceForEveryEnd() throws {
    let nodes = Samples.spec.nodes(.agent)
    let record = ExecRecord(
      "c", nodes,
      [
        .success(CommandResult(status: .exited(3), standardOutput: "a\n", standardError: "b\n")),
        .success(CommandResult(status: .signalled("KILL"))),
        .failure(ForgeError(.unreachable, "is away", on: "lxb003")),
      ])
    #expect(record.nodes.map(\.outcome) == ["exited", "signalled", "unreachable"])
    #expect(record.nodes.map(\.status) == [3, nil, nil])
    #expect(record.nodes[0].output == "a\n" && record.nodes[0].errorOutput == "b\n")
    #expect(record.nodes[1].signal == "KILL" && record.nodes[2].fault == "lxb003: is away")
    #expect(try record.prettyJSON().contains(#""schema" : 1"#))
  }
}

@Suite struct LineBufferTests {
  private func lines(_ pieces: [String]) -> [String] {
    var buffer = LineBuffer()
    var lines = pieces.flatMap { buffer.take(Array($0.utf8)) }
    if let rest = buffer.end() { lines.append(rest) }
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func linesComeWholeHoweverTheyWereCut() {
    let text = "one\n\ntwo\r\nthr\ree\nfour"
    for size in 1...text.utf8.count {
      let bytes = Array(text.utf8)
      let pieces = stride(from: 0, to: bytes.count, by: size).map {
        String(decoding: bytes[$0..<min($0 + size, bytes.count)], as: UTF8.self)
      }
      #expect(lines(pieces) == ["one", "", "two", "thr\ree", "four"])
    }
    #expect(lines([]).isEmpty && lines(["x\n"]) == ["x"])
  }

  @Test func anEndlessLineComesInPieces() {
    let long = String(repeating: "x", count: 3 * LineBuffer.limit + 5)
    #expect(lines([long, "\n"]).map(\.count) == [65536, 65536, 65536, 5])
  }
}

@Suite struct CopyTextTests {
  @Test func aColonBeforeTheFirstSlashMakesANode() {
    #expect(CopyPlace("lxb001:/etc/x") == .nodes("lxb001", path: "/etc/x"))
    #expect(CopyPlace("lxb00[1-3],lxzk01:x:y") == .nodes("lxb00[1-3],lxzk01", path: "x:y"))
    #expect(CopyPlace("lxb001:~/x") == .nodes("lxb001", path: "x"))
    #expect(CopyPlace("lxb001:") == .nodes("lxb001", path: ""))
    for local in ["./a:b", "/a:b", "x", "", ":x", "a/b:c"] {
      #expect(CopyPlace(local) == .local(local))
    }
  }

  @Test func progressIsOneShortLine() {
    #expect(CopyProgress.line(nodes: 1, done: 0, total: 3 << 20) == "0 %, 0.0 of 3.0 MiB")
    #expect(
      CopyProgress.line(nodes: 3, done: 3 << 19, total: 3 << 20)
        == "50 %, 1.5 of 3.0 MiB on 3 nodes")
    #expect(CopyProgress.line(nodes: 1, done: 1 << 20, total: 0) == "1.0 MiB")
  }
}
