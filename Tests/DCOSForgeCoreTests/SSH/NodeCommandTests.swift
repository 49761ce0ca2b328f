@testable import ForgePorts
@testable import ForgeSimulation
@testable import ForgeSupport
@testable import ForgeKeys
@testable import ForgeNodeProtocol
@testable import ForgeRendering
@testable import ForgeSSH
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// A cluster of two nodes that are one real sshd.
private struct LoopbackCluster {
  let server: SSHServer
  let spec: ClusterSpec
  let keys: ClusterKeys
  let context: ForgeContext
  /// A folder for what a test copies.
  let scratch: Scratch

  init() async throws {
    server = try await SSHServer(["Subsystem sftp internal-sftp"], address: "0.0.0.0")
    scratch = try Scratch()
    var spec = Samples.spec
    spec.ssh.port = server.port
    spec.ssh.user = SSHServer.account
    spec.nodes = (1...2).map { number in
      NodeSpec(
        name: Samples.name("n\(number)"), role: .master,
        address: Samples.address("127.0.0.\(number)"))
    }
    self.spec = spec
    let host = ClusterKeys.Host(
      key: .init(
        privateText: "", publicLine: server.host.publicLine, publicBytes: server.host.publicKey),
      generation: 1)
    keys = ClusterKeys(
      userPublicLine: server.user.publicLine,
      hosts: Dictionary(uniqueKeysWithValues: spec.nodes.map { ($0.name, host) }))
    var context = SimulatedCluster(seed: 1).context()
    context.shell = try server.shell()
    context.clock = SystemClock()
    self.context = context
  }

  /// Runs words on both nodes; gives the output of each.
  func run(_ words: [String]) async throws -> [CommandResult] {
    let line = try ShellCommand.commandLine(words)
    return try await Execute(spec, keys: keys, context: context)
      .run(line, on: spec.nodes, timeout: .seconds(60)).map { try $0.get() }
  }

  /// Streams a command line from the first node.
  func stream(
    _ line: String, print: @escaping @Sendable (Execute.Line) -> Void
  ) async throws -> CommandResult.Status {
    try await Execute(spec, keys: keys, context: context)
      .stream(line, on: [spec.nodes[0]], timeout: .seconds(60), print: print)[0].get()
  }

  var copy: Copy { Copy(spec, keys: keys, context: context) }

  /// Copies a file to the nodes.
  func upload(_ source: String, to path: String) async throws -> [Copy.Copied] {
    try await copy.upload(source, to: path, on: spec.nodes, timeout: .seconds(60)) { _, _, _ in }
      .map { try $0.get() }
  }

  /// Copies a file from the first node.
  func download(_ path: String, to target: String) async throws -> Copy.Copied {
    try await copy.download(
      path, from: spec.nodes[0], to: target, timeout: .seconds(60)
    ) { _, _, _ in }
  }

  /// Writes keys and host keys to a folder, and the ssh_config that names them.
  func clientConfig(in folder: String) throws -> (client: SSHClientConfig, file: String) {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try PrivateFile.write(server.user.privateKeyFile.utf8, to: folder + "/id_ed25519")
    let known = spec.nodes.map {
      HostKey.knownHostsLine(
        address: $0.address.description, port: server.port, publicKey: server.host.publicKey)
    }
    try (known.joined(separator: "\n") + "\n").write(
      toFile: folder + "/known_hosts", atomically: true, encoding: .utf8)
    let client = try SSHClientConfig(
      spec, userKeyPath: folder + "/id_ed25519", knownHostsPath: folder + "/known_hosts")
    let file = scratch.file("config")
    try client.text(for: spec.nodes).write(toFile: file, atomically: true, encoding: .utf8)
    return (client, file)
  }
}

/// Words that a shell, ssh or printf might take for something else.
private let hostileWords = [
  "a b", "", "$HOME", "`id`", "$(id)", "'", "\"", "it's \"q\"", "\\", "*", "~", ";", "&&", "|",
  ">x",
  "#", "-n", "--", "!", "{a,b}", "a\nb", "\t", "%s", "☃", "\u{7F}",
]

