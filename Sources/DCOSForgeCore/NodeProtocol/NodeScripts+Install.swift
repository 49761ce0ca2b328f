import ForgeModel

/// The scripts that generate, serve, install and read DC/OS.
extension NodeTask {
  static func generate(_ generation: Generation) -> String {
    NodeScript(
      [
        ("folder", .text(generation.folder)),
        ("sha256", .text(generation.installer.description)),
        ("inputs", .text(generation.inputs)),
      ],
      files: [
        PackageResources.capture_sh, PackageResources.dcos_sh, PackageResources.detached_sh,
        PackageResources.generate_sh,
      ]
    ).text
  }

  static func serve(_ serving: Serving) -> String {
    NodeScript(
      [
        ("folder", .text(serving.folder)), ("image", .text(serving.image)),
        ("archive", .text(serving.archive ?? "")), ("port", .text(String(serving.port))),
      ],
      files: [
        PackageResources.capture_sh, PackageResources.serving_sh, PackageResources.serve_sh,
      ]
    ).text
  }

  static func fetchServed(_ url: String) -> String {
    NodeScript(
      [("url", .text(url))], files: [PackageResources.capture_sh, PackageResources.fetch_sh]
    ).text
  }

  static func preflight(_ installation: Installation) -> String {
    script(for: installation, [PackageResources.preflight_sh])
  }

  static func install(_ installation: Installation) -> String {
    script(for: installation, [PackageResources.detached_sh, PackageResources.install_sh])
  }

  private static func script(for installation: Installation, _ files: [[UInt8]]) -> String {
    NodeScript(
      [
        ("role", .text(installation.role.installerArgument ?? "")),
        ("url", .text(installation.bootstrapURL)),
        ("inputs", .text(installation.inputs)),
      ],
      files: [PackageResources.capture_sh, PackageResources.dcos_sh] + files
    ).text
  }

  static func readQuorum(_ masters: [IPv4Address]) -> String {
    NodeScript(
      [("masters", .list(masters.map(\.description)))],
      files: [PackageResources.capture_sh, PackageResources.quorum_sh]
    ).text
  }

  static func listAgents(_ address: IPv4Address) -> String {
    NodeScript(
      [("address", .text(address.description))],
      files: [PackageResources.capture_sh, PackageResources.agents_sh]
    ).text
  }

  static func callMesos(_ call: OperatorCall, _ address: IPv4Address) -> String {
    NodeScript(
      [
        ("names", .list([OperatorCall.record])),
        ("urls", .list(["http://\(address):5050/master/api/v1"])), ("bodies", .list([call.body])),
      ],
      files: [PackageResources.capture_sh, PackageResources.ask_sh]
    ).text
  }

  static func ask(_ question: ClusterQuestion, _ address: IPv4Address) -> String {
    NodeScript(
      [
        ("names", .list(question.requests.map(\.name))),
        ("urls", .list(question.requests.map { "http://\(address):\($0.port)\($0.path)" })),
        ("bodies", .list(question.requests.map(\.body))),
      ],
      files: [PackageResources.capture_sh, PackageResources.ask_sh]
    ).text
  }

  static func readHealth(_ request: HealthRequest) -> String {
    let probes = HealthProbe.list(for: request)
    let checks = request.runsChecks ? HealthProbe.checkCommand(request.version) : []
    return NodeScript(
      [
        ("address", .text(request.address.description)),
        ("member", .text(request.role == .bootstrap ? "0" : "1")),
        ("zookeeper", .text(request.role == .master ? "1" : "0")),
        ("neighbours", .text(request.role.isAgent ? "0" : "1")),
        ("limit", .text(String(request.seconds))),
        ("peers", .list(request.peers.map(\.description))),
        ("checks", .list(checks)),
        ("units", .list(HealthProbe.units(for: request))),
        ("paths", .list(HealthProbe.paths)),
        ("probe_names", .list(probes.map(\.kind.rawValue))),
        ("probe_urls", .list(probes.map(\.url))),
      ],
      files: [
        PackageResources.capture_sh, PackageResources.dcos_sh, PackageResources.clock_sh,
        PackageResources.health_sh,
      ]
    ).text
  }
}
