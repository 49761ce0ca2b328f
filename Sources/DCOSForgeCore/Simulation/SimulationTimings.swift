/// How long things take in a simulated world; each time is drawn by seed from its range.
package struct SimulationTimings: Hashable, Sendable {
  package var hypervisorCall = Duration.milliseconds(2)...(.milliseconds(80))
  /// Bytes that an upload moves in a second.
  package var bytesPerSecond: Int64 = 200_000_000
  /// Opening a connection, and each exchange on it.
  package var exchange = Duration.milliseconds(5)...(.milliseconds(60))
  /// From a machine's start until its sshd answers.
  package var boot = Duration.seconds(15)...(.seconds(60))
  /// From then until cloud-init has finished.
  package var cloudInit = Duration.seconds(2)...(.seconds(20))
  /// From the clock's configuration until it is synchronised.
  package var clockSync = Duration.seconds(3)...(.seconds(40))
  /// Putting one prerequisite right.
  package var prerequisite = Duration.milliseconds(200)...(.seconds(12))
  /// Sealing a disk.
  package var seal = Duration.milliseconds(500)...(.seconds(5))
  /// From a guest's wish to power off until it is off.
  package var powerOff = Duration.seconds(2)...(.seconds(20))
  /// `dcos_generate_config.sh`.
  package var generate = Duration.seconds(60)...(.seconds(240))
  /// DC/OS's own preflight.
  package var preflight = Duration.seconds(1)...(.seconds(6))
  /// `dcos_install.sh`.
  package var install = Duration.seconds(90)...(.seconds(300))
  /// From a master's installation (or boot) until its ZooKeeper runs.
  package var zooKeeperStart = Duration.seconds(5)...(.seconds(40))
  /// An election of the ensemble's leader.
  package var election = Duration.seconds(2)...(.seconds(25))
  /// From an election until a further member follows its leader.
  package var follow = Duration.milliseconds(500)...(.seconds(10))
  /// The pause between two looks of an Exhibitor at the ensemble.
  package var exhibitorPoll = Duration.seconds(30)
  /// From a complete ensemble until a Mesos master leads.
  package var mesosElection = Duration.seconds(3)...(.seconds(30))
  /// From then (or an agent's installation) until the agent is listed.
  package var registration = Duration.seconds(1)...(.seconds(20))
  /// From then until every component of a node answers well.
  package var settling = Duration.seconds(1)...(.seconds(15))

  /// The standard times: those of an ordinary host with KVM.
  package static let standard = SimulationTimings()

  /// Makes the standard times.
  package init() {}
}
