import ForgeModel

extension NodeScript {
  static func facts(_ request: FactsRequest) -> NodeScript {
    let serving: [(name: String, value: Value)] = [
      ("serving_folder", .text(request.serving?.folder ?? "")),
      ("serving_image", .text(request.serving?.image ?? "")),
      ("serving_published", .text(request.serving?.published ?? "")),
    ]
    return NodeScript(
      request.preparation.variables + request.time.variables + serving,
      files: [
        PackageResources.dcos_sh, PackageResources.survey_sh, PackageResources.checks_sh,
        PackageResources.kernel_clock_sh, PackageResources.time_sh, PackageResources.serving_sh,
        PackageResources.facts_sh,
      ])
  }
}
