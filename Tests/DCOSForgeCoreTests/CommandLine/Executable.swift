import Foundation

/// The built executable, run in a folder of its own.
struct Executable {
  /// How a run ended.
  struct Outcome {
    var status: Int32
    var stdout: String
    var stderr: String
  }

  let folder: URL

  /// Makes the folder, calls the body, removes the folder.
  static func inFolder(_ body: (Executable) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "dcosforge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(Executable(folder: folder))
  }

  func write(_ text: String, to name: String) throws {
    try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  func run(_ arguments: String..., input: String = "", environment: [String: String] = [:]) throws
    -> Outcome
  {
    try run(arguments, input: input, environment: environment)
  }

  func run(_ arguments: [String], input: String = "", environment: [String: String] = [:]) throws
    -> Outcome
  {
    let files = ["in", "out", "err"].map { folder.appending(path: ".std\($0)") }
    try input.write(to: files[0], atomically: true, encoding: .utf8)
    for file in files[1...] { try Data().write(to: file) }
    let process = Process()
    // The test runner lies beside the executable.
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "dcosforge")
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = folder
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, stdout: try read(".stdout"), stderr: try read(".stderr"))
  }
}
