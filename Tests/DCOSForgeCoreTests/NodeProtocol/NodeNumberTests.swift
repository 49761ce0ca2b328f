@testable import ForgeDCOS
@testable import ForgeHealth
@testable import ForgeModel
@testable import ForgeNodeProtocol
@testable import ForgePlanning
@testable import ForgePorts
@testable import ForgeSSH
import Testing

@testable import DCOSForgeCore

/// Numbers that a node chose, and the reading that each of them costs.
@Suite struct NodeNumberTests {
  private static let node = Samples.spec.nodes(.master)[1]

  /// The health of a cluster whose second master prints something else in a place of its output.
  private func part(
    _ component: HealthComponent, _ printed: String, instead wild: String
  ) throws -> ComponentHealth? {
    var sample = HealthSample()
    var output = HealthSample.output(Self.node, sample.version, leads: false)
    #expect(output.standardOutput.contains(printed))
    output.standardOutput = output.standardOutput.replacing(printed, with: wild)
    sample.seen[Self.node.name]?.reading = .success(try HealthReport(output, on: Self.node.name))
    let health = sample.health
    #expect(health.nodes.filter { $0.state != .ok }.map(\.node) == [Self.node.name])
    return health.nodes[1].components.first { $0.state != .ok && $0.component == component }
  }

  @Test(arguments: [
    ("/ 1000 500 1152921504606846976 1152921504606846976", "inodes"),
    ("/ 1000 500 1000 1152921504606846976", "inodes"), ("/ 1000 500 -1 500", "inodes"),
    ("/ 1000 9223372036854775807 1000 500", "room"), ("/ 1e300 500 1000 500", "room"),
    ("/ NaN 500 1000 500", "room"),
  ])
  func aFileSystemWithoutUsableNumbersIsUnknown(_ line: String, _ what: String) throws {
    let disk = try part(.disk, "/ 1000 500 1000 500", instead: line)
    #expect(disk?.state == .unknown)
    #expect(disk?.evidence == "/ gives no usable number of its \(what)")
  }

