@testable import ForgeEvents
@testable import ForgeHealth
@testable import ForgeModel
@testable import ForgeNodeProtocol
@testable import ForgePlanning
import ForgeSimulation
import ForgeSupport
import Testing

@testable import DCOSForgeCore

/// What a well node prints, with characters in it that steer a terminal: none of them reaches one,
/// whatever is made of the output.
///
/// `DCOSFORGE_FUZZ` is the number of outputs.
@Suite struct HostileTextTests {
  /// Colours, CSI as one character, text turned round, and what a terminal does at once.
  private static let plant = "\u{1B}[31m\u{1B}[5m\u{9B}31m\u{202E}\u{2066}\r\u{7}\0\u{7F}"

  /// The same within a JSON string.
  private static let escaped =
    #"\u001b[31m\u001b[5m\u009b31m\u202e\u2066\r\u0007\u0000\u007f"#
  /// The same within the JSON of a JSON string.
  private static let nested = escaped.replacing("\\", with: #"\\"#)

  /// Where something is planted.
  private struct Place {
    var offset: Int
    var text: String
  }

  // MARK: what is changed

  /// The ends of all strings but names and kinds, of their lines, of strings within them, and of
  /// lines that are no JSON.
  private static func places(in output: [UInt8]) -> [Place] {
    var places: [Place] = []
    var start = 0
    for line in output.split(separator: 0x0A, omittingEmptySubsequences: false) {
      if line.first == UInt8(ascii: "{") {
        places += placesInJSON(Array(line)).map { Place(offset: start + $0.offset, text: $0.text) }
      } else {
        places.append(Place(offset: start + line.count, text: plant))
      }
      start += line.count + 1
    }
    return places
  }

  private static func placesInJSON(_ line: [UInt8]) -> [Place] {
    var places: [Place] = []
    var inside: [Place] = []
    var (isString, index) = (false, 0)
    while index < line.count {
      switch line[index] {
      case UInt8(ascii: "\\") where isString:
        let next = line[index + 1]
        if next == UInt8(ascii: "n") { inside.append(Place(offset: index, text: escaped)) }
        if next == UInt8(ascii: "\"") { inside.append(Place(offset: index, text: nested)) }
        index += 1
      case UInt8(ascii: "\"") where isString:
        isString = false
        let isName = index + 1 < line.count && line[index + 1] == UInt8(ascii: ":")
        if !isName { places += inside + [Place(offset: index, text: escaped)] }
        inside = []
      case UInt8(ascii: "\""): isString = true
      default: break
      }
      index += 1
    }
    let isReport = line.starts(with: #"{"record":"#.utf8)
    return isReport ? Array(places.dropFirst()) : places
  }

  private static func planted(_ output: [UInt8], _ places: some Sequence<Place>) -> CommandResult {
    var changed = output
    for place in places.sorted(by: { $0.offset > $1.offset }) {
      changed.insert(contentsOf: Array(place.text.utf8), at: place.offset)
    }
    return CommandResult(
      status: .exited(0), standardOutput: String(decoding: changed, as: UTF8.self))
  }

  // MARK: what is shown

  /// What a terminal gets of an error, in every place where errors are shown.
  static func shown(_ error: ForgeError) -> [String] {
    let step = PlannedStep(StepID(.preflight, Samples.name("lxzk01")), reason: "r", limit: .zero)
    let plan = Plan(steps: [step], refusals: [error], warnings: ["\(error)"])
    let kinds: [Event.Kind] = [
      .stepStarted(step.id, limit: .seconds(1), attempt: 1),
      .stepProgress(step.id, detail: error.observed),
      .stepRetrying(step.id, error, delay: .seconds(1)),
      .gateOpened(step.id, evidence: ["\(error)"]),
      .stepFinished(step.id, .failed(error)),
    ]
    let events = kinds.map { Event(elapsed: .seconds(1), wallMilliseconds: 0, kind: $0) }
    let record = StepRecord(
      step: step, outcome: .failed(error), started: .zero, ended: .seconds(1))
    let report = RunReport(plan: plan, records: [record], elapsed: .seconds(1))
    let text = PlainText(nodes: Samples.spec.nodes.map(\.name))
    return HostileNumberTests.clean(
      [error.description] + error.detailLines + events.flatMap(text.lines)
        + PlanText(Samples.spec, plan).lines + RunSummary(Samples.spec, report).lines)
      + events.map { EventRecord($0).json.escaped } + boardLines(plan, events)
  }

  /// The board after each event.
  private static func boardLines(_ plan: Plan, _ events: [Event]) -> [String] {
    var board = LiveBoard(Samples.spec, plan: plan)
    return events.flatMap { event in
      board.apply(event)
      let lines = [false, true].map { isColoured in
        board.lines(
          width: 60, height: 50, elapsed: .seconds(2), style: TextStyle(isColoured: isColoured)
        ).map(\.content)
      }
      #expect(lines[0].allSatisfy { $0.count <= 60 && !$0.contains("\n") })
      return lines.flatMap(\.self)
    }
  }

  /// The escape sequences that are ours.
  private static let ours = ["0", "1", "2", "31", "32", "33", "34", "35", "36", "96"]
    .map { "\u{1B}[\($0)m" }

  /// Expects nothing in the texts that steers a terminal; gives whether something was replaced.
  private func check(_ texts: [String], _ what: String) -> Bool {
    for text in texts {
      let rest = Self.ours.reduce(text) { $0.replacing($1, with: "") }
      let bad = rest.unicodeScalars.first {
        $0 != "\n" && $0 != "\t" && $0.properties.generalCategory == .control
          || ["\u{202E}", "\u{2066}"].contains($0)
      }
      #expect(bad == nil, "\(what): \(rest.debugDescription)")
    }
    return texts.contains { $0.contains("\u{FFFD}") || $0.contains(#"\u202e"#) }
  }

  private func shown(_ sample: HostileNumberTests.Sample, _ result: CommandResult) throws
    -> [String]
  {
    do {
      return try HostileNumberTests.shown(sample.task, result, sample.node)
    } catch let error as ForgeError {
      return Self.shown(error)
    }
  }

  // MARK: tests

  @Test func noStringOfAnyTaskSteersTheTerminal() throws {
    var reached: Set<TaskKind> = []
    for sample in try HostileNumberTests.samples() {
      let output = Array(sample.output.utf8)
      let places = Self.places(in: output)
      let step = max(1, places.count * 20 / HostileNumberTests.count)
      for number in stride(from: 0, to: places.count, by: step) {
        for chosen in [places[number...number], places[number...]] {
          let texts = try shown(sample, Self.planted(output, chosen))
          if check(texts, "\(sample.task.kind)") { reached.insert(sample.task.kind) }
        }
      }
    }
    let quoting: Set<TaskKind> = [
      .shell, .facts, .detectIP, .generate, .serve, .fetchServed, .preflight, .install, .readQuorum,
      .listAgents, .readHealth, .readLogs, .ask,
    ]
    #expect(reached.isSuperset(of: quoting))
  }

  /// What a program complained of stands in the error.
  @Test func noComplaintSteersTheTerminal() throws {
    var reached: Set<TaskKind> = []
    for sample in try HostileNumberTests.samples() {
      let result = CommandResult(
        status: .exited(1), standardOutput: Self.plant, standardError: "a\(Self.plant)\nb")
      if check(try shown(sample, result), "\(sample.task.kind)") {
        reached.insert(sample.task.kind)
      }
    }
    let silent: Set<TaskKind> = [.checksum, .readLogs, .collectEvidence]
    #expect(reached.union(silent) == Set(TaskKind.allCases))
  }

  @Test func bytesThatAreNoTextAreReplaced() {
    let bytes = Array("a\u{1B}[2Jé".utf8) + [0x9B, 0x33, 0x31, 0x6D, 0xC3]
    #expect(TerminalText(bytes: bytes).content == "a\u{FFFD}[2Jé\u{FFFD}31m\u{FFFD}")
  }
}
