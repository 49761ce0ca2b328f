@testable import ForgeSupport
@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

@Suite struct AskReportTests {
  private let node = Samples.spec.nodes(.master)[0]
  private let spec = Samples.spec
  private let leader = "10.1.1.51"

  private static let id = "9928caa0-c66b-4fc6-8df6-6509034c7299"
  private static let agent =
    #"{"id":"\#(id)-S0","hostname":"10.1.1.13","port":5051,"#
    + #""pid":"slave(1)@10.1.1.13:5051","active":true,"#
    + #""attributes":{},"resources":{"cpus":2.0,"mem":6144.0},"version":"1.5.1"}"#
  private static let hosts =
    #"[{"host":"master.mesos.","ip":"10.1.1.51"},{"host":"master.mesos.","ip":"10.1.1.49"},"#
    + #"{"host":"master.mesos.","ip":"10.1.1.50"}]"#
  private static let master =
    #"{"type":"GET_MASTER","#
    + #""get_master":{"master_info":{"id":"13c1ba1f","ip":855703818,"port":5050}}}"#
  private static let services =
    #"{"id":"\#(id)-0001","name":"marathon","hostname":"10.1.1.50","active":true,"#
    + #""used_resources":{"cpus":0.30000000000000004,"mem":64,"disk":0.0,"gpus":0},"#
    + #""TASK_STAGING":1,"TASK_RUNNING":2,"TASK_FINISHED":9,"slave_ids":[]},"#
    + #"{"id":"\#(id)-0000","name":"Kafka","active":false}"#

  private func summary(
    agents: String = agent, services: String = ""
  ) -> HTTPReading {
    HTTPReading(
      url: "http://\(leader):5050/master/state-summary",
      text: #"{"hostname":"x","cluster":"c","slaves":[\#(agents)],"frameworks":[\#(services)]}"#)
  }

  private func result(_ records: KeyValuePairs<String, HTTPReading>) -> CommandResult {
    CommandResult(
      status: .exited(0),
      standardOutput: records.map { NodeReport.line($0.key, $0.value) }.joined() + NodeReport.end)
  }

  private func nodes(
    _ summary: HTTPReading, master: String = master, hosts: HTTPReading? = nil
  ) throws -> NodesReport {
    let url = "http://10.1.1.49"
    return try NodesReport(
      result([
        "summary": summary, "master": HTTPReading(url: url, text: master),
        "hosts": hosts ?? HTTPReading(url: url, text: Self.hosts),
      ]), on: node, of: spec)
  }

  private func services(_ text: String) throws -> ServicesReport {
    try ServicesReport(result(["summary": summary(services: text)]), on: node)
  }

  @Test func theTableIsThatOfTheFoundingNotes() throws {
    let listing = try nodes(summary())
    let lines: [String] = [
      "HOSTNAME       IP         ID                                       "
        + "TYPE             REGION  ZONE",
      "10.1.1.13      10.1.1.13  9928caa0-c66b-4fc6-8df6-6509034c7299-S0  "
        + "agent            None    None",
      "master.mesos.  10.1.1.49  N/A                                      "
        + "master           N/A     N/A",
      "master.mesos.  10.1.1.50  N/A                                      "
        + "master           N/A     N/A",
      "master.mesos.  10.1.1.51  13c1ba1f                                 "
        + "master (leader)  None    None",
    ]
    #expect(NodeListingText(spec, listing).lines == lines)
    #expect(
      NodeListingText(spec, listing).notes == [
        "in the cluster file, but not active in Mesos: lxb002 (10.1.1.14), lxb003 (10.1.1.15); "
          + "`dcosforge status` says why"
      ])
    let record = NodeListingRecord(spec, listing)
    #expect(record.schema == 1 && record.leader == leader)
    #expect(record.nodes.map(\.node) == ["lxb001", "lxzk01", "lxzk02", "lxzk03"])
    #expect(record.missing == ["lxb002", "lxb003"])
  }

