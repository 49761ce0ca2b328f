import ForgeRendering
import ForgeModel
import CLibvirt

/// An open connection to libvirt (`virConnectPtr`).
@safe
struct ConnectHandle: ~Copyable {
  private let pointer: OpaquePointer

  /// Opens the connection and lets libvirt probe the peer: 6 silent probes, 5 seconds apart, break
  /// it.
  init(uri: String) throws(LibvirtFault) {
    XMLTree.prepare()
    try unsafe checked { unsafe clv_prepare($0) }
    unsafe pointer = try handle { unsafe clv_open(uri, $0, $1) }
    unsafe clv_keep_alive(pointer, 5, 6)
  }

  deinit { unsafe clv_close(pointer) }

  /// Whether the connection can still carry calls.
  var isAlive: Bool { unsafe clv_is_alive(pointer) == 1 }

  // MARK: the host

  func hostName() throws(LibvirtFault) -> String {
    try unsafe text { unsafe clv_hostname(pointer, $0, $1) }
  }

  /// The driver's type and version and the version of libvirt on the host: `QEMU 7.2.22, libvirt
  /// 9.0.0`.
  func version() throws(LibvirtFault) -> String {
    var type: UnsafePointer<CChar>?
    var hypervisor: UInt = 0
    var library: UInt = 0
    try unsafe checked { unsafe clv_versions(pointer, &type, &hypervisor, &library, $0) }
    let name = unsafe type.map { unsafe String(cString: $0) } ?? ""
    func dotted(_ number: UInt) -> String {
      "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)"
    }
    return "\(name) \(dotted(hypervisor)), libvirt \(dotted(library))"
  }

  func processors() throws(LibvirtFault) -> Int {
    var info = virNodeInfo()
    try unsafe checked { unsafe clv_node_info(pointer, &info, $0) }
    return Int(info.cpus)
  }

  func availableMemory() throws(LibvirtFault) -> ByteCount {
    var bytes: UInt64 = 0
    try unsafe checked { unsafe clv_available_memory(pointer, &bytes, $0) }
    return ByteCount(bytes: Int64(clamping: bytes))
  }

  func capabilities() throws(LibvirtFault) -> String {
    try unsafe text { unsafe clv_capabilities(pointer, $0, $1) }
  }

  func domainCapabilities(type: String) throws(LibvirtFault) -> String {
    try unsafe text { unsafe clv_domain_capabilities(pointer, type, $0, $1) }
  }

  func expandedCPU(_ cpu: String) throws(LibvirtFault) -> String {
    try unsafe text { unsafe clv_expanded_cpu(pointer, cpu, $0, $1) }
  }

  // MARK: objects

  /// Calls the body with each network; those that vanish meanwhile are left out.
  func networks<T>(
    _ body: (borrowing NetworkHandle) throws(LibvirtFault) -> T
  ) throws(LibvirtFault) -> [T] {
    let list = try unsafe handles { unsafe clv_networks(pointer, $0, $1) }
    return try unsafe eachPresent(list) { (pointer) throws(LibvirtFault) in
      try body(unsafe NetworkHandle(owning: pointer))
    }
  }

  func network(uuid: String) throws(LibvirtFault) -> NetworkHandle? {
    guard let found = try unsafe present({ unsafe clv_network(pointer, uuid, $0, $1) }) else {
      return nil
    }
    return unsafe NetworkHandle(owning: found)
  }

  func defineNetwork(_ xml: String) throws(LibvirtFault) -> NetworkHandle {
    unsafe NetworkHandle(owning: try definition { unsafe clv_network_define(pointer, xml, $0, $1) })
  }

  /// Calls the body with each storage pool; those that vanish meanwhile are left out.
  func pools<T>(
    _ body: (borrowing PoolHandle) throws(LibvirtFault) -> T
  ) throws(LibvirtFault) -> [T] {
    let list = try unsafe handles { unsafe clv_pools(pointer, $0, $1) }
    return try unsafe eachPresent(list) { (pointer) throws(LibvirtFault) in
      try body(unsafe PoolHandle(owning: pointer))
    }
  }

  func pool(uuid: String) throws(LibvirtFault) -> PoolHandle? {
    guard let found = try unsafe present({ unsafe clv_pool(pointer, uuid, $0, $1) }) else {
      return nil
    }
    return unsafe PoolHandle(owning: found)
  }

  func pool(name: String) throws(LibvirtFault) -> PoolHandle? {
    guard let found = try unsafe present({ unsafe clv_pool_by_name(pointer, name, $0, $1) }) else {
      return nil
    }
    return unsafe PoolHandle(owning: found)
  }

  /// The pool whose folder that is; none on a driver whose pools have no folders.
  func pool(path: String) throws(LibvirtFault) -> PoolHandle? {
    do {
      return unsafe PoolHandle(
        owning: try handle { unsafe clv_pool_by_path(pointer, path, $0, $1) })
    } catch  where error.isAbsence || error.code == VIR_ERR_NO_SUPPORT {
      return nil
    }
  }

  func definePool(_ xml: String) throws(LibvirtFault) -> PoolHandle {
    unsafe PoolHandle(owning: try definition { unsafe clv_pool_define(pointer, xml, $0, $1) })
  }

  func stream() throws(LibvirtFault) -> StreamHandle {
    unsafe StreamHandle(owning: try handle { unsafe clv_stream(pointer, $0, $1) })
  }

  /// Calls the body with each domain; those that vanish meanwhile are left out.
  func domains<T>(
    _ body: (borrowing DomainHandle) throws(LibvirtFault) -> T
  ) throws(LibvirtFault) -> [T] {
    let list = try unsafe handles { unsafe clv_domains(pointer, $0, $1) }
    return try unsafe eachPresent(list) { (pointer) throws(LibvirtFault) in
      try body(unsafe DomainHandle(owning: pointer))
    }
  }

  func domain(uuid: String) throws(LibvirtFault) -> DomainHandle? {
    guard let found = try unsafe present({ unsafe clv_domain(pointer, uuid, $0, $1) }) else {
      return nil
    }
    return unsafe DomainHandle(owning: found)
  }

  func defineDomain(_ xml: String) throws(LibvirtFault) -> DomainHandle {
    unsafe DomainHandle(owning: try definition { unsafe clv_domain_define(pointer, xml, $0, $1) })
  }
}

/// Calls the body with each pointer, which the body takes over, also after one of the calls failed.
///
/// An object that is gone by the time it is asked is left out; any other fault is thrown at the
/// end.
func eachPresent<T>(
  _ list: [OpaquePointer], _ body: (OpaquePointer) throws(LibvirtFault) -> T
) throws(LibvirtFault) -> [T] {
  var results: [T] = []
  var failure: LibvirtFault?
  for index in unsafe list.indices {
    do {
      results.append(try unsafe body(list[index]))
    } catch  where error.isAbsence {
      continue
    } catch {
      failure = failure ?? error
    }
  }
  if let failure { throw failure }
  return results
}