extension SSHServerTests {
  /// `exec` over a real sshd.
  @Suite(.serialized) struct ExecuteOverSSHTests {
    @Test func severalWordsAreArgumentsTakenLiterally() async throws {
      let cluster = try await LoopbackCluster()
      let results = try await cluster.run(["printf", "<%s>\\n"] + hostileWords)
      let expected = hostileWords.map { "<\($0)>\n" }.joined()
      #expect(results.map(\.standardOutput) == [expected, expected])
    }

    @Test func oneWordIsALineForTheShell() async throws {
      let cluster = try await LoopbackCluster()
      let results = try await cluster.run(["echo $((1+2)) 'a  b' | tr a-z A-Z; cat; exit 3"])
      #expect(results.map(\.standardOutput) == ["3 A  B\n", "3 A  B\n"])
      #expect(results.map(\.status) == [.exited(3), .exited(3)])
    }

    /// The command waits for what the test does when it has seen the first line.
    @Test func linesComeAsTheyArePrinted() async throws {
      let cluster = try await LoopbackCluster()
      let flag = cluster.scratch.file("seen")
      let lines = Locked<[String]>([])
      let status = try await cluster.stream(
        "echo one; echo two >&2; for i in $(seq 600); do [ -e \(flag) ] && break; sleep 0.1; done; "
          + "[ -e \(flag) ] && printf three"
      ) { line in
        let text = String(decoding: line.bytes, as: UTF8.self)
        lines.withLock { $0.append(line.isError ? "! " + text : text) }
        if lines.withLock({ $0.count }) == 2 {
          _ = FileManager.default.createFile(atPath: flag, contents: nil)
        }
      }
      #expect(status == .exited(0))
      #expect(lines.withLock { Set($0.prefix(2)) } == ["one", "! two"])
      #expect(lines.withLock { $0.last } == "three")
    }

    /// The connection closes right after; the node is reported all the same.
    @Test func aCommandThatTakesTooLongIsEnded() async throws {
      let cluster = try await LoopbackCluster()
      let flag = cluster.scratch.file("hung-up")
      let lines = Locked<[String]>([])
      let exec = Execute(cluster.spec, keys: cluster.keys, context: cluster.context)
      let results = await exec.stream(
        "trap ': >\(flag); exit' HUP TERM; echo ready; for i in $(seq 300); do sleep 0.1; done",
        on: [cluster.spec.nodes[0]], timeout: .seconds(8)
      ) { line in
        lines.withLock { $0.append(String(decoding: line.bytes, as: UTF8.self)) }
      }
      #expect(lines.withLock(\.self) == ["ready"])
      #expect(Execute.exitStatus(of: results) == .timeout)
      for _ in 0..<500 where !FileManager.default.fileExists(atPath: flag) {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(FileManager.default.fileExists(atPath: flag))
    }

    @Test func aReaderThatStopsHoldsUpNoTimeLimit() async throws {
      let cluster = try await LoopbackCluster()
      let exec = Execute(cluster.spec, keys: cluster.keys, context: cluster.context)
      let began = ContinuousClock.now
      let results = await exec.stream(
        "yes", on: [cluster.spec.nodes[0]], timeout: .seconds(2)
      ) { _ in try? await Task.sleep(for: .seconds(300)) }
      #expect(Execute.exitStatus(of: results) == .timeout)
      #expect(ContinuousClock.now - began < .seconds(60))
    }

    @Test func muchOutputIsPassedOnWhole() async throws {
      let cluster = try await LoopbackCluster()
      let count = Locked<(lines: Int, bytes: Int)>((0, 0))
      let status = try await cluster.stream("seq 1 1000000") { line in
        count.withLock { $0 = ($0.lines + 1, $0.bytes + line.bytes.count) }
      }
      #expect(status == .exited(0))
      #expect(count.withLock { $0.lines } == 1_000_000)
      #expect(count.withLock { $0.bytes } == 5_888_896)
    }
  }