  @Test func placesPublicAgentsAndTwinsAreReported() throws {
    let place = #""domain":{"fault_domain":{"region":{"name":"eu"},"zone":{"name":"eu-1"}}}"#
    let listing = try nodes(
      summary(
        agents:
          #"{"id":"S9","hostname":"10.1.1.100","active":true,"#
          + #""attributes":{"public_ip":"true"},\#(place)},"#
          + #"{"id":"S2","hostname":"10.1.1.14","active":false},"#
          + #"{"id":"S3","hostname":"10.1.1.14","pid":"slave(1)@10.1.1.14:5051","active":true}"#),
      master: #"{"get_master":{"master_info":{"id":"M",\#(place)}}}"#)
    #expect(listing.members.map(\.ip).prefix(3) == ["10.1.1.14", "10.1.1.14", "10.1.1.100"])
    #expect(listing.members[2].kind == .publicAgent && listing.members[2].region == "eu")
    #expect(listing.members.last?.kind == .leader && listing.members.last?.zone == "eu-1")
    #expect(listing.missingAgents(of: spec).map(\.name.description) == ["lxb001", "lxb003"])
  }

  @Test func withoutAgentsOrNamesThereIsStillATable() throws {
    for hosts in [
      HTTPReading(status: 7, http: 0, url: ""), HTTPReading(url: "", text: "[]"),
      HTTPReading(url: "", text: #"[{"host":"master.mesos.","ip":""}]"#),
      HTTPReading(url: "", text: "{}"),
    ] {
      let listing = try nodes(summary(agents: ""), master: "busy", hosts: hosts)
      #expect(listing.members.map(\.hostname) == ["lxzk01", "lxzk02", "lxzk03"])
      #expect(listing.members.last?.kind == .leader && listing.members.last?.id == nil)
      let notes = NodeListingText(spec, listing).notes
      #expect(notes.count == 3 && notes[0] == "no agent has registered yet", "\(notes)")
      #expect(notes[2].hasPrefix("Mesos-DNS names no masters ("))
    }
  }

  @Test(arguments: [
    (HTTPReading(status: 7, http: 0, url: ""), "connection refused"),
    (HTTPReading(http: 503, url: ""), "no leader (HTTP 503)"),
    (HTTPReading(http: 401, url: ""), "it wants a login (HTTP 401)"),
    (HTTPReading(http: 500, url: ""), "HTTP 500"),
    (HTTPReading(url: "", text: ""), "not the expected JSON: "),
    (HTTPReading(url: "", text: "<html>\u{1B}[2J"), "not the expected JSON: <html>"),
    (
      HTTPReading(url: "", text: #"{"slaves":[],"fram"#),
      #"not the expected JSON: {"slaves":[],"fram"#
    ),
    (HTTPReading(url: "", text: #"{"slaves":{},"frameworks":[]}"#), "not the expected JSON"),
    (
      HTTPReading(url: "", text: #"{"slaves":[{"id":7}],"frameworks":[]}"#), "not the expected JSON"
    ),
    (HTTPReading(url: "", text: String(repeating: "[", count: 2000)), "not the expected JSON"),
  ])
  func whatIsNoAnswerIsSaid(_ reading: HTTPReading, _ seen: String) throws {
    let error = #expect(throws: ForgeError.self) { try nodes(reading) }
    #expect(error?.category == .step && error?.subject == "lxzk01")
    #expect(error?.observed.hasPrefix(seen) == true, "\(String(describing: error))")
    #expect(error?.observed.contains("\u{1B}") == false)
    #expect(throws: ForgeError.self) {
      try ServicesReport(result(["summary": reading]), on: node)
    }
    if !reading.text.hasSuffix("}") {
      #expect(throws: ForgeError.self) {
        try MarathonReport(result(["marathon": reading]), on: node)
      }
    }
  }

  @Test func aTornOutputIsNoList() {
    let whole = result(["summary": summary()]).standardOutput
    for count in stride(from: 0, to: whole.utf8.count - 1, by: 37) {
      let torn = String(decoding: whole.utf8.prefix(count), as: UTF8.self)
      #expect(throws: ForgeError.self) {
        try ServicesReport(
          CommandResult(status: .exited(0), standardOutput: torn), on: node)
      }
    }
  }

  @Test func servicesStandInTheirTable() throws {
    let listing = try services(Self.services)
    #expect(
      ServiceListingText(listing).lines == [
        "NAME      HOST       ACTIVE  TASKS  CPU   MEM  DISK  ID",
        "Kafka                False       0  0.0   0.0   0.0  \(Self.id)-0000",
        "marathon  10.1.1.50  True        3  0.3  64.0   0.0  \(Self.id)-0001",
      ])
    let json = try ServiceListingRecord(spec, listing).prettyJSON()
    #expect(json.contains(#""schema" : 1"#) && json.contains(#""tasks" : 3"#))
    #expect(
      ServiceListingText(try services("")).lines
        == ["No service is registered with the Mesos master at 10.1.1.51."])
  }

  /// A service chooses its own name: it must not steer the operator's terminal, nor break a column.
  @Test func hostileServicesAreTamed() throws {
    let listing = try services(
      #"{"id":"a","name":"\u001b[31mred\nroot\u202e","hostname":"h\th","active":true,"#
        + #""TASK_RUNNING":9223372036854775807,"TASK_STAGING":5,"used_resources":{"cpus":1e300}}"#)
    let lines = ServiceListingText(listing).lines
    #expect(lines.count == 2)
    #expect(lines[1].hasPrefix("\u{FFFD}[31mred\u{FFFD}root\u{FFFD}  h h"), "\(lines[1])")
    #expect(lines[1].split(separator: " ").suffix(5) == ["?", "?", "0.0", "0.0", "a"])
  }

  @Test func marathonIsPrintedAsItIs() throws {
    let text =
      #"{"version":"1.6.392","elected":true,"n":null,"x":[1,2.5,{}],"#
      + #""marathon_config":{"ha":false}}"#
    let info = try MarathonReport(result(["marathon": HTTPReading(url: "", text: text)]), on: node)
    #expect(
      try info.content.prettyJSON() == """
        {
          "elected" : true,
          "marathon_config" : {
            "ha" : false
          },
          "n" : null,
          "version" : "1.6.392",
          "x" : [
            1,
            2.5,
            {

            }
          ]
        }
        """)
    let json = try MarathonRecord(spec, info).prettyJSON()
    #expect(json.contains(#""schema" : 1"#) && json.contains(#""n" : null"#))
  }
}
