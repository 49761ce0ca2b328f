import CLibvirt

/// A reference to a libvirt network (`virNetworkPtr`).
@safe
struct NetworkHandle: ~Copyable {
  private let pointer: OpaquePointer

  @unsafe
  init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe clv_network_free(pointer) }

  var name: String { unsafe String(cString: clv_network_name(pointer)) }

  func uuid() throws(LibvirtFault) -> String {
    try unsafe uuidText { unsafe clv_network_uuid(pointer, $0, $1) }
  }

  /// The running network where it runs, the persistent definition otherwise.
  func xml() throws(LibvirtFault) -> String {
    try unsafe text { unsafe clv_network_xml(pointer, $0, $1) }
  }

  func isActive() throws(LibvirtFault) -> Bool {
    try unsafe checked { unsafe clv_network_is_active(pointer, $0) } == 1
  }

  func setAutostart() throws(LibvirtFault) {
    try unsafe checked { unsafe clv_network_autostart(pointer, $0) }
  }

  /// Starts the network unless it runs.
  func start() throws(LibvirtFault) {
    do {
      try unsafe checked { unsafe clv_network_start(pointer, $0) }
    } catch {
      guard error.isWrongState, try isActive() else { throw error }
    }
  }

  /// Stops the network unless it is stopped or gone.
  func stop() throws(LibvirtFault) {
    do {
      try unsafe ignoringAbsence { unsafe clv_network_stop(pointer, $0) }
    } catch  where error.isWrongState {
    }
  }

  /// Undefines the network unless it is gone.
  func undefine() throws(LibvirtFault) {
    try unsafe ignoringAbsence { unsafe clv_network_undefine(pointer, $0) }
  }

  /// The lists of a running network that can change without a restart.
  enum Section {
    /// Fixed addresses of the DHCP server.
    case dhcpHost
    /// Names of the DNS server.
    case dnsHost

    fileprivate var number: virNetworkUpdateSection {
      switch self {
      case .dhcpHost: VIR_NETWORK_SECTION_IP_DHCP_HOST
      case .dnsHost: VIR_NETWORK_SECTION_DNS_HOST
      }
    }
  }

  func add(_ xml: String, to section: Section) throws(LibvirtFault) {
    try unsafe checked {
      unsafe clv_network_update(
        pointer, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, section.number, xml, $0)
    }
  }

  func delete(_ xml: String, from section: Section) throws(LibvirtFault) {
    try unsafe checked {
      unsafe clv_network_update(
        pointer, VIR_NETWORK_UPDATE_COMMAND_DELETE, section.number, xml, $0)
    }
  }
}
