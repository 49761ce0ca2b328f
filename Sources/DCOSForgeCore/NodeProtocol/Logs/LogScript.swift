extension NodeScript {
  static func readLogs(_ request: LogRequest) -> NodeScript {
    let containerStart =
      request.units.isEmpty
      ? request.cursor ?? request.start?.dockerWord : request.start?.dockerWord
    let seconds = request.follows ? LogRequest.followSeconds : LogRequest.readSeconds
    return NodeScript(
      [
        ("units", .list(request.units)), ("container", .text(request.container ?? "")),
        ("lines", .text(request.lines.map { String($0) } ?? "")),
        ("since", .text(request.start?.journalWord ?? "")),
        ("boot", .text(request.isThisBootOnly ? "1" : "0")),
        ("cursor", .text(request.cursor ?? "")),
        ("container_since", .text(containerStart ?? "")),
        ("follow", .text(request.follows ? "1" : "0")), ("seconds", .text(String(seconds))),
        ("limit", .text(String(LogRequest.byteLimit))),
      ], files: [PackageResources.read_logs_sh])
  }
}
