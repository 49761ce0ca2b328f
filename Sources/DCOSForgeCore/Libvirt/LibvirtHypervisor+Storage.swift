import ForgeRendering
import ForgeSupport
package import ForgeModel
import CLibvirt
import Foundation
import SystemPackage

// How "a volume is listed only when it is whole" is kept.
//
// libvirt can neither rename a volume nor make one appear at once: an upload, but also its own
// copying of a volume, works under the final name. So each volume is accompanied by an empty
// companion volume, `NAME.partial`, which is made before it and deleted after its last byte. Killed
// at any instant in between, the companion stays, and a volume with a companion is not listed, and
// is made again by the next attempt. A copy inside the pool instead would cost each byte twice and
// still not be whole at once.

/// The name of the companion of a volume that is not whole.
private func companion(of volume: String) -> String { volume + ".partial" }

extension LibvirtHypervisor {
  /// Lists the storage pools, by name.
  package func pools() async throws(ForgeError) -> [PoolRecord] {
    try await perform("list the storage pools", on: uri) { connection in
      try connection.pools { (pool) throws(LibvirtFault) in
        PoolRecord(name: pool.name, uuid: try pool.uuid(), isActive: try pool.isActive())
      }.sorted { $0.name < $1.name }
    }
  }

  /// Scans a pool.
  package func poolContents(uuid: String) async throws(ForgeError) -> PoolContents? {
    try await perform("scan the storage pool", on: "storage pool \(uuid)") { connection in
      guard let pool = try connection.pool(uuid: uuid) else { return nil }
      return try Self.contents(of: pool)
    }
  }

  private static func contents(
    of pool: borrowing PoolHandle
  ) throws(LibvirtFault) -> PoolContents? {
    guard try scan(pool) else { return nil }
    let names = try pool.volumeNames()
    let known = Set(names)
    let companions = names.filter { $0.hasSuffix(companion(of: "")) }
    return PoolContents(
      available: try pool.available(),
      volumes: names.filter {
        !known.contains(companion(of: $0)) && !$0.hasSuffix(companion(of: ""))
      },
      torn: companions.map { String($0.dropLast(companion(of: "").count)) })
  }

  // Scans a pool; false when it does not run, which it does no more when its folder is gone.
  static func scan(_ pool: borrowing PoolHandle) throws(LibvirtFault) -> Bool {
    guard try pool.isActive() else { return false }
    do throws(LibvirtFault) {
      try pool.refresh()
    } catch {
      guard try !pool.isActive() else { throw error }
    }
    return try pool.isActive()
  }

  /// Defines a persistent directory pool with autostart, builds its folder, and starts it.
  package func ensurePool(_ definition: PoolDefinition) async throws(ForgeError) {
    let subject = "storage pool \(definition.name)"
    try await perform("define the storage pool", on: subject) { connection in
      let isNew = try Self.checkFolder(definition, connection)
      let pool = try connection.definePool(PoolXML.render(definition))
      try Self.start(pool)
      try pool.setAutostart()
      if isNew { try Self.refuseUsedFolder(pool, definition) }
    }
  }

  // Whether the pool is new; one with another folder throws.
  private static func checkFolder(
    _ definition: PoolDefinition, _ connection: borrowing ConnectHandle
  ) throws -> Bool {
    guard let existing = try connection.pool(uuid: definition.uuid) else { return true }
    let path = PoolXML.path(in: try existing.xml())
    guard path == definition.path else {
      throw ForgeError(
        .hypervisor, "the storage pool has another folder",
        on: "storage pool \(definition.name)", observed: path ?? "none",
        advice: "set the pool's path back, or destroy the cluster first")
    }
    return false
  }

  // The pool's volumes are ours to delete, so a folder with somebody else's files cannot be one.
  private static func refuseUsedFolder(
    _ pool: borrowing PoolHandle, _ definition: PoolDefinition
  ) throws {
    let names = try pool.volumeNames()
    guard let first = names.first else { return }
    try pool.stop()
    try pool.undefine()
    throw ForgeError(
      .hypervisor, "the folder of the new storage pool is not empty",
      on: "storage pool \(definition.name)",
      observed: "\(definition.path) holds \(names.count) files, such as \(first)",
      advice: "choose a folder that does not exist yet, or empty it")
  }