  /// OpenSSH's own programs with what `ssh --config` prints.
  @Suite struct SSHClientConfigOverSSHTests {
    static let oddFolders = [
      "plain", "with blanks and 'quotes'", "100% %h %d \"odd\" back\\slash #x ~ ☃",
    ]

    @Test(arguments: oddFolders)
    func sshAndScpWorkWithIt(_ folder: String) async throws {
      let cluster = try await LoopbackCluster()
      let (client, file) = try cluster.clientConfig(in: cluster.scratch.file(folder))
      for name in ["n1", "n1.\(cluster.spec.domain)", "127.0.0.2"] {
        let echo = try await Programs.openSSH("ssh", ["-F", file, name, "echo", "hello"])
        #expect(echo.standardOutput == "hello\n", "\(echo)")
      }
      let source = cluster.scratch.file("source")
      try "content".write(toFile: source, atomically: true, encoding: .utf8)
      let copied = try await Programs.openSSH(
        "scp", ["-q", "-F", file, source, "n1:\(cluster.scratch.file("copy"))"])
      #expect(copied.succeeded, "\(copied)")
      #expect(
        try String(contentsOfFile: cluster.scratch.file("copy"), encoding: .utf8) == "content")
      // The words of `ssh NODE -- COMMAND` say the same as the file.
      let line = try ShellCommand.commandLine(["printf", "<%s>"] + hostileWords)
      let words = client.arguments(for: cluster.spec.nodes[1], command: line)
      let printed = try await Programs.openSSH("ssh", ["-F", "none"] + words.dropFirst())
      #expect(printed.standardOutput == hostileWords.map { "<\($0)>" }.joined(), "\(printed)")
    }

    @Test func anotherHostKeyIsRefused() async throws {
      let cluster = try await LoopbackCluster()
      let folder = cluster.scratch.file("keys")
      let (_, file) = try cluster.clientConfig(in: folder)
      let other = try KeyPair.generate(comment: "other").publicKey
      try HostKey.knownHostsLine(address: "127.0.0.1", port: cluster.server.port, publicKey: other)
        .write(toFile: folder + "/known_hosts", atomically: true, encoding: .utf8)
      let refused = try await Programs.openSSH("ssh", ["-F", file, "n1", "true"])
      #expect(refused.status == .exited(255), "\(refused)")
    }

    @Test func sshReadsWhatIsMeant() async throws {
      let cluster = try await LoopbackCluster()
      let (_, file) = try cluster.clientConfig(in: cluster.scratch.file("a b"))
      // What an operator sets for all hosts gives a node nothing of the operator's machine.
      let own = try String(contentsOfFile: file, encoding: .utf8)
      try (own + "\nHost *\n  ForwardAgent yes\n  ForwardX11 yes\n")
        .write(toFile: file, atomically: true, encoding: .utf8)
      let shown = try await Programs.openSSH("ssh", ["-G", "-F", file, "n2"])
      let lines = Set(shown.standardOutput.split(separator: "\n").map(String.init))
      for line in [
        "hostname 127.0.0.2", "port \(cluster.server.port)", "user \(SSHServer.account)",
        "identityfile \(cluster.scratch.file("a b"))/id_ed25519", "identitiesonly yes",
        "stricthostkeychecking true", "globalknownhostsfile /dev/null",
        "userknownhostsfile \(cluster.scratch.file("a b"))/known_hosts",
        "preferredauthentications publickey", "updatehostkeys false", "forwardagent no",
        "forwardx11 no",
      ] {
        #expect(lines.contains(line), "\(line) is not in \(lines.sorted())")
      }
      // Other hosts are left alone, so that the text may be included elsewhere.
      let other = try await Programs.openSSH("ssh", ["-G", "-F", file, "example.org"])
      #expect(!other.standardOutput.contains("a b"))
    }

