import ForgeModel

extension NodeScript {
  static func ask(_ question: ClusterQuestion, _ address: IPv4Address) -> NodeScript {
    requests(
      question.requests.map {
        ($0.kind.rawValue, "http://\(address):\($0.port)\($0.path)", $0.body)
      },
      PackageResources.ask_sh)
  }

  /// A script that sends HTTP requests, each answered by a record of its name.
  static func requests(
    _ requests: [(name: String, url: String, body: String)], _ task: [UInt8]
  ) -> NodeScript {
    NodeScript(
      [
        ("names", .list(requests.map(\.name))), ("urls", .list(requests.map(\.url))),
        ("bodies", .list(requests.map(\.body))),
      ],
      files: [PackageResources.capture_sh, PackageResources.requests_sh, task])
  }
}
