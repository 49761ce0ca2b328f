/// The named limits of the SSH layer.
package struct SSHSettings: Hashable, Sendable {
  /// After so long without a byte from the node it is asked for a sign of life (an SSH keepalive
  /// request); less than 2 s has the effect of 2 s.
  package var keepaliveInterval: Duration = .seconds(10)
  /// After so long without a byte from the node the connection counts as lost.
  ///
  /// Generous, because an emulated machine under load may stall for many seconds.
  package var silenceLimit: Duration = .seconds(60)
  /// Key exchanges and logins at work at one time; further ones wait with their TCP connection
  /// open.
  package var handshakeLimit = 64
  /// Commands at work at one time on one connection; further ones wait.
  package var commandLimit = 8
  /// Channels on one connection: OpenSSH's `MaxSessions`, 10 by default, includes the one kept
  /// ready.
  package var channelLimit = 10
  /// The most memory that libssh2 takes for one connection, in bytes; one that needs more fails.
  ///
  /// A window of 2 MiB is open for each channel; in small packets its bytes take many times that.
  package var memoryLimit = 32 << 20

  /// Makes the settings that suit OpenSSH's defaults.
  package init() {}
}
