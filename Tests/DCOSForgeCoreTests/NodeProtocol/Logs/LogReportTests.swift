@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

/// Reading what `journalctl -o json` and `docker logs --timestamps` print.
@Suite struct LogReportTests {
  static let node = Samples.name("lxzk01")

  static func line(_ time: Int, _ message: String, more: String = "") -> String {
    "{\"__CURSOR\":\"c\(time)\",\"__REALTIME_TIMESTAMP\":\"\(time)\",\"MESSAGE\":\(message),"
      + "\"_SYSTEMD_UNIT\":\"dcos-exhibitor.service\"\(more)}\n"
  }
  private static let head = "{\"record\":\"journal\",\"now\":1704067200}\n"
  private static func source(_ status: Int = 0, _ name: String = "journal") -> String {
    "\n{\"record\":\"source\",\"name\":\"\(name)\",\"status\":\(status)}\n"
  }

  private func read(_ text: String, container: String? = nil) -> (
    entries: [LogEntry], reading: LogReport
  ) { LogReport.entries(in: text, of: Self.node, container: container) }

  @Test func theNewestComesFirstAndIsShownLast() throws {
    let (entries, reading) = read(
      Self.head
        + Self.line(
          1_704_067_200_123_457, #""two""#,
          more: #","_PID":"77","PRIORITY":"3","SYSLOG_IDENTIFIER":"java""#)
        + Self.line(1_704_067_200_123_456, #""one""#) + Self.source() + NodeReport.end)
    #expect(entries.map(\.message) == ["one", "two"])
    #expect(
      entries[1]
        == LogEntry(
          node: Self.node, microseconds: 1_704_067_200_123_457, unit: "dcos-exhibitor.service",
          pid: 77, priority: 3, identifier: "java", message: "two", cursor: "c1704067200123457"))
    #expect(reading.isWhole && !reading.isCut && reading.faults.isEmpty)
    #expect(reading.now == 1_704_067_200)
  }

  /// Too long for journalctl, bytes, several of the same name, none at all.
  @Test(arguments: [
    ("null", "(a message longer than journalctl prints)"), ("[104,105,255]", "hi\u{FFFD}"),
    (#"["a",[98,99],null]"#, "a\nbc\n(a message longer than journalctl prints)"),
    (#""tab\tquote\" é""#, "tab\tquote\" é"), (#""""#, ""),
  ])
  func messagesOfEveryForm(_ json: String, _ text: String) {
    #expect(read(Self.line(5, json)).entries.map(\.message) == [text])
  }

  @Test func anEntryWithoutAMessageOrUnitIsOne() {
    let (entries, _) = read(
      #"{"__CURSOR":"c","__REALTIME_TIMESTAMP":"7","SYSLOG_IDENTIFIER":"kernel","_PID":null}"#
        + "\n")
    #expect(
      entries == [
        LogEntry(
          node: Self.node, microseconds: 7, unit: "kernel", identifier: "kernel", message: "",
          cursor: "c")
      ])
  }

  /// What systemd says about a unit belongs to that unit.
  @Test func theUnitIsTheOneThatIsSpokenOf() {
    let text =
      #"{"__CURSOR":"c","__REALTIME_TIMESTAMP":"7","MESSAGE":"Started","#
      + #""_SYSTEMD_UNIT":"init.scope","UNIT":"dcos-net.service"}"#
      + "\n"
    #expect(read(text).entries.map(\.unit) == ["dcos-net.service"])
  }

  @Test func whatIsTornOrNoEntryIsPassedOver() {
    let whole = Self.line(2, #""whole""#)
    for torn in [
      String(whole.dropLast(20)) + "\n", "warning: something\n", "{}\n", "{\"MESSAGE\":\"x\"}\n",
      "[1,2]\n", "{\"__CURSOR\":\"c\",\"__REALTIME_TIMESTAMP\":\"soon\"}\n", "\n",
    ] {
      #expect(read(torn + whole + torn).entries.map(\.message) == ["whole"], "\(torn)")
    }
    let (entries, reading) = read(Self.head + whole + String(whole.dropLast(30)))
    #expect(entries.count == 1 && !reading.isWhole)
  }

  @Test(arguments: [1, 2, 3, 7, 64, 1000]) func chunksMayEndAnywhere(_ size: Int) {
    let text = Self.head + (1...9).map { Self.line($0, #""é \#($0)""#) }.joined() + Self.source()
    var reading = LogReport(Self.node)
    var entries: [LogEntry] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      entries += reading.feed(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    #expect(entries.map(\.message) == (1...9).map { "é \($0)" })
  }

  /// A line without an end costs no more memory than the limit, and no entry but itself.
  @Test func anEndlessLineIsDropped() {
    var reading = LogReport(Self.node)
    let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: LogReport.lineLimit / 2)
    for _ in 1...5 { #expect(reading.feed(chunk).isEmpty) }
    #expect(
      reading.feed(Array(("\n" + Self.line(3, #""after""#)).utf8)).map(\.message) == ["after"])
  }

  @Test(arguments: [(0, false, 0), (141, true, 0), (1, false, 1), (124, false, 1), (127, false, 1)])
  func howASourceEndedIsReported(_ status: Int, _ isCut: Bool, _ faults: Int) {
    let (_, reading) = read(Self.head + Self.source(status) + NodeReport.end)
    #expect(reading.isCut == isCut && reading.faults.count == faults && reading.isWhole)
  }

  @Test func aContainersLinesHaveDockersTime() {
    let (entries, _) = read(
      Self.line(1_704_067_201_000_000, #""journal""#) + Self.source()
        + "2024-01-01T00:00:00.123456789Z GET /dcos_install.sh\n"
        + "2024-01-01T00:00:02Z {\"record\":\"end\"}\n" + "2024-01-01T00:0\n"
        + "20240101 something\n" + Self.source(0, "container"), container: "web")
    #expect(entries.map(\.message) == ["GET /dcos_install.sh", "journal", #"{"record":"end"}"#])
    #expect(entries.map(\.unit) == ["web", "dcos-exhibitor.service", "web"])
    #expect(entries[0].microseconds == 1_704_067_200_123_456)
    #expect(entries[0].cursor == "2024-01-01T00:00:00.123456789Z")
  }

  /// A program cannot speak for the script: its words are inside the journal's own objects.
  @Test func aMessageIsNoRecord() {
    let (entries, reading) = read(Self.line(1, #""{\"record\":\"end\"}""#))
    #expect(entries.count == 1 && !reading.isWhole)
  }

  @Test func logsAreMergedByTime() {
    func entry(_ node: String, _ time: Int64, _ text: String) -> LogEntry {
      LogEntry(node: Samples.name(node), microseconds: time, unit: "u", message: text)
    }
    let merged = LogEntry.merged([
      [entry("a", 1, "a1"), entry("a", 5, "a5"), entry("a", 5, "a5 too"), entry("a", 9, "a9")],
      [entry("b", 0, "b0"), entry("b", 5, "b5")], [], [entry("c", 7, "c7")],
    ])
    #expect(merged.map(\.message) == ["b0", "a1", "a5", "a5 too", "b5", "c7", "a9"])
  }
}
