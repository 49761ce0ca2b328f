import ForgeKeys
import ForgeNodeProtocol
import ForgeSupport
import ForgeSSH
import ForgePorts
package import ForgeModel
internal import FoundationEssentials
internal import SystemPackage

/// One side of a copy, as scp writes it: `NODE:PATH`, or a path on this machine.
///
/// A colon before the first slash makes a place on nodes; `./a:b` is a local file.
package enum CopyPlace: Hashable, Sendable {
  /// A path on this machine.
  case local(String)
  /// A path on the nodes of a set; one that is not absolute begins at the login account's home.
  case nodes(String, path: String)

  /// Reads a side.
  package init(_ text: String) {
    guard let colon = text.firstIndex(of: ":"), colon != text.startIndex,
      !text[..<colon].contains("/")
    else {
      self = .local(text)
      return
    }
    let path = text[text.index(after: colon)...]
    self = .nodes(
      String(text[..<colon]), path: String(path.hasPrefix("~/") ? path.dropFirst(2) : path))
  }
}

/// Copies single files to and from nodes, checked by SHA-256 and put in place as a whole.
package struct Copy: Sendable {
  private let ssh: SSHSpec
  private let connections: NodeConnections

  /// A file that arrived.
  package struct Copied: Hashable, Sendable {
    /// Where it is now.
    package var path: String
    /// How many bytes it has.
    package var bytes: Int64
  }

  /// How far the copy of a node is: bytes, and bytes in all; 0 in all when that is not known.
  package typealias Progress = @Sendable (NodeName, Int64, Int64) -> Void

  /// Makes the operation.
  package init(_ spec: ClusterSpec, keys: ClusterKeys, context: ForgeContext) {
    ssh = spec.ssh
    connections = NodeConnections(spec, keys: keys, shell: context.shell)
  }

  /// Copies a local file to a path on all of the nodes at once; the results stand in their order.
  ///
  /// A path that ends with a slash, or is a folder on the node, takes the file under its own name.
  /// Permission bits are kept, without set-user-ID and the like; the file belongs to root. Throws
  /// category `configuration` when there is no such regular file, or it cannot be read.
  package func upload(
    _ source: String, to path: String, on nodes: [NodeSpec], timeout: Duration,
    progress: @escaping Progress
  ) async throws(ForgeError) -> [Result<Copied, ForgeError>] {
    let file = try Self.localFile(source)
    let connections = connections
    let sudo = ssh.user == "root" ? "" : "sudo -n "
    let results = await connections.onEach(nodes) { (node) async throws(ForgeError) in
      var target = path.isEmpty ? "./" : path
      if !target.hasSuffix("/") {
        let test = "\(sudo)test -d \(try ShellCommand.quoted(target))"
        let isFolder = try await connections.run(.shell(test), on: node, timeout: timeout)
        if isFolder.succeeded { target += "/" }
      }
      if target.hasSuffix("/") { target += file.name }
      let place = target
      try await connections.with(node) { (connection) async throws(ForgeError) in
        try await connection.upload(
          file.content, to: place, mode: file.mode, timeout: timeout
        ) { progress(node.name, $0, file.content.count) }
      }
      return Copied(path: place, bytes: file.content.count)
    }
    await connections.close()
    return nodes.map {
      results[$0.name] ?? .failure(ForgeError(.internalFault, "was not asked", on: "\($0.name)"))
    }
  }

  /// Copies a file from a node to a local path.
  ///
  /// A path that ends with a slash, or is a folder, takes the file under its own name. The content
  /// goes to a temporary name beside it first. Throws category `configuration` when it cannot be
  /// written here.
  package func download(
    _ path: String, from node: NodeSpec, to target: String, timeout: Duration,
    progress: @escaping Progress
  ) async throws(ForgeError) -> Copied {
    var target = target
    var isFolder = false
    if FileManager.default.fileExists(atPath: target, isDirectory: &isFolder), isFolder,
      !target.hasSuffix("/")
    {
      target += "/"
    }
    if target.hasSuffix("/") { target += path.split(separator: "/").last.map(String.init) ?? "" }
    guard !path.isEmpty, !path.hasSuffix("/") else { throw Self.folder(path, on: "\(node.name)") }
    let incoming = try WholeFile(at: target)
    do throws(ForgeError) {
      let file = try await connections.with(node) { (connection) async throws(ForgeError) in
        try await connection.download(path, timeout: timeout) { (file, piece) throws(ForgeError) in
          progress(node.name, try incoming.write(piece), file.size)
        }
      }
      await connections.close()
      return Copied(path: target, bytes: try incoming.finish(mode: file.mode))
    } catch {
      incoming.discard()
      await connections.close()
      throw error.observed == "it is a folder" ? Self.folder(path, on: "\(node.name)") : error
    }
  }

  /// A file of `/proc` says that it has no byte, one of `/sys` that it has a page: what is no
  /// longer than the largest page is read to its end.
  private static let unsureSize = 64 << 10
  /// The longest that may turn out to be.
  private static let unsureLimit = 16 << 20

  private static func localFile(
    _ path: String
  ) throws(ForgeError) -> (name: String, content: ByteSource, mode: UInt16) {
    let attributes: [FileAttributeKey: Any]
    let real = URL(filePath: path).resolvingSymlinksInPath().path
    do {
      attributes = try FileManager.default.attributesOfItem(atPath: real)
    } catch {
      throw ForgeError(.configuration, "there is no such file", on: path)
    }
    let type = attributes[.type] as? FileAttributeType
    if type == .typeDirectory { throw folder(path, on: "") }
    guard type == .typeRegular, let size = (attributes[.size] as? UInt64).map(Int64.init),
      let name = path.split(separator: "/").last
    else { throw ForgeError(.configuration, "is no regular file", on: path) }
    let mode = (attributes[.posixPermissions] as? UInt ?? 0o644) & 0o777
    let content: ByteSource =
      try size > unsureSize ? .file(path: path, size: size) : .bytes(read(path))
    return (String(name), content, UInt16(mode))
  }

  private static func read(_ path: String) throws(ForgeError) -> [UInt8] {
    let bytes: [UInt8]
    do {
      // One such as /proc/kmsg would let the caller wait.
      let file = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.nonBlocking, .closeOnExec])
      bytes = try file.closeAfter { try file.bytes(limit: unsureLimit) }
    } catch {
      throw ForgeError(.configuration, "a file cannot be read", on: path, observed: "\(error)")
    }
    guard bytes.count < unsureLimit else {
      throw ForgeError(
        .configuration, "a file cannot be read", on: path, observed: "it grows without end")
    }
    return bytes
  }

  private static func folder(_ path: String, on node: String) -> ForgeError {
    ForgeError(
      .configuration, "is a folder; single files are copied",
      on: node.isEmpty ? path : "\(node):\(path)",
      advice: "dcosforge ssh --config >nodes.ssh && rsync -a -e 'ssh -F nodes.ssh' FOLDER NODE:PATH"
    )
  }
}
