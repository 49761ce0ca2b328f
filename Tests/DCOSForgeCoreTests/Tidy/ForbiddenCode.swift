/// Code that some files must not have, with the files that may.
struct ForbiddenCode: Sendable {
  /// A file that may have some of the code, and why.
  struct Exception: Sendable {
    let path: String
    let code: [String]
    let reason: String

    init(_ path: String, _ code: String..., because reason: String) {
      self.path = path
      self.code = code
      self.reason = reason
    }
  }

  let code: [String]
  let covers: @Sendable (SourceFile) -> Bool
  let exceptions: [Exception]

  /// An exception that excuses nothing is a finding, too.
  func findings(in repository: Repository) -> [Finding] {
    var findings: [Finding] = []
    var used: Set<String> = []
    for file in repository.files where file.isSwift && covers(file) {
      let excused = Set(exceptions.filter { $0.path == file.path }.flatMap(\.code))
      for code in code {
        let lines = Set(file.matches(of: code).map { file.tokens[$0].line })
        guard !lines.isEmpty else { continue }
        if excused.contains(code) {
          used.insert(file.path + code)
        } else {
          findings += lines.sorted().map { Finding(path: file.path, line: $0, message: code) }
        }
      }
    }
    for exception in exceptions {
      findings += exception.code.filter { !used.contains(exception.path + $0) }.map {
        Finding(path: exception.path, line: 1, message: "no \($0) to excuse: \(exception.reason)")
      }
    }
    return findings
  }
}

extension ForbiddenCode {
  private static let core = "Sources/DCOSForgeCore/"

  static let clocksAndTasks = ForbiddenCode(
    code: [
      "Date()", "Date.now", "Date.init", "timeIntervalSinceNow", "ContinuousClock",
      "SuspendingClock", ".continuous", ".suspending", "clock_gettime", "time(nil)",
      "gettimeofday", "usleep", "nanosleep", "Thread.sleep", "Task.sleep", "Task {", "Task<",
      "Task.init", "Task.detached", "DispatchQueue", "DispatchSource", "Thread(",
    ],
    covers: { $0.isUnder("Sources") },
    exceptions: [
      Exception(
        core + "Engine/ForgeContext.swift", "ContinuousClock", "SuspendingClock", ".continuous",
        because: "the real clock behind the port"),
      Exception(
        core + "Engine/WallClock.swift", "Date.now", because: "the one reading of the wall clock"),
      Exception(
        core + "Libvirt/LibvirtHypervisor+Storage.swift", "Thread.sleep",
        because: "libvirt's calls block, on a queue of their own"),
      Exception(
        core + "Libvirt/QueueExecutor.swift", "DispatchQueue",
        because: "libvirt's calls block, on a queue of their own"),
      Exception(
        core + "SSH/SSHShell.swift", "Task {", because: "a cancellation handler is synchronous"),
      Exception(
        core + "SSH/SSHConnection.swift", "Task {",
        because: "a deinit and a cancellation handler are synchronous"),
      Exception(
        core + "SSH/SSHReactor.swift", "ContinuousClock", "Task {", "Task.sleep",
        because: "sockets have real time, and a cancelled task must still wait for the ends"),
      Exception(
        core + "SSH/SessionChannels.swift", "ContinuousClock",
        because: "sockets have real time"),
      Exception(core + "SSH/Session.swift", "ContinuousClock", because: "sockets have real time"),
      Exception(core + "SSH/Operation.swift", "ContinuousClock", because: "sockets have real time"),
      Exception(core + "SSH/EventLoop.swift", "ContinuousClock", because: "sockets have real time"),
      Exception(
        "Sources/DCOSForge/Terminal/Interrupts.swift", "DispatchSource",
        because: "signals of the process"),
      Exception(
        "Sources/DCOSForge/Terminal/Interrupts.swift", "DispatchQueue",
        because: "signals come on a thread that nothing else occupies"),
      Exception(
        "Sources/DCOSForge/Terminal/OutputQueue.swift", "DispatchQueue",
        because: "a write to a reader that stops blocks"),
      Exception(
        "Sources/DCOSForge/Terminal/Console.swift", "DispatchQueue",
        because: "a read from the terminal blocks"),
    ])

  private static let pureFloors: Set<String> = [
    "Support", "Model", "Configuration", "DCOS", "Genconf", "NodeProtocol", "Health", "Rendering",
    "Planning",
  ]

  static let impure = ForbiddenCode(
    code: [
      "FileManager", "FileDescriptor", "FileHandle", "ProcessInfo", "Subprocess", "Glibc", "async",
      ".random(", ".randomElement(", ".shuffled(", "SystemRandomNumberGenerator", "UUID()",
      "print(", "contentsOfFile", "Data(contentsOf", "String(contentsOf",
    ],
    covers: { $0.isUnder("Sources/DCOSForgeCore") && pureFloors.contains($0.floor) },
    exceptions: [])

  /// What a terminal gets is cleaned in one place.
  static let output = ForbiddenCode(
    code: [
      "OutputQueue.standard.write", "FileHandle.standardOutput", "FileHandle.standardError",
      "fputs(", "puts(", "fwrite(",
    ],
    covers: { $0.isUnder("Sources") },
    exceptions: [
      Exception(
        "Sources/DCOSForge/Terminal/Console.swift", "OutputQueue.standard.write",
        because: "the exit itself")
    ])

  static let forced = ForbiddenCode(
    code: ["try!", "as!", "fatalError(", "#if DEBUG", "#expect(true)", "#expect(Bool(true))"],
    covers: { $0.isUnder("Sources") || $0.isUnder("Tests") },
    exceptions: [])
}
