import ForgeModel
import CLibvirt

/// A failed call of libvirt's API: what libvirt said, before it is evaluated.
struct LibvirtFault: Error {
  /// The kind of error (`virErrorNumber`).
  let code: virErrorNumber
  /// The part of libvirt that reported it (`virErrorDomain`).
  let domain: virErrorDomain
  /// libvirt's own text.
  let message: String
  /// Whether the call was to define or create something.
  var concernsDefinition = false

  init(_ error: clv_error) {
    code = virErrorNumber(UInt32(bitPattern: error.code))
    domain = virErrorDomain(UInt32(bitPattern: error.domain))
    message = unsafe withUnsafeBytes(of: error.message) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Whether the object that the call was about does not exist.
  var isAbsence: Bool {
    [
      VIR_ERR_NO_DOMAIN, VIR_ERR_NO_NETWORK, VIR_ERR_NO_STORAGE_POOL, VIR_ERR_NO_STORAGE_VOL,
      VIR_ERR_NO_DOMAIN_METADATA,
    ].contains(code)
  }

  /// Whether the object is in another state than the call needs: running, stopped.
  var isWrongState: Bool { code == VIR_ERR_OPERATION_INVALID }

  /// Whether a definition was refused because its name is another object's.
  ///
  /// libvirt uses the general code for networks, pools and domains.
  private var isNameTaken: Bool {
    concernsDefinition
      && [
        VIR_ERR_OPERATION_FAILED, VIR_ERR_DOM_EXIST, VIR_ERR_NETWORK_EXIST,
        VIR_ERR_STORAGE_VOL_EXIST,
      ].contains(code)
  }

  /// The fault as the rest of the program sees it.
  ///
  /// - Parameters:
  ///   - action: What was tried, as the end of "cannot …".
  ///   - subject: The libvirt object.
  ///   - connectionBroke: Whether the connection did not survive the call.
  func evaluated(action: String, on subject: String, connectionBroke: Bool) -> ForgeError {
    if connectionBroke {
      return ForgeError(
        .hypervisor, "lost the connection to libvirt, so cannot \(action)", on: subject,
        observed: message, advice: "see that libvirtd runs on the hypervisor's host",
        disposition: .retry)
    }
    if isNameTaken {
      return ForgeError(
        .hypervisor, "cannot \(action): the name is taken", on: subject, observed: message,
        advice: "choose another name, or remove the other object yourself", disposition: .final)
    }
    return ForgeError(
      .hypervisor, "cannot \(action)", on: subject, observed: message, advice: advice,
      disposition: disposition)
  }

  private var disposition: ForgeError.Disposition {
    switch code {
    case VIR_ERR_OPERATION_TIMEOUT, VIR_ERR_RESOURCE_BUSY: .retry
    case VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_XML_INVALID_SCHEMA, VIR_ERR_NO_SUPPORT,
      VIR_ERR_INVALID_ARG:
      .final
    default: .afterFix
    }
  }

  private var advice: String {
    switch code {
    case VIR_ERR_AUTH_FAILED, VIR_ERR_AUTH_CANCELLED, VIR_ERR_AUTH_UNAVAILABLE,
      VIR_ERR_ACCESS_DENIED:
      "run as root, or join the group libvirt and log in again"
    case VIR_ERR_XML_INVALID_SCHEMA, VIR_ERR_CONFIG_UNSUPPORTED, VIR_ERR_NO_SUPPORT:
      "this libvirt or QEMU lacks something the definition needs; a newer one may have it"
    default: "see the log of libvirtd on the hypervisor's host (journalctl -u libvirtd)"
    }
  }
}

/// Runs one shim function with an error of its own; its result when it is not negative.
@discardableResult
func checked(
  _ call: (UnsafeMutablePointer<clv_error>) -> Int32
) throws(LibvirtFault) -> Int32 {
  var error = clv_error()
  let result = unsafe call(&error)
  guard result >= 0 else { throw LibvirtFault(error) }
  return result
}

/// Runs a shim function that gives a handle.
func handle(
  _ call: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<clv_error>) -> Int32
) throws(LibvirtFault) -> OpaquePointer {
  var pointer: OpaquePointer?
  var error = clv_error()
  guard unsafe call(&pointer, &error) >= 0, let pointer = unsafe pointer else {
    throw LibvirtFault(error)
  }
  return unsafe pointer
}

/// Runs a shim function that defines or creates something and gives its handle.
func definition(
  _ call: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<clv_error>) -> Int32
) throws(LibvirtFault) -> OpaquePointer {
  do {
    return try unsafe handle(call)
  } catch {
    var fault = error
    fault.concernsDefinition = true
    throw fault
  }
}

/// Runs a shim function that looks something up; nil when it is not there.
func present(
  _ call: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<clv_error>) -> Int32
) throws(LibvirtFault) -> OpaquePointer? {
  do {
    return try unsafe handle(call)
  } catch  where error.isAbsence {
    return nil
  }
}

/// Runs a shim function on an object that may be gone, which is as good as done.
func ignoringAbsence(
  _ call: (UnsafeMutablePointer<clv_error>) -> Int32
) throws(LibvirtFault) {
  do {
    try unsafe checked(call)
  } catch  where error.isAbsence {
  }
}

/// Runs a shim function that gives a string, and takes the string over.
func text(
  _ call: (
    UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, UnsafeMutablePointer<clv_error>
  ) -> Int32
) throws(LibvirtFault) -> String {
  var characters: UnsafeMutablePointer<CChar>?
  var error = clv_error()
  guard unsafe call(&characters, &error) >= 0, let characters = unsafe characters else {
    throw LibvirtFault(error)
  }
  defer { unsafe clv_free(characters) }
  return unsafe String(cString: characters)
}

/// Runs a shim function that gives a string of a known largest size into a buffer: a UUID.
func uuidText(
  _ call: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<clv_error>) -> Int32
) throws(LibvirtFault) -> String {
  var buffer = [CChar](repeating: 0, count: Int(VIR_UUID_STRING_BUFLEN))
  var error = clv_error()
  let result = unsafe buffer.withUnsafeMutableBufferPointer { room -> Int32 in
    guard let start = room.baseAddress else { return -1 }
    return unsafe call(start, &error)
  }
  guard result >= 0 else { throw LibvirtFault(error) }
  return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Runs a shim function that gives an array of handles, and takes the array (not the handles) over.
func handles(
  _ call: (
    UnsafeMutablePointer<UnsafeMutablePointer<OpaquePointer?>?>, UnsafeMutablePointer<clv_error>
  ) -> Int32
) throws(LibvirtFault) -> [OpaquePointer] {
  var list: UnsafeMutablePointer<OpaquePointer?>?
  var error = clv_error()
  let count = unsafe call(&list, &error)
  guard count >= 0 else { throw LibvirtFault(error) }
  defer { unsafe clv_free(list) }
  let all = unsafe UnsafeBufferPointer(start: list, count: Int(count))
  return unsafe all.compactMap { unsafe $0 }
}
