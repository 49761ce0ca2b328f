import ForgeModel

/// One connection to libvirt with an executor of its own; opened by the first call, and again by
/// the next one after it broke.
actor LibvirtConnection {
  private let uri: String
  private let executor = QueueExecutor()
  private var connection: ConnectHandle?
  private var isUsable = false
  private var wasOpen = false

  init(uri: String) { self.uri = uri }

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// Runs calls on the connection.
  ///
  /// - Parameters:
  ///   - action: What is tried, as the end of "cannot …".
  ///   - subject: The libvirt object.
  ///   - body: The calls. It throws ``LibvirtFault``, which is evaluated here, or a finished
  ///     ``ForgeError``.
  func perform<T: Sendable>(
    _ action: String, on subject: String,
    _ body: @Sendable (borrowing ConnectHandle) throws -> T
  ) throws(ForgeError) -> T {
    try open()
    switch connection {
    case .some(let handle):
      do {
        return try body(handle)
      } catch let error as ForgeError {
        throw error
      } catch let fault as LibvirtFault {
        let broke = !handle.isAlive
        if broke { isUsable = false }
        throw fault.evaluated(action: action, on: subject, connectionBroke: broke)
      } catch {
        throw ForgeError(
          .internalFault, "cannot \(action)", on: subject, observed: "\(error)",
          disposition: .final)
      }
    case .none:
      throw ForgeError(.internalFault, "no connection after opening one", disposition: .final)
    }
  }

  private func open() throws(ForgeError) {
    guard !isUsable else { return }
    do {
      connection = nil
      connection = try ConnectHandle(uri: uri)
      isUsable = true
      wasOpen = true
    } catch {
      throw ForgeError(
        .hypervisor, "cannot connect to libvirt", on: uri, observed: error.message,
        advice: "see that libvirtd runs there (systemctl start libvirtd), that the URI is right, "
          + "and that you are root or in the group libvirt",
        disposition: wasOpen ? .retry : .afterFix)
    }
  }
}
