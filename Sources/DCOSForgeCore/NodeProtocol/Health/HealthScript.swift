import ForgeModel

extension NodeScript {
  static func readHealth(_ request: HealthRequest) -> NodeScript {
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
        PackageResources.capture_sh, PackageResources.dcos_sh, PackageResources.kernel_clock_sh,
        PackageResources.read_health_sh,
      ])
  }
}