    @Test func aPathThatSSHCannotReadIsRefused() throws {
      for path in ["/a\nb", "/${HOME}/x"] {
        #expect(throws: ForgeError.self) {
          try SSHClientConfig(Samples.spec, userKeyPath: path, knownHostsPath: "/k")
        }
      }
    }
  }

  /// `cp` over a real sshd.
  @Suite(.enabled { await Programs.canBeRoot() }) struct CopyOverSSHTests {
    private func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test(arguments: [0, 1, 300_000])
    func aFileGoesAndComesBack(_ count: Int) async throws {
      let cluster = try await LoopbackCluster()
      let bytes = Data((0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 9) })
      let source = cluster.scratch.file("it's ☃")
      try bytes.write(to: URL(filePath: source))
      try FileManager.default.setAttributes([.posixPermissions: 0o4777], ofItemAtPath: source)
      let link = cluster.scratch.file("link")
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: source)
      let target = cluster.scratch.file("new/ta rget")
      let copied = try await cluster.upload(link, to: target)
      #expect(copied == Array(repeating: .init(path: target, bytes: Int64(count)), count: 2))
      #expect(try Data(contentsOf: URL(filePath: target)) == bytes)
      #expect(try mode(target) == 0o777, "without set-user-ID")
      let back = try await cluster.download(target, to: cluster.scratch.file("back"))
      #expect(back.bytes == Int64(count))
      #expect(try Data(contentsOf: URL(filePath: back.path)) == bytes)
      let mask = umask(0o022)
      umask(mask)
      #expect(try mode(back.path) == 0o777 & ~Int(mask), "as a file that is made here")
    }

    @Test func foldersTakeTheFileUnderItsName() async throws {
      let cluster = try await LoopbackCluster()
      let source = cluster.scratch.file("source")
      try "x".write(toFile: source, atomically: true, encoding: .utf8)
      let folder = cluster.scratch.file("a b")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      #expect(try await cluster.upload(source, to: folder)[0].path == folder + "/source")
      let missing = cluster.scratch.file("c/d/")
      #expect(try await cluster.upload(source, to: missing)[1].path == missing + "source")
      try FileManager.default.removeItem(atPath: folder + "/source")
      #expect(try await cluster.download(source, to: folder).path == folder + "/source")
      #expect(try String(contentsOfFile: folder + "/source", encoding: .utf8) == "x")
      // A file that is there already is replaced as a whole.
      try "old".write(toFile: folder + "/source", atomically: true, encoding: .utf8)
      _ = try await cluster.download(source, to: folder)
      #expect(try String(contentsOfFile: folder + "/source", encoding: .utf8) == "x")
    }

    @Test func whatIsNoFileIsRefused() async throws {
      let cluster = try await LoopbackCluster()
      let target = cluster.scratch.file("t")
      for (source, word) in [
        (cluster.scratch.path, "is a folder"), ("/no/such", "no such file"),
        ("/dev/null", "no regular file"),
      ] {
        let up = await #expect(throws: ForgeError.self) {
          try await cluster.upload(source, to: target)
        }
        #expect(up?.category == .configuration && up?.summary.contains(word) == true)
      }
      let folder = await #expect(throws: ForgeError.self) {
        try await cluster.download(cluster.scratch.path, to: target)
      }
      #expect(folder?.advice.contains("rsync") == true, "\(String(describing: folder))")
      for (source, word) in [("/no/such", "No such file"), ("/dev/zero", "no regular file")] {
        let down = await #expect(throws: ForgeError.self) {
          try await cluster.download(source, to: target)
        }
        #expect(down?.category == .step && down?.observed.contains(word) == true)
      }
      let unwritable = await #expect(throws: ForgeError.self) {
        try await cluster.download("/etc/passwd", to: "/no/such/folder/x")
      }
      #expect(unwritable?.category == .configuration)
      #expect(try FileManager.default.contentsOfDirectory(atPath: cluster.scratch.path).isEmpty)
    }

    /// What `mknod` makes stays, on a node and here; a link stays, and its file is replaced.
    @Test func onlyFilesAreReplaced() async throws {
      let cluster = try await LoopbackCluster()
      let source = cluster.scratch.file("source")
      try "new".write(toFile: source, atomically: true, encoding: .utf8)
      let (pipe, link, file) = (
        cluster.scratch.file("pipe"), cluster.scratch.file("link"), cluster.scratch.file("file")
      )
      try #require(unsafe mkfifo(pipe, 0o600) == 0)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
      for target in [pipe, link] {
        let up = await #expect(throws: ForgeError.self) {
          try await cluster.upload(source, to: target)
        }
        #expect(up?.category == .step && up?.observed == "it is no regular file")
        let down = await #expect(throws: ForgeError.self) {
          try await cluster.download(source, to: target)
        }
        #expect(down?.category == .configuration && down?.observed == "it is no regular file")
      }
      for isUpload in [true, false] {
        try "old".write(toFile: file, atomically: true, encoding: .utf8)
        if isUpload {
          _ = try await cluster.upload(source, to: link)
        } else {
          _ = try await cluster.download(source, to: link)
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: cluster.scratch.path)
      #expect(names.sorted() == ["file", "link", "pipe", "source"])
    }

    /// Files of `/proc` and `/sys` have another size than they say.
    @Test(arguments: ["/proc/version", "/sys/kernel/fscaps"])
    func aFileIsReadToItsEnd(_ source: String) async throws {
      let cluster = try await LoopbackCluster()
      let bytes = try await LocalProgram.run(["/bin/cat", source]).standardOutput
      let copied = try await cluster.upload(source, to: cluster.scratch.file("x"))
      #expect(copied[0].bytes == Int64(bytes.utf8.count) && !bytes.isEmpty)
      #expect(try String(contentsOfFile: copied[0].path, encoding: .utf8) == bytes)
    }

    @Test func aPathThatIsTooLongIsAnError() async throws {
      let cluster = try await LoopbackCluster()
      let path = "/" + String(repeating: "x", count: 130_000)
      let up = await #expect(throws: ForgeError.self) {
        try await cluster.upload("/proc/version", to: path)
      }
      #expect(up?.category == .configuration)
      let down = await #expect(throws: ForgeError.self) {
        try await cluster.download("/proc/version", to: path)
      }
      #expect(down?.category == .configuration)
    }

    /// A full disk here ends the copy at once, and leaves nothing.
    @Test func aFullDiskIsReported() async throws {
      let cluster = try await LoopbackCluster()
      let came = Locked(0)
      let connection = try await cluster.server.open()
      let large = cluster.scratch.file("large")
      try Data(count: 20_000_000).write(to: URL(filePath: large))
      let error = await #expect(throws: ForgeError.self) {
        try await connection.download(large, timeout: .seconds(60)) {
          (file, piece) throws(ForgeError) in
          #expect(file.size == 20_000_000)
          came.withLock { $0 += piece.count }
          throw ForgeError(.configuration, "no space left")
        }
      }
      #expect(error?.summary == "no space left")
      #expect(came.withLock { $0 } < 1_000_000)
      // The connection is as good as before.
      let result = try await connection.run(.shell("echo x"), timeout: .seconds(60))
      #expect(result.standardOutput == "x\n")
    }

    @Test func aFileThatChangesOnTheWayIsNotKept() async throws {
      // What a writer in between would do: the second reading finds another content.
      let cluster = try await LoopbackCluster()
      let file = cluster.scratch.file("log")
      try Data(count: 8_000_000).write(to: URL(filePath: file))
      let hasChanged = Locked(false)
      let error = await #expect(throws: ForgeError.self) {
        try await cluster.copy.download(
          file, from: cluster.spec.nodes[0], to: cluster.scratch.file("t"), timeout: .seconds(60)
        ) { _, _, _ in
          let isFirst = hasChanged.withLock { changed in
            defer { changed = true }
            return !changed
          }
          guard isFirst, let handle = FileHandle(forWritingAtPath: file) else { return }
          handle.write(Data([1, 2, 3]))
          try? handle.close()
        }
      }
      #expect(error?.disposition == .retry && error?.observed.contains("changed") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: cluster.scratch.path) == ["log"])
    }
  }
}
