extension NodeScript {
  static func fetchServed(_ url: String) -> NodeScript {
    NodeScript(
      [("url", .text(url))], files: [PackageResources.capture_sh, PackageResources.fetch_served_sh])
  }
}
