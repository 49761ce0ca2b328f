/// Something that is done on a node over one SSH exchange.
///
/// A closed list: `Rendering/NodeScripts` turns each case into the script that a real node runs, and the
/// simulated node acts on the case itself. Both print the same text, which `DCOS/` reads back.
/// Every task may be repeated at any time: it checks first and does only what is missing.
package enum NodeTask: Hashable, Sendable {
  /// An operator's own command line, run by the login account's shell.
  case shell(String)
  /// Waits until cloud-init has finished; exits 0 when it did without error.
  case awaitCloudInit
  /// Prints ``NodeFacts`` as JSON lines; changes nothing.
  case facts(FactsRequest)
  /// Points the node's chrony (or ntp) at the servers and starts it.
  case configureTime(TimeSettings)
  /// Prints the ``ClockReading``.
  case clock
  /// Brings the prerequisites of DC/OS: each checked, fixed, verified, one JSON line per item.
  case prepare(Preparation)
  /// Runs the given ip-detect script as DC/OS would, under an empty environment, and prints the result.
  case detectIP(script: String)
  /// Prints the SHA-256 of a file in 64 digits, or nothing when there is no such file.
  case checksum(path: String)
  /// Runs `dcos_generate_config.sh` in the bootstrap folder, detached, and waits for its end.
  case generate(Generation)
  /// Runs (or re-creates) the nginx container on `genconf/serve`.
  case serve(Serving)
  /// Fetches what DC/OS nodes fetch first from the bootstrap URL, and prints what came.
  case fetchServed(url: String)
  /// Runs DC/OS's own preflight for the role and our own checks of ports and paths.
  case preflight(Installation)
  /// Runs `dcos_install.sh`, detached so that a lost connection does not tear it, and waits for its end.
  case install(Installation)
  /// Reads ZooKeeper and Exhibitor as this master sees them.
  case readQuorum(masters: [IPv4Address])
  /// Asks the leading Mesos master which agents it lists, beginning at this master's own address.
  case listAgents(at: IPv4Address)
  /// Reads the state of this node and of every DC/OS component on it.
  case readHealth(HealthRequest)
  /// Reads journals, or follows them; prints the journal's own JSON objects.
  case readLogs(LogRequest)
  /// Looks at everything on the node that may explain a fault; changes nothing.
  case collectEvidence(EvidenceRequest)
  /// Tells the leading Mesos master to do something, beginning at this master's own address.
  case callMesos(OperatorCall, at: IPv4Address)
  /// Asks the cluster, through this master's own address, what an operator wants to know of it.
  case ask(ClusterQuestion, at: IPv4Address)
  /// Takes from the node's disk what is this machine's own, and powers the machine off; refused where DC/OS is.
  case seal
  /// Lets a public key, a line of `authorized_keys`, log in to the account.
  case authorize(key: String, account: String)
  /// Removes what dcosforge keeps under its own folder on the node; DC/OS itself has no uninstall.
  case forget
}

/// What ``NodeTask/facts(_:)`` must know to evaluate a node.
package struct FactsRequest: Hashable, Sendable {
  /// The node's role.
  package var role: NodeRole
  /// What would be prepared: the same checks, without fixing.
  package var preparation: Preparation
  /// How its clock would be set.
  package var time: TimeSettings
  /// What would be served; bootstrap only.
  package var serving: Serving?

  /// Makes a request.
  package init(
    role: NodeRole, preparation: Preparation, time: TimeSettings, serving: Serving? = nil
  ) {
    self.role = role
    self.preparation = preparation
    self.time = time
    self.serving = serving
  }
}

/// Where a node gets the time from, and whether it gives it on.
package struct TimeSettings: Hashable, Sendable {
  /// NTP servers by name or address; empty leaves the image's own configuration.
  package var servers: [String]
  /// The network that may ask this node for the time; nil serves nobody.
  package var servesTo: IPv4Network?

  /// Makes settings.
  package init(servers: [String], servesTo: IPv4Network? = nil) {
    self.servers = servers
    self.servesTo = servesTo
  }
}

/// What a node gets before DC/OS.
package struct Preparation: Hashable, Sendable {
  /// The node's role: the bootstrap node needs Docker and curl, not the rest.
  package var role: NodeRole
  /// The DC/OS release, which decides a few items (net-tools for 1.12, `nogroup` before 1.11.12).
  package var version: DCOSVersion
  /// Repositories, Docker package and version.
  package var packages: PackageSpec

  /// Makes a preparation.
  package init(role: NodeRole, version: DCOSVersion, packages: PackageSpec) {
    self.role = role
    self.version = version
    self.packages = packages
  }
}

/// A run of `dcos_generate_config.sh`.
package struct Generation: Hashable, Sendable {
  /// The folder on the bootstrap node that holds the installer and `genconf/`.
  package var folder: String
  /// The checksum of the installer as it was uploaded; checked again before the run.
  package var installer: SHA256Sum
  /// All inputs (version, installer, parameters, ip-detect, …), a line each: a name, a blank, a value.
  ///
  /// Recorded with the result, so that a later run knows whether it is stale, and what changed.
  package var inputs: String

  /// Makes a generation.
  package init(folder: String, installer: SHA256Sum, inputs: String) {
    self.folder = folder
    self.installer = installer
    self.inputs = inputs
  }
}

/// The container that serves the installation.
package struct Serving: Hashable, Sendable {
  /// The folder on the bootstrap node that holds `genconf/serve`.
  package var folder: String
  /// The Docker image.
  package var image: String
  /// The uploaded archive of the image; nil lets Docker pull it.
  package var archive: String?
  /// The port on the bootstrap node.
  package var port: Int

  /// Makes a container.
  package init(folder: String, image: String, archive: String?, port: Int) {
    self.folder = folder
    self.image = image
    self.archive = archive
    self.port = port
  }
}

/// An installation of DC/OS on one node.
package struct Installation: Hashable, Sendable {
  /// The node's role; never bootstrap.
  package var role: NodeRole
  /// The release.
  package var version: DCOSVersion
  /// The URL that serves the installation.
  package var bootstrapURL: String
  /// What is served was generated from these, as in ``Generation/inputs``; the node keeps them.
  package var inputs: String

  /// Makes an installation.
  package init(role: NodeRole, version: DCOSVersion, bootstrapURL: String, inputs: String) {
    self.role = role
    self.version = version
    self.bootstrapURL = bootstrapURL
    self.inputs = inputs
  }
}

/// What is asked of a node and its DC/OS components.
package struct HealthRequest: Hashable, Sendable {
  /// The node's role.
  package var role: NodeRole
  /// The release.
  package var version: DCOSVersion
  /// The node's own address: Mesos and ZooKeeper listen there, not on the loopback.
  package var address: IPv4Address
  /// On a master, the addresses of the others: tried when ZooKeeper does not serve.
  package var peers: [IPv4Address]
  /// Whether DC/OS's own checks are run; otherwise the outcome of their last run by timer counts.
  package var runsChecks: Bool
  /// How long the node may take for everything, in seconds; what takes longer is left out.
  package var seconds: Int

  /// Makes a request.
  package init(
    role: NodeRole, version: DCOSVersion, address: IPv4Address, peers: [IPv4Address] = [],
    runsChecks: Bool = false, seconds: Int = 8
  ) {
    self.role = role
    self.version = version
    self.address = address
    self.peers = peers
    self.runsChecks = runsChecks
    self.seconds = seconds
  }
}
