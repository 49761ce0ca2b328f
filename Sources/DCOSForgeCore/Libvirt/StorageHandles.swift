import ForgeModel
import CLibvirt

/// A reference to a storage pool (`virStoragePoolPtr`).
@safe
struct PoolHandle: ~Copyable {
  private let pointer: OpaquePointer

  @unsafe
  init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe clv_pool_free(pointer) }

  var name: String { unsafe String(cString: clv_pool_name(pointer)) }

  func uuid() throws(LibvirtFault) -> String {
    try unsafe uuidText { unsafe clv_pool_uuid(pointer, $0, $1) }
  }

  func xml() throws(LibvirtFault) -> String {
    try unsafe text { unsafe clv_pool_xml(pointer, $0, $1) }
  }

  func isActive() throws(LibvirtFault) -> Bool {
    try unsafe checked { unsafe clv_pool_is_active(pointer, $0) } == 1
  }

  func available() throws(LibvirtFault) -> ByteCount {
    var info = virStoragePoolInfo()
    try unsafe checked { unsafe clv_pool_info(pointer, &info, $0) }
    return ByteCount(bytes: Int64(clamping: info.available))
  }

  func setAutostart() throws(LibvirtFault) {
    try unsafe checked { unsafe clv_pool_autostart(pointer, $0) }
  }

  /// Makes the pool's folder where it is missing.
  func build() throws(LibvirtFault) {
    try unsafe checked { unsafe clv_pool_build(pointer, $0) }
  }

  /// Starts the pool unless it runs.
  func start() throws(LibvirtFault) {
    do {
      try unsafe checked { unsafe clv_pool_start(pointer, $0) }
    } catch {
      guard error.isWrongState, try isActive() else { throw error }
    }
  }

  /// Scans the pool.
  ///
  /// libvirt refuses while volumes are being made or uploaded in it; what it knows then is what its
  /// own calls did, and that is good enough.
  func refresh() throws(LibvirtFault) {
    do {
      try unsafe checked { unsafe clv_pool_refresh(pointer, $0) }
    } catch  where error.code == VIR_ERR_INTERNAL_ERROR && error.domain == VIR_FROM_STORAGE {
    }
  }

  /// Stops the pool unless it is stopped or gone.
  func stop() throws(LibvirtFault) {
    do {
      try unsafe ignoringAbsence { unsafe clv_pool_stop(pointer, $0) }
    } catch  where error.isWrongState {
    }
  }

  /// Removes the folder of a stopped pool; fails when it is not empty.
  func deleteFolder() throws(LibvirtFault) {
    try unsafe checked { unsafe clv_pool_delete(pointer, $0) }
  }

  /// Undefines the pool unless it is gone.
  func undefine() throws(LibvirtFault) {
    try unsafe ignoringAbsence { unsafe clv_pool_undefine(pointer, $0) }
  }

  /// The names of all volumes as libvirt knows them, sorted.
  func volumeNames() throws(LibvirtFault) -> [String] {
    let list = try unsafe handles { unsafe clv_volumes(pointer, $0, $1) }
    return try unsafe eachPresent(list) { (pointer) throws(LibvirtFault) in
      unsafe VolumeHandle(owning: pointer).name
    }.sorted()
  }

  func volume(_ name: String) throws(LibvirtFault) -> VolumeHandle? {
    guard let found = try unsafe present({ unsafe clv_volume(pointer, name, $0, $1) }) else {
      return nil
    }
    return unsafe VolumeHandle(owning: found)
  }

  /// Whether libvirt knows a volume of that name.
  func hasVolume(_ name: String) throws(LibvirtFault) -> Bool {
    if case .some = try volume(name) { true } else { false }
  }

  func createVolume(_ xml: String) throws(LibvirtFault) -> VolumeHandle {
    unsafe VolumeHandle(owning: try definition { unsafe clv_volume_create(pointer, xml, $0, $1) })
  }
}

/// A reference to a volume (`virStorageVolPtr`).
@safe
struct VolumeHandle: ~Copyable {
  fileprivate let pointer: OpaquePointer

  @unsafe
  init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe clv_volume_free(pointer) }

  var name: String { unsafe String(cString: clv_volume_name(pointer)) }

  func path() throws(LibvirtFault) -> String {
    try unsafe text { unsafe clv_volume_path(pointer, $0, $1) }
  }

  func xml() throws(LibvirtFault) -> String {
    try unsafe text { unsafe clv_volume_xml(pointer, $0, $1) }
  }

  /// The virtual size; the size of the file when the volume is raw.
  func capacity() throws(LibvirtFault) -> ByteCount {
    var info = virStorageVolInfo()
    try unsafe checked { unsafe clv_volume_info(pointer, &info, $0) }
    return ByteCount(bytes: Int64(clamping: info.capacity))
  }

  /// Deletes the volume unless it is gone.
  func delete() throws(LibvirtFault) {
    try unsafe ignoringAbsence { unsafe clv_volume_delete(pointer, $0) }
  }
}

/// A stream of bytes to or from a volume (`virStreamPtr`), aborted unless it was finished.
@safe
struct StreamHandle: ~Copyable {
  private let pointer: OpaquePointer
  private var isOpen = false

  @unsafe
  init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit {
    if isOpen { unsafe clv_stream_abort(pointer) }
    unsafe clv_stream_free(pointer)
  }

  mutating func upload(
    to volume: borrowing VolumeHandle, length: Int64
  ) throws(LibvirtFault) {
    try unsafe checked {
      unsafe clv_stream_upload(pointer, volume.pointer, UInt64(clamping: length), $0)
    }
    isOpen = true
  }

  mutating func download(
    from volume: borrowing VolumeHandle, offset: Int64
  ) throws(LibvirtFault) {
    try unsafe checked {
      unsafe clv_stream_download(pointer, volume.pointer, UInt64(clamping: offset), $0)
    }
    isOpen = true
  }

  /// Sends all of the bytes.
  mutating func send(_ bytes: ArraySlice<UInt8>) throws(LibvirtFault) {
    var rest = bytes
    while !rest.isEmpty {
      var error = clv_error()
      let count = unsafe rest.withUnsafeBytes {
        unsafe clv_stream_send(pointer, $0.baseAddress, $0.count, &error)
      }
      guard count >= 0 else {
        isOpen = false
        throw LibvirtFault(error)
      }
      rest = rest.dropFirst(Int(count))
    }
  }

  /// The next bytes, at most 64 KiB; none at the end.
  mutating func receive() throws(LibvirtFault) -> [UInt8] {
    var error = clv_error()
    var count: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 65536) { room, filled in
      unsafe count = clv_stream_receive(pointer, room.baseAddress, room.count, &error)
      filled = max(0, Int(count))
    }
    guard count >= 0 else {
      isOpen = false
      throw LibvirtFault(error)
    }
    return bytes
  }

  /// Waits until the other side has everything.
  mutating func finish() throws(LibvirtFault) {
    isOpen = false
    try unsafe checked { unsafe clv_stream_finish(pointer, $0) }
  }
}
