import ForgeModel
import CLibvirt

/// A reference to a domain (`virDomainPtr`).
@safe
struct DomainHandle: ~Copyable {
  private let pointer: OpaquePointer

  @unsafe
  init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe clv_domain_free(pointer) }

  var name: String { unsafe String(cString: clv_domain_name(pointer)) }

  func uuid() throws(LibvirtFault) -> String {
    try unsafe uuidText { unsafe clv_domain_uuid(pointer, $0, $1) }
  }

  /// What libvirt says of the domain's state, with the two kinds of sleep distinguished.
  enum State {
    case running, paused, asleep, shutoff, crashed

    /// The state in the words of the port.
    var reported: DomainRecord.State {
      switch self {
      case .running: .running
      case .paused, .asleep: .paused
      case .shutoff: .shutoff
      case .crashed: .crashed
      }
    }
  }

  func state() throws(LibvirtFault) -> State {
    var reason: Int32 = 0
    let number = try unsafe checked { unsafe clv_domain_state(pointer, &reason, $0) }
    switch virDomainState(UInt32(bitPattern: number)) {
    case VIR_DOMAIN_PAUSED: return .paused
    case VIR_DOMAIN_PMSUSPENDED: return .asleep
    case VIR_DOMAIN_CRASHED: return .crashed
    case VIR_DOMAIN_SHUTOFF:
      return reason == Int32(bitPattern: VIR_DOMAIN_SHUTOFF_CRASHED.rawValue) ? .crashed : .shutoff
    default: return .running  // running, blocked, being shut down, none
    }
  }

  /// The persistent definition.
  func xml() throws(LibvirtFault) -> String {
    try unsafe text { unsafe clv_domain_xml(pointer, $0, $1) }
  }

  /// The metadata element of the namespace, or nil.
  func metadata(_ namespace: String) throws(LibvirtFault) -> String? {
    do {
      return try unsafe text { unsafe clv_domain_metadata(pointer, namespace, $0, $1) }
    } catch  where error.code == VIR_ERR_NO_DOMAIN_METADATA {
      return nil
    }
  }

  /// Replaces the metadata element of the namespace; false when the domain is gone.
  func setMetadata(
    _ xml: String, prefix: String, namespace: String
  ) throws(LibvirtFault) -> Bool {
    do {
      try unsafe checked { unsafe clv_domain_set_metadata(pointer, xml, prefix, namespace, $0) }
      return true
    } catch  where error.isAbsence {
      return false
    }
  }

  /// Starts the domain unless it runs.
  func start() throws(LibvirtFault) {
    do {
      try unsafe checked { unsafe clv_domain_start(pointer, $0) }
    } catch {
      guard error.isWrongState, try state() == .running else { throw error }
    }
  }

  func resume() throws(LibvirtFault) {
    try unsafe checked { unsafe clv_domain_resume(pointer, $0) }
  }

  func wake() throws(LibvirtFault) {
    try unsafe checked { unsafe clv_domain_wake(pointer, $0) }
  }

  func suspend() throws(LibvirtFault) {
    try unsafe checked { unsafe clv_domain_suspend(pointer, $0) }
  }

  /// Cuts the guest's power, unless it does not run.
  func destroy() throws(LibvirtFault) {
    do {
      try unsafe ignoringAbsence { unsafe clv_domain_destroy(pointer, $0) }
    } catch  where error.isWrongState {
    }
  }

  /// The IPv4 addresses that the source knows; none where it cannot be asked of this driver or
  /// domain.
  ///
  /// libvirt 9.0 fails to read an ARP table with an internal error ("wrong nlmsg len").
  func addresses(
    _ source: virDomainInterfaceAddressesSource
  ) throws(LibvirtFault) -> [String] {
    var addresses: [String] = []
    do {
      try unsafe withUnsafeMutablePointer(to: &addresses) { (context) throws(LibvirtFault) in
        let add: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Void = {
          guard let list = unsafe $0?.assumingMemoryBound(to: [String].self), let text = unsafe $1
          else {
            return
          }
          unsafe list.pointee.append(String(cString: text))
        }
        _ = try unsafe checked {
          unsafe clv_domain_addresses(pointer, source.rawValue, context, add, $0)
        }
      }
    } catch
      where error.isWrongState
      || [
        VIR_ERR_NO_SUPPORT, VIR_ERR_INTERNAL_ERROR, VIR_ERR_ARGUMENT_UNSUPPORTED,
        VIR_ERR_OPERATION_UNSUPPORTED,
        VIR_ERR_OPERATION_FAILED,
      ].contains(error.code)
    {
    }
    return addresses
  }

  /// Undefines the domain unless it is gone.
  func undefine() throws(LibvirtFault) {
    try unsafe ignoringAbsence { unsafe clv_domain_undefine(pointer, $0) }
  }
}