  package func startPool(uuid: String) async throws(ForgeError) {
    try await perform("start the storage pool", on: "storage pool \(uuid)") { connection in
      guard let pool = try connection.pool(uuid: uuid) else { return }
      try Self.start(pool)
    }
  }

  // Starts a pool unless it runs. Without its folder it cannot start.
  private static func start(_ pool: borrowing PoolHandle) throws(LibvirtFault) {
    guard try !pool.isActive() else { return }
    try pool.build()
    try pool.start()
  }

  /// Deletes the pool's volumes, stops and undefines the pool with that UUID; removes its folder
  /// when empty.
  package func removePool(uuid: String) async throws(ForgeError) {
    try await perform("remove the storage pool", on: "storage pool \(uuid)") { connection in
      guard let pool = try connection.pool(uuid: uuid) else { return }
      try Self.start(pool)
      if try Self.scan(pool) {
        for name in try pool.volumeNames() { try Self.deleteVolume(name, in: pool) }
        try pool.stop()
      }
      // Refused when somebody put folders of their own into it, which then stay.
      _ = try? pool.deleteFolder()
      try pool.undefine()
    }
  }

  /// Creates an empty or overlay volume; an overlay smaller than its backing volume throws.
  package func createVolume(
    _ volume: VolumeDefinition, in pool: String
  ) async throws(ForgeError) {
    try await perform("create the volume", on: "volume \(volume.name)") { connection in
      let pool = try Self.pool(pool, connection)
      let backing = try Self.backing(of: volume, in: pool)
      _ = try Self.beginVolume(volume, backing: backing, in: pool)
      try Self.deleteVolume(companion(of: volume.name), in: pool)
    }
  }

  /// Creates a volume and fills it through a stream.
  package func uploadVolume(
    _ volume: VolumeDefinition, in pool: String, from content: ByteSource,
    progress: @Sendable (Int64) -> Void
  ) async throws(ForgeError) {
    try await performAlone("upload the volume", on: "volume \(volume.name)") { connection in
      let pool = try Self.pool(pool, connection)
      let handle = try Self.beginVolume(volume, backing: nil, in: pool)
      do {
        try Self.send(content, to: handle, connection, progress)
      } catch {
        // What cannot be deleted now keeps its companion, and with it stays unlisted.
        if (try? Self.deleteVolume(volume.name, in: pool)) != nil {
          _ = try? Self.deleteVolume(companion(of: volume.name), in: pool)
        }
        throw error
      }
      try Self.deleteVolume(companion(of: volume.name), in: pool)
    }
  }

  package func deleteVolume(_ name: String, in pool: String) async throws(ForgeError) {
    try await perform("delete the volume", on: "volume \(name)") { connection in
      guard let pool = try connection.pool(name: pool) else { return }
      try Self.deleteVolume(name, in: pool)
      try Self.deleteVolume(companion(of: name), in: pool)
    }
  }

  // MARK: parts

  static func pool(_ name: String, _ connection: borrowing ConnectHandle) throws -> PoolHandle {
    guard let pool = try connection.pool(name: name) else {
      throw absent("storage pool \(name)")
    }
    return pool
  }

  static func absent(_ subject: String) -> ForgeError {
    ForgeError(.hypervisor, "it does not exist", on: subject, advice: "run up to make it again")
  }

  private static func backing(
    of volume: VolumeDefinition, in pool: borrowing PoolHandle
  ) throws -> VolumeXML.Backing? {
    guard let name = volume.backing else { return nil }
    guard let base = try pool.volume(name) else { throw absent("volume \(name)") }
    let size = try base.capacity()
    guard size <= volume.capacity else {
      throw ForgeError(
        .hypervisor, "the disk is smaller than the image it starts from",
        on: "volume \(volume.name)", observed: "disk \(volume.capacity), image \(size)",
        advice: "give the machine a disk of at least the image's size")
    }
    return VolumeXML.Backing(
      path: try base.path(), format: VolumeXML.format(in: try base.xml()) ?? "qcow2")
  }

