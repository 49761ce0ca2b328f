import ForgeModel
import ForgeSupport
import SystemPackage

/// Reads what goes to a command's standard input, a chunk at a time.
final class InputReader {
  /// What follows the content.
  enum Trailer {
    case none
    /// The content's SHA-256 in hexadecimal and a newline.
    case checksum
  }

  private static let chunkSize = 256 * 1024

  private let source: ByteSource
  private let trailer: Trailer
  private let progress: (@Sendable (Int64) -> Void)?
  private var file: FileDescriptor?
  private var position: Int64 = 0
  private var hash = SHA256()

  init(
    _ source: ByteSource, trailer: Trailer = .none,
    progress: (@Sendable (Int64) -> Void)? = nil
  ) {
    self.source = source
    self.trailer = trailer
    self.progress = progress
  }

  deinit { try? file?.close() }

  /// The next chunk.
  ///
  /// Throws category `configuration` when the file cannot be read or has not the size or checksum
  /// that was said; the checksum of what was sent does not follow then.
  func next() throws(ForgeError) -> InputChunk {
    var chunk = try read()
    position += Int64(chunk.count)
    if trailer == .checksum { hash.update(chunk.span) }
    if !chunk.isEmpty { progress?(position) }
    let isLast = position == source.count
    if isLast, trailer == .checksum {
      try source.check(hash, .configuration)
      chunk += Array("\(SHA256Sum(hash))\n".utf8)
    }
    return InputChunk(bytes: chunk, isLast: isLast)
  }

  private func read() throws(ForgeError) -> [UInt8] {
    let wanted = Int(min(Int64(Self.chunkSize), source.count - position))
    switch source {
    case .bytes(let bytes): return Array(bytes[Int(position)..<Int(position) + wanted])
    case .file(let path, _, _):
      do {
        let open =
          try file
          ?? FileDescriptor.open(
            FilePath(path), .readOnly, options: [.closeOnExec])
        file = open
        let chunk = try unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
          count = try unsafe open.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        guard wanted == 0 || !chunk.isEmpty else {
          throw ForgeError(
            .configuration, "a file became shorter while it was sent", on: path,
            observed: "\(position) of \(source.count) bytes")
        }
        return chunk
      } catch let error as ForgeError {
        throw error
      } catch {
        throw ForgeError(
          .configuration, "a file cannot be read", on: path, observed: "\(error)")
      }
    }
  }
}
