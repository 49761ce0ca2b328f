extension NodeScript {
  static func serve(_ serving: Serving) -> NodeScript {
    NodeScript(
      [
        ("folder", .text(serving.folder)), ("image", .text(serving.image)),
        ("archive", .text(serving.archive ?? "")), ("published", .text(serving.published)),
      ],
      files: [
        PackageResources.capture_sh, PackageResources.serving_sh, PackageResources.serve_sh,
      ])
  }
}