  // Makes the companion and the volume, in place of what an earlier attempt left.
  private static func beginVolume(
    _ volume: VolumeDefinition, backing: VolumeXML.Backing?, in pool: borrowing PoolHandle
  ) throws -> VolumeHandle {
    let mark = VolumeDefinition(
      name: companion(of: volume.name), capacity: ByteCount(bytes: 0), format: .raw)
    if try pool.hasVolume(mark.name) {
      try deleteVolume(volume.name, in: pool)
    } else if try pool.hasVolume(volume.name) {
      // Before the companion is made: beside it the whole volume would pass for a torn one.
      throw ForgeError(
        .hypervisor, "the volume exists already", on: "volume \(volume.name)",
        advice: "delete it first", disposition: .final)
    } else {
      _ = try pool.createVolume(VolumeXML.render(mark, backing: nil))
    }
    return try pool.createVolume(VolumeXML.render(volume, backing: backing))
  }

  // Deletes a volume if it is there. libvirt lets go of an upload's volume a moment after its
  // stream ended, so a volume in use is tried again for two seconds.
  private static func deleteVolume(
    _ name: String, in pool: borrowing PoolHandle
  ) throws(LibvirtFault) {
    for attempt in 1...deletionAttempts {
      do {
        try pool.volume(name)?.delete()
        return
      } catch  where error.isWrongState && attempt < deletionAttempts {
        Thread.sleep(forTimeInterval: 0.02)
      }
    }
  }

  private static var deletionAttempts: Int { 100 }

  private static func send(
    _ content: ByteSource, to volume: borrowing VolumeHandle,
    _ connection: borrowing ConnectHandle, _ progress: (Int64) -> Void
  ) throws {
    var stream = try connection.stream()
    try stream.upload(to: volume, length: content.count)
    let reader = try SourceReader(content)
    var hash = SHA256()
    var sent: Int64 = 0
    while sent < content.count {
      guard !Task.isCancelled else {
        throw ForgeError(.interrupted, "the upload was stopped", disposition: .retry)
      }
      let chunk = try reader.next(min(uploadChunk, Int(content.count - sent)))
      hash.update(chunk.span)
      try stream.send(chunk)
      sent += Int64(chunk.count)
      progress(sent)
    }
    try content.check(hash, .hypervisor)
    try stream.finish()
  }

  /// The bytes between two looks at cancellation.
  private static var uploadChunk: Int { 1 << 20 }
}

/// Reads a ``ByteSource`` piece by piece.
private final class SourceReader {
  private let file: FileDescriptor?
  private let path: String
  private var rest: ArraySlice<UInt8>

  init(_ source: ByteSource) throws(ForgeError) {
    switch source {
    case .bytes(let bytes):
      (file, path, rest) = (nil, "", bytes[...])
    case .file(let name, _, _):
      do {
        file = try FileDescriptor.open(FilePath(name), .readOnly)
      } catch {
        throw Self.failure("cannot open the file to upload", name, "\(error)")
      }
      (path, rest) = (name, [])
    }
  }

  deinit { _ = try? file?.close() }

  // The next bytes, 1 to `count` of them.
  func next(_ count: Int) throws(ForgeError) -> ArraySlice<UInt8> {
    guard let file else {
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    var buffer = [UInt8](repeating: 0, count: count)
    let result = unsafe buffer.withUnsafeMutableBytes { room in
      Result { try unsafe file.read(into: room) }
    }
    switch result {
    case .success(0):
      throw Self.failure("the file to upload became shorter meanwhile", path, "")
    case .success(let read): return buffer[..<read]
    case .failure(let error):
      throw Self.failure("cannot read the file to upload", path, "\(error)")
    }
  }

  private static func failure(
    _ summary: String, _ path: String, _ observed: String
  ) -> ForgeError {
    ForgeError(
      .hypervisor, summary, on: path, observed: observed, advice: "check the file and run again")
  }
}