  @Test(arguments: ["1e300", "-1", "1e400", "9223372036854775808", #""NaN""#])
  func aClockErrorThatIsNoneIsUnknown(_ wild: String) throws {
    let clock = try part(
      .clock, #""errorMilliseconds":1,"#, instead: #""errorMilliseconds":\#(wild),"#)
    #expect(clock?.state == .unknown && clock?.evidence == "was not read")
  }

  @Test(arguments: ["-9223372036854775808", "9223372036854775807", "1e300", "-1"])
  func aTimeThatIsNoneIsUnknown(_ wild: String) throws {
    let clock = try part(.clock, #""began":1500"#, instead: #""began":\#(wild)"#)
    #expect(clock?.state == .unknown && clock?.evidence == "was not read")
  }

  @Test func factsWithoutAClockPlanTheStepThatSetsIt() throws {
    let wanted = Samples.wanted()
    let inputs = Blueprint(wanted).generation.inputs
    let well = FactsReport.text(Samples.goodFacts(Self.node, generated: inputs))
    let wild = well.replacing(#""errorMilliseconds":1,"#, with: #""errorMilliseconds":1e300,"#)
    #expect(wild != well)
    let facts = try FactsReport(
      CommandResult(status: .exited(0), standardOutput: wild), on: Self.node.name)
    #expect(facts.clock == nil && facts.isTimeSet)
    let observed = Samples.complete(wanted) { $0.name == Self.node.name ? .facts(facts) : nil }
    let step = Planner(wanted, observed: observed).plan().steps.first { $0.id.kind == .time }
    #expect(step?.id == StepID(.time, Self.node.name))
    #expect(step?.reason == "its clock could not be read")
  }

  @Test(arguments: [
    "-9223372036854775808", "9223372036854775807", "253402300800000000", "-1", "1e300", "",
  ])
  func anEntryWithoutAUsableTimeIsCounted(_ wild: String) {
    let odd = LogReportTests.line(7, #""odd""#).replacing(#""7""#, with: #""\#(wild)""#)
    let (entries, reading) = LogReport.entries(
      in: odd + LogReportTests.line(8, #""whole""#), of: Self.node.name)
    #expect(entries.map(\.message) == ["whole"] && reading.unreadable == 1)
  }

  @Test(arguments: [
    ("253402300799999999", "9999-12-31T23:59:59.999999Z"), ("0", "1970-01-01T00:00:00.000000Z"),
  ])
  func theOutermostTimesArePrinted(_ stamp: String, _ text: String) throws {
    let line = LogReportTests.line(7, #""x""#).replacing(#""7""#, with: #""\#(stamp)""#)
    let entry = LogReport.entries(in: line, of: Self.node.name).entries.first
    #expect(LogRecord(try #require(entry)).time == text)
  }

  @Test(arguments: [
    "9999999999-01-01T00:00:00Z x", "9223372036854775808-01-01T00:00:00Z x",
    "0001-01-01T00:00:00Z x", "2024-01-01T00:00:00.-1Z x", "2024-99-99T99:99:99Z x",
  ])
  func aContainersTimeIsOneOfTheCalendar(_ line: String) {
    let (entries, _) = LogReport.entries(in: line + "\n", of: Self.node.name, container: "web")
    #expect(entries.allSatisfy { NodeNumbers.EpochMicroseconds.range.contains($0.microseconds) })
  }

  /// What the limit tore is no line that could not be read.
  @Test func linesThatCannotBeReadAreCounted() {
    func unreadable(_ text: String) -> Int {
      LogReport.entries(in: text, of: Self.node.name).reading.unreadable
    }
    let source = "\n{\"record\":\"source\",\"name\":\"journal\",\"status\":"
    let (whole, torn) = (LogReportTests.line(2, #""x""#), "{\"MESSAGE\":\n")
    #expect(unreadable(whole + torn + whole + torn + source + "0}\n" + NodeReport.end) == 2)
    #expect(unreadable(torn + whole + torn + source + "141}\n" + NodeReport.end) == 1)
    #expect(unreadable(whole + source + "141}\n" + NodeReport.end) == 0)
    #expect(unreadable(whole + "{" + String(repeating: "x", count: 1 << 21) + "\n") == 1)
  }

  @Test(arguments: [
    "9223372036854775807", "9223372036854775808", "-1", "-9223372036854775808", "1e300", "NaN",
  ])
  func aFileThatAnnouncesNoUsableSizeIsNone(_ size: String) {
    var incoming = IncomingFile()
    let piece = try? incoming.take(.standardOutput(Array("\(size) 644\nx".utf8)))
    let file = incoming.file
    #expect(piece == nil && file == nil)
  }

  @Test func theLargestFileHasAProgress() {
    let size = NodeNumbers.Size.range.upperBound
    #expect(
      CopyProgress.line(nodes: 1, done: size / 2, total: size)
        == "50 %, 4294967296.0 of 8589934592.0 MiB")
    #expect(CopyProgress.line(nodes: 1, done: .max, total: 0) == "8796093022207.9 MiB")
  }

  @Test(arguments: ["-2147483648", "2147483647", "256", "-1", "99999999999"])
  func aCommandsStatusIsOneOfAShell(_ number: String) {
    var reader = FrameReader(nonce: "ab")
    _ = reader.feed(Array("\u{1E}ab \(number)\n\u{1E}ab \(number)\n".utf8))
    #expect(reader.hasEnded && reader.status == nil)
  }

  @Test func oneAgentOrServiceCostsNoList() throws {
    let text =
      #"{"slaves":[{"id":"S1","hostname":"10.1.1.13","attributes":{"public_ip":1e400,"x":1e400}}],"#
      + #""frameworks":[{"id":"a","name":"b","TASK_RUNNING":9223372036854775807,"#
      + #""TASK_STAGING":1,"used_resources":{"cpus":"NaN","mem":1e300,"disk":64}}]}"#
    let reading = HTTPReading(url: "http://10.1.1.51:5050/x", text: text)
    let result = CommandResult(
      status: .exited(0), standardOutput: ClusterQuestion.text([(.summary, reading)]))
    let listing = try ServicesReport(result, on: Self.node)
    #expect(listing.services.map(\.disk) == [64] && listing.services.map(\.tasks) == [nil])
    #expect(
      ServiceListingText(listing).lines.last?.split(separator: " ") == [
        "b", "False", "?", "?", "?", "64.0", "a",
      ])
    let metrics = MesosMetrics(
      HTTPReading(url: "", text: #"{"a":"NaN","b":1e400,"master/elected":1.0}"#))
    #expect(metrics?["master/elected"] == 1 && metrics?["a"] == nil)
  }
}
