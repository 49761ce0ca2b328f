@testable import ForgeSupport
@testable import ForgeDCOS
@testable import ForgeHealth
@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

/// The scripts that read ZooKeeper, Exhibitor, Mesos and all components, against small servers.
@Suite(.enabled { await NodeSandbox.isPossible() }) struct ReadScriptTests {
  private let sandbox: InstallSandbox
  private let master = Samples.spec.nodes(.master)[0]

  init() throws {
    sandbox = try InstallSandbox()
    try sandbox.node.write("var/stub/server.py", Self.server)
    try sandbox.node.write("var/stub/answers/none", "")
  }

  /// Two servers in one program.
  ///
  /// `http ADDRESS:PORT` answers a path by the file of that name (slashes as underscores) under
  /// `/var/stub/answers`; `redirect HOST:PORT` in it sends on to there, and what is none is a 404.
  /// `zookeeper ADDRESS:PORT TEXT` sends the text to whoever says `srvr`; without a text it stays
  /// silent.
  private static let server = #"""
    import http.server, os, socket, socketserver, sys, time
    kind, at = sys.argv[1], sys.argv[2]
    host, port = at.split(":")
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            posted = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.path += "?" + posted.replace("/", "_")
            self.do_GET()
        def do_GET(self):
            name = "/var/stub/answers/" + at + self.path.replace("/", "_")
            body = open(name, "rb").read() if os.path.exists(name) else None
            if body is None:
                self.send_error(404)
            elif body.startswith(b"redirect "):
                self.send_response(307)
                self.send_header("Location", "//" + body.split()[1].decode() + \#
    self.path.split("?")[0])
                self.end_headers()
            else:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)
        def log_message(self, *rest):
            pass
    class Words(socketserver.BaseRequestHandler):
        def handle(self):
            if self.request.recv(4) == b"srvr":
                if len(sys.argv) > 3:
                    self.request.sendall(sys.argv[3].encode())
                else:
                    time.sleep(60)
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads = True, True
    Server((host, int(port)), Handler if kind == "http" else Words).serve_forever()
    """#

  private func start(_ kind: String, _ at: String, _ text: String? = nil) -> String {
    let (host, port) = (at.split(separator: ":")[0], at.split(separator: ":")[1])
    let word = text.map { NodeScript.quote($0) } ?? ""
    return """
      ip address add \(host)/32 dev lo 2>/dev/null
      python3 /var/stub/server.py \(kind) \(at) \(word) >/dev/null 2>&1 &
      for i in {1..3000}; do : 2>/dev/null </dev/tcp/\(host)/\(port) && break; sleep 0.1; done

      """
  }

  private func answer(_ at: String, _ path: String, _ text: String) throws {
    let name = path.replacing("/", with: "_")
    try sandbox.node.write("var/stub/answers/\(at)\(name)", text)
  }

  @Test func readsEveryServerAtOnce() async throws {
    let status =
      #"[{"code":3,"description":"serving","hostname":"10.1.1.49","isLeader":true}]"#
    try answer("10.1.1.49:8181", "/exhibitor/v1/cluster/status", status)
    // The sandbox plays all of them; the last one that it has counts as its own.
    let addresses = ["10.1.1.50", "10.1.1.51", "10.1.1.52", "10.1.1.49"].map(Samples.address)
    let result = try await sandbox.node.run(
      NodeTask.readQuorum(masters: addresses).script,
      before: start("zookeeper", "10.1.1.49:2181", "Zxid: 0x2\nMode: leader\n")
        + start("zookeeper", "10.1.1.50:2181")
        + start("http", "10.1.1.49:8181") + "ip address add 10.1.1.51/32 dev lo")
    let reading = try QuorumReport(result, on: master.name)
    #expect(reading.observer == addresses[3])
    #expect(
      addresses.map { reading.servers[$0] } == [
        .unreachable("no answer in time"), .unreachable("connection refused"),
        .unreachable("Network is unreachable"), .serving(.leader, zxid: "0x2"),
      ])
    #expect(
      reading.exhibitor
        == .servers([
          .init(hostname: "10.1.1.49", code: 3, description: "serving", isLeader: true)
        ]))
  }

  @Test func aNodeWithoutItsAddressSaysSo() async throws {
    let result = try await sandbox.node.run(
      NodeTask.readQuorum(masters: [Samples.address("10.1.1.4")]).script)
    let reading = try QuorumReport(result, on: master.name)
    #expect(reading.observer == nil && reading.exhibitor == .failed("was not asked"))
  }

  private func list(before: String = "") async throws -> AgentsReport {
    let result = try await sandbox.node.run(
      NodeTask.listAgents(at: master.address).script, before: before)
    return try AgentsReport(result, at: master.address, on: master.name)
  }

  @Test func followsTheLeader() async throws {
    try answer("10.1.1.49:5050", "/metrics/snapshot", #"{"master/elected":0.0}"#)
    try answer("10.1.1.49:5050", "/master/slaves", "redirect 10.1.1.50:5050")
    try answer("10.1.1.50:5050", "/master/slaves", AgentsReportTests.slaves)
    let listing = try await list(
      before: start("http", "10.1.1.49:5050") + start("http", "10.1.1.50:5050"))
    #expect(listing.source == "10.1.1.50" && listing.agents?.count == 3)
    // A master that sends us to itself for ever leads nowhere.
    try answer("10.1.1.49:5050", "/master/slaves", "redirect 10.1.1.49:5050")
    #expect(try await list(before: start("http", "10.1.1.49:5050")).agents == nil)
    #expect(try await list().source.contains("connection refused"))
  }

  /// Hundreds of agents, with everything that JSON must escape.
  @Test func aLongListComesWhole() async throws {
    let agents = (0..<400).map { index in
      #"{"id":"S\#(index)","hostname":"10.2.\#(index / 250).\#(index % 250)","active":true,"#
        + #""attributes":{"rack":"a\\b \"c\" \u00e9 é"},"resources":{"cpus":2.5,"mem":512}}"#
    }
    try answer("10.1.1.49:5050", "/metrics/snapshot", #"{"master/elected":1.0}"#)
    try answer(
      "10.1.1.49:5050", "/master/slaves",
      "{\"slaves\":[" + agents.joined(separator: ",\n\t") + "]}")
    let listing = try await list(before: start("http", "10.1.1.49:5050"))
    #expect(listing.agents?.count == 400)
    guard case .joined = listing.standing(of: Samples.address("10.2.1.149")) else {
      Issue.record("the last one is not there")
      return
    }
  }

  private func ask(_ question: ClusterQuestion, before: String = "") async throws -> CommandResult {
    try await sandbox.node.run(
      NodeTask.ask(question, at: master.address).script, before: before)
  }

  /// A master that does not lead sends GET and POST on to the one that does.
  @Test func theClusterIsAskedThroughAnyMaster() async throws {
    let question = #"/master/api/v1?{"type":"GET_MASTER"}"#
    for path in ["/master/state-summary", question] {
      try answer("10.1.1.49:5050", path, "redirect 10.1.1.50:5050")
    }
    try answer(
      "10.1.1.50:5050", "/master/state-summary",
      #"{"slaves":[{"id":"S0","hostname":"10.1.1.13"}],"#
        + #""frameworks":[{"id":"F0","name":"x \"y\" é"}]}"#
    )
    try answer("10.1.1.50:5050", question, #"{"get_master":{"master_info":{"id":"M0"}}}"#)
    try answer(
      "10.1.1.49:8123", "/v1/hosts/master.mesos", #"[{"host":"master.mesos.","ip":"10.1.1.50"}]"#)
    try answer("10.1.1.49:8080", "/v2/info", #"{"name":"marathon","ha":null}"#)
    let servers = ["10.1.1.49:5050", "10.1.1.50:5050", "10.1.1.49:8123", "10.1.1.49:8080"]
    let before = servers.map { start("http", $0) }.joined()
    let nodes = try NodesReport(
      try await ask(.nodes, before: before), on: master, of: Samples.spec)
    #expect(nodes.leader == "10.1.1.50" && nodes.nameFault == nil)
    #expect(nodes.members.map(\.id) == ["S0", "M0"])
    let services = try ServicesReport(try await ask(.services, before: before), on: master)
    #expect(services.services.map(\.name) == [#"x "y" ??"#])
    let marathon = try MarathonReport(try await ask(.marathon, before: before), on: master)
    #expect(marathon.content.members.map(\.value) == [.null, .string("marathon")])
  }

  @Test(arguments: ClusterQuestion.allCases)
  func aMasterWithoutDCOSGivesNoAnswer(_ question: ClusterQuestion) async throws {
    let result = try await ask(question)
    let error = #expect(throws: ForgeError.self) {
      switch question {
      case .nodes: _ = try NodesReport(result, on: master, of: Samples.spec)
      case .services: _ = try ServicesReport(result, on: master)
      case .marathon: _ = try MarathonReport(result, on: master)
      }
    }
    #expect(error?.observed == "connection refused")
  }

  private func health(before: String = "") async throws -> HealthReport {
    let request = HealthRequest(
      role: .master, version: DCOSVersion(1, 11, 2), address: master.address,
      peers: [Samples.address("10.1.1.50"), Samples.address("10.1.1.51")], runsChecks: true,
      seconds: 60)
    let result = try await sandbox.node.run(NodeTask.readHealth(request).script, before: before)
    return try HealthReport(result, on: master.name)
  }

  @Test func aNodeWithoutAnythingIsReadAsSuch() async throws {
    let reading = try await health()
    #expect(reading.installation.state == "absent")
    #expect(reading.probes.count == 8)
    #expect(reading.probes.values.allSatisfy { !$0.isGood && $0.status == 7 })
    #expect(reading.zooKeeper == .unreachable("connection refused"))
    #expect(reading.dns?.status != 0 && reading.checks?.status == 127)
  }

  /// A hung mount, systemd that does not answer, a full disk, no Docker, no curl: what can be
  /// reported is reported, in time.
  @Test func aSickNodeIsReadInTime() async throws {
    for hanging in ["stat", "systemctl"] {
      try sandbox.node.program(
        "usr/local/sbin/\(hanging)", "trap '' TERM; sleep 1000; sleep 1000\n")
    }
    try sandbox.node.makeFolder("opt/mesosphere/active")
    try sandbox.node.remove("usr/bin/curl")
    let request = HealthRequest(
      role: .master, version: DCOSVersion(1, 11, 2), address: master.address, seconds: 10)
    let began = ContinuousClock.now
    let result = try await sandbox.node.run(
      NodeTask.readHealth(request).script,
      before: "mount -t tmpfs -o size=4k tmpfs /tmp; cat /dev/zero >/tmp/x 2>/dev/null\n"
        + start("zookeeper", "10.1.1.49:2181", "Mode: leader\n"))
    #expect(ContinuousClock.now - began < .seconds(300))
    let reading = try HealthReport(result, on: master.name)
    #expect(reading.disks.isEmpty && reading.units.isEmpty)
    #expect(reading.zooKeeper?.mode == .leader)
    #expect(reading.addresses?.contains(master.address) == true)
    #expect(reading.probes.count == 8 && reading.probes.values.allSatisfy { $0.status == 127 })
    #expect(reading.docker?.status == 127)
    let seen = NodeObservation(machine: .domain(.running), reading: .success(reading))
    let health = NodeHealth(
      seen, of: master, version: DCOSVersion(1, 11, 2), ClockComparison([]))
    #expect(health[.disk]?.state == .unknown && health[.docker]?.state == .unknown)
    #expect(health[.disk]?.evidence.contains("may hang") == true)
  }

  @Test func aNodeThatWorksIsReadAsSuch() async throws {
    try sandbox.node.makeFolder("opt/mesosphere/active")
    try sandbox.node.write("etc/mesosphere/roles/master", "")
    try sandbox.node.program(
      "opt/mesosphere/bin/dcos-shell", #"echo '{"status":0,"checks":{}}'; echo "$*" >&2"#)
    try sandbox.node.program("usr/local/sbin/getent", "echo 127.0.0.1")
    try answer("10.1.1.49:8080", "/v2/leader", #"{"leader":"10.1.1.49:8080"}"#)
    try sandbox.node.program(
      "usr/local/sbin/systemctl",
      """
      while [ "$2" = -p ]; do shift 2; done; shift
      for unit; do
        printf 'Id=%s\\nLoadState=loaded\\nActiveState=active\\n\
      SubState=running\\nExecMainStatus=0\\n\\n' $unit
      done
      """)
    let reading = try await health(
      before: start("http", "10.1.1.49:8080")
        + start("zookeeper", "10.1.1.49:2181", "Mode: follower\n"))
    #expect(
      reading.installation
        == InstallationRecord(state: "installed", roles: "master", detail: "set-up has finished"))
    #expect(reading.zooKeeper?.mode == .follower)
    #expect(reading.probes[.marathon]?.isGood == true)
    #expect(reading.probes[.jobs]?.isGood == false)
    #expect(reading.dns == .init(status: 0, text: "127.0.0.1\n"))
    #expect(reading.checks?.status == 0 && reading.knocks.isEmpty)
    #expect(reading.checks?.error == "dcos-diagnostics check node-poststart\n")
    let units = DCOSUnit.list(for: .master, DCOSVersion(1, 11, 2)).map(\.name)
    #expect(Set(reading.units.keys) == Set(units + ["docker.service", "firewalld.service"]))
    let seen = NodeObservation(machine: .domain(.running), reading: .success(reading))
    let health = NodeHealth(
      seen, of: master, version: DCOSVersion(1, 11, 2), ClockComparison([]))
    #expect(health[.marathon]?.state == .ok && health[.dnsForwarder]?.state == .ok)
    #expect(health[.jobs]?.state == .fail && health[.nodeChecks]?.state == .ok)
  }
}
