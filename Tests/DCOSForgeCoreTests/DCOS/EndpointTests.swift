@testable import ForgeModel
@testable import ForgeNodeProtocol
@testable import ForgeDCOS
import Testing

@testable import DCOSForgeCore

@Suite struct EndpointTests {
  private let endpoints = Endpoint.list(of: Samples.spec)

  @Test func everyMasterHasAllPages() {
    #expect(endpoints.count == 12)
    #expect(
      Endpoint.list(of: Samples.spec).filter { $0.node == Samples.name("lxzk01") }.map(\.url) == [
        "http://10.1.1.49/", "http://10.1.1.49:8181/exhibitor/v1/ui/index.html",
        "http://10.1.1.49:8080/", "http://10.1.1.49:5050/",
      ])
  }

  @Test func whatAnswersIsReported() throws {
    let readings = endpoints.enumerated().map { index, endpoint in
      switch index {
      case 0: HTTPReading(http: 200, url: endpoint.url)
      case 1: HTTPReading(http: 401, url: endpoint.url)
      case 2: HTTPReading(http: 502, url: endpoint.url)
      case 4: HTTPReading(http: 400, url: endpoint.url)
      default: HTTPReading(status: 28, http: 0, url: endpoint.url)
      }
    }
    let text = EndpointText(endpoints, readings)
    #expect(
      text.lines.prefix(5) == [
        "SERVICE    NODE    URL                                               ANSWERS",
        "Dashboard  lxzk01  http://10.1.1.49/                                 yes",
        "Dashboard  lxzk02  http://10.1.1.50/                                 yes",
        "Dashboard  lxzk03  http://10.1.1.51/                                 no: HTTP 502",
        "Exhibitor  lxzk01  http://10.1.1.49:8181/exhibitor/v1/ui/index.html  "
          + "no: no answer in time",
      ])
    let record = text.record(cluster: "c")
    #expect(record.endpoints.prefix(4).map(\.answers) == [true, true, false, false])
    #expect(record.endpoints.prefix(4).map(\.http) == [200, 401, 502, nil])
    let unasked = EndpointText(endpoints, [])
    #expect(unasked.lines[0] == "SERVICE    NODE    URL")
    #expect(unasked.record(cluster: "c").endpoints.allSatisfy { $0.answers == nil })
  }

  @Test func theCommandLineIsLedPastTheLogin() {
    let open = DCOSCLISetup(dashboard: "http://10.1.1.49/", wantsLogin: false, options: [])
    #expect(open.words == ["dcos", "cluster", "setup", "http://10.1.1.49"] && open.notes.isEmpty)
    let login = DCOSCLISetup(
      dashboard: "http://10.1.1.49/", wantsLogin: true, options: ["--username=a b"])
    #expect(
      login.words
        == ["dcos", "cluster", "setup", "https://10.1.1.49", "--insecure", "--username=a b"])
    #expect(login.notes.count == 1)
    #expect(DCOSCLISetup.missing(DCOSVersion(1, 11, 2)).advice.contains("/dcos-1.11/dcos"))
  }
}
