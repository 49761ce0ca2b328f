import ForgeSupport
import ForgeModel

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// The errors of the SSH layer, in one place so that they read alike.
package enum SSHErrors {
  static func unreachable(
    _ node: NodeName, _ summary: String, observed: String = "", advice: String = "",
    disposition: ForgeError.Disposition = .retry
  ) -> ForgeError {
    ForgeError(
      .unreachable, summary, on: node.description, observed: observed, advice: advice,
      disposition: disposition)
  }

  static func cannotConnect(_ endpoint: NodeEndpoint, _ fault: SSHFault) -> ForgeError {
    // Numbers of libssh2 are negative.
    if fault.code == EMFILE || fault.code == ENFILE {
      return ForgeError(
        .internalFault, "no file is left for a connection to \(endpoint.place)",
        on: endpoint.node.description, observed: fault.text,
        advice: "raise the limit of open files (ulimit -Hn), or let fewer nodes work at once",
        disposition: .retry)
    }
    return unreachable(
      endpoint.node, "no connection to \(endpoint.place)", observed: fault.text,
      advice: "check that the node runs, that sshd listens there, and that no firewall is between")
  }

  static func connectTimedOut(
    _ endpoint: NodeEndpoint, _ timeout: Duration, during stage: String
  ) -> ForgeError {
    unreachable(
      endpoint.node, "no SSH connection to \(endpoint.place) within \(timeout.brief)",
      observed: "still \(stage)",
      advice: "check that the node runs and is not overloaded; its console log says how far it is")
  }

  static func wrongHostKey(_ endpoint: NodeEndpoint, shown: [UInt8]) -> ForgeError {
    unreachable(
      endpoint.node, "the host key of \(endpoint.place) is not the planned one",
      observed: "shown \(HostKey.fingerprint(of: shown)), "
        + "planned \(HostKey.fingerprint(of: endpoint.hostKey))",
      advice: "another machine may have this address, or somebody changed the node's key; "
        + "find out which before you go on",
      disposition: .final)
  }

  static func loginRefused(_ endpoint: NodeEndpoint, fingerprint: String) -> ForgeError {
    unreachable(
      endpoint.node, "the login as \(endpoint.user) at \(endpoint.place) is refused",
      observed: "key \(fingerprint)",
      advice: "cloud-init may not have put the key in yet; "
        + "otherwise check ssh.user and the node's authorized_keys")
  }

  /// A key exchange that failed, explained by what the node offered.
  static func handshakeFailed(
    _ endpoint: NodeEndpoint, _ fault: SSHFault, head: [UInt8]
  ) -> ForgeError {
    let words = fault.text.isEmpty ? "libssh2 error \(fault.code)" : fault.text
    switch ServerOffer.read(head) {
    case .offer(let offer):
      if let mismatch = offer.mismatch {
        return unreachable(
          endpoint.node, "no common algorithms with \(endpoint.place)", observed: mismatch.observed,
          advice: mismatch.advice, disposition: .afterFix)
      }
      return unreachable(
        endpoint.node, "the SSH key exchange with \(endpoint.place) failed",
        observed: "\(words); \(offer.banner)")
    case .banner(let banner):
      return unreachable(
        endpoint.node, "the SSH key exchange with \(endpoint.place) failed",
        observed: "\(words); \(banner)",
        advice: "sshd may be starting, or refuses more connections (MaxStartups)")
    case .other(let text):
      return unreachable(
        endpoint.node, "what listens at \(endpoint.place) does not speak SSH",
        observed: text.isEmpty ? words : "it said: \(text)",
        advice: "check ssh.port and that the address is the node's")
    }
  }

  static func lost(_ endpoint: NodeEndpoint, _ fault: SSHFault) -> ForgeError {
    unreachable(
      endpoint.node, "the SSH connection to \(endpoint.place) was lost",
      observed: fault.text.isEmpty ? "libssh2 error \(fault.code)" : fault.text,
      advice: "the node may be restarting; a new connection will show")
  }

  static func silent(_ endpoint: NodeEndpoint, _ limit: Duration) -> ForgeError {
    unreachable(
      endpoint.node, "the SSH connection to \(endpoint.place) was lost",
      observed: "no sign of life for \(limit.brief)",
      advice: "the node hangs, lost its network, or was stopped")
  }

  static func closed(_ endpoint: NodeEndpoint) -> ForgeError {
    unreachable(endpoint.node, "the SSH connection to \(endpoint.place) is closed")
  }

  static func endUnknown(_ endpoint: NodeEndpoint, observed: String) -> ForgeError {
    unreachable(
      endpoint.node, "the end of a command was not reported", observed: observed,
      advice: "the node may be shutting down; the account's login shell must be a POSIX shell")
  }

  static func commandRefused(_ endpoint: NodeEndpoint, _ fault: SSHFault) -> ForgeError {
    unreachable(
      endpoint.node, "sshd refuses to run a command", observed: fault.text,
      advice: "check MaxSessions and ForceCommand in the node's sshd_config")
  }

  static func timedOut(
    _ endpoint: NodeEndpoint, _ timeout: Duration, tail: String
  ) -> ForgeError {
    ForgeError(
      .timeout, "a command did not end within \(timeout.brief)", on: endpoint.node.description,
      observed: tail.isEmpty ? "it printed nothing" : "its last output: \(tail)",
      advice: "it was sent a hang-up", disposition: .retry)
  }

  static func cancelled(_ endpoint: NodeEndpoint) -> ForgeError {
    ForgeError(
      .interrupted, "stopped before its end", on: endpoint.node.description, disposition: .retry)
  }
}

extension NodeEndpoint {
  /// Address and port as operators write them.
  var place: String { "\(address):\(port)" }
}
