import ForgePorts
import ForgeSupport
import ForgeSSH
import ForgePlanning
import ForgeModel
import ForgeLibvirt
import ForgeKeys
import ForgeGenconf
import ForgeEvents
import ArgumentParser
import DCOSForgeCore
import FoundationEssentials

/// The options of commands that work on a cluster.
struct SessionOptions: ParsableArguments {
  @OptionGroup var place: PlaceOptions
  @OptionGroup var output: OutputOptions

  /// Reads the cluster file and opens the cluster's state folder.
  func open() throws -> Session { try place.open() }
}

/// The options that say which cluster it is, and where what is known of it lies.
struct PlaceOptions: ParsableArguments {
  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var folder: FolderOptions

  /// Reads the cluster file and opens the cluster's state folder.
  func open() throws -> Session { try folder.open(cluster) }
}

/// The options that say where what is known of clusters lies on this machine.
struct FolderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder for keys, journals and locks of all clusters.",
      discussion: "Default: $DCOSFORGE_STATE_DIR, or ~/.local/state/dcosforge.",
      valueName: "folder"))
  var stateDir: String?

  @Option(help: ArgumentHelp("How long to wait for another run to end.", valueName: "duration"))
  var lockTimeout: TimeLimit = TimeLimit(.zero)

  /// Reads the cluster file and opens the cluster's state folder.
  func open(_ cluster: ClusterOptions) throws -> Session {
    let environment = ProcessInfo.processInfo.environment
    let (spec, file) = try cluster.cluster()
    let root =
      stateDir ?? environment["DCOSFORGE_STATE_DIR"]
      ?? StateFolder.defaultRoot(environment: environment)
    let folder = try StateFolder(root: root, cluster: spec.name)
    let (user, keys) = try folder.keys(for: spec)
    return Session(
      spec: spec, file: file, folder: folder, user: user, keys: keys,
      lockTimeout: lockTimeout.duration)
  }
}

/// A duration on the command line: `90s`, `10m`, `1h30m`.
struct TimeLimit: ExpressibleByArgument {
  var duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    guard let duration = Duration(argument) else { return nil }
    self.duration = duration
  }

  var defaultValueDescription: String { duration.brief }
}

/// What every command on a cluster works with.
struct Session {
  var spec: ClusterSpec
  let file: ClusterFileInput
  let folder: StateFolder
  let user: KeyPair
  let keys: ClusterKeys
  let lockTimeout: Duration
  let clock = SystemClock()

  /// Runs the body while no other run works on the cluster, neither on this machine nor on another.
  func locked<Value: Sendable>(
    _ command: String, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let clock = WakefulClock()
    let deadline = clock.now.advanced(by: lockTimeout)
    let holder = LockHolder.current(command, clock: clock)
    let lock = try await ClusterLock(folder, holder: holder, until: deadline, clock: clock)
    let lease = ClusterLease(
      spec.name, uuid: UUID().uuidString.lowercased(), holder: holder, origin: lock.origin,
      on: LibvirtHypervisor(uri: spec.hypervisor.uri, connections: 1), clock: clock
    ) { Console.standard.printNote($0) }
    let value = try await lease.hold(until: deadline, body)
    lock.release()
    return value
  }

  /// Counts the generation of nodes up, past that of the machines that stand, and gives the keys that they have from then on.
  var renew: @Sendable ([NodeName: Int]) throws(ForgeError) -> ClusterKeys {
    { [folder, spec] (standing) throws(ForgeError) in
      try folder.retire(standing)
      return try folder.keys(for: spec).all
    }
  }

  /// The hypervisor of the cluster file.
  var hypervisor: LibvirtHypervisor { LibvirtHypervisor(uri: spec.hypervisor.uri) }

  /// The way onto the nodes, with the cluster's own key.
  func shell() throws(ForgeError) -> SSHShell { try SSHShell(identity: user) }

  /// A context whose events go to the sink.
  func context(sink: @escaping @Sendable (Event) -> Void) throws(ForgeError) -> ForgeContext {
    ForgeContext(
      hypervisor: hypervisor, shell: try shell(), clock: clock, buildSeed: SeedImage.build,
      sink: sink, jitterSeed: UInt64(bitPattern: clock.wallMilliseconds))
  }

  /// Finds every content that `up` sends; throws all that is missing at once.
  func wanted(_ layers: LayerOptions) async throws -> WantedCluster {
    let evaluated = try evaluatedConfig()  // before anything is downloaded
    let artifacts = Artifacts(cache: folder.cachePath)
    var faults: [ForgeError] = []
    func find(
      _ source: ArtifactSource?, _ what: String, _ key: String
    ) async -> LocalArtifact? {
      guard let source else { return nil }
      do throws(ForgeError) {
        return try await artifacts.fetch(source, what: what, key: key)
      } catch {
        faults.append(error)
        return nil
      }
    }
    let image = await find(spec.image.source, "the node image", "image.source")
    let installer = await find(
      spec.dcos.installer, "the DC/OS installer", "dcos.installer.source")
    let nginx = await find(spec.dcos.nginxArchive, "the nginx archive", "dcos.nginx.archive")
    var genconf: GenconfFiles?
    do throws(ForgeError) {
      genconf = try GenconfFolder(path: spec.dcos.genconf).read()
    } catch {
      faults.append(error)
    }
    guard faults.isEmpty, let image, let installer, let genconf else {
      throw Faults(errors: faults)
    }
    // Read anew: a run that was waited for may have renewed them.
    var wanted = WantedCluster(
      spec: spec, keys: try folder.keys(for: spec).all, image: image, installer: installer,
      nginxArchive: nginx,
      genconf: evaluated.map(genconf.with(config:)) ?? genconf)
    wanted.usesPreparedLayer = !layers.noLayer
    return wanted
  }
}

extension Session {
  /// DC/OS's configuration for the installer, with what follows from the nodes filled in.
  ///
  /// Nil when the folder cannot be read. Prints warnings; throws ``InvalidConfiguration`` when DC/OS would refuse it or nodes would break.
  private func evaluatedConfig() throws -> [UInt8]? {
    guard let contents = try? GenconfFolder(path: spec.dcos.genconf).contents() else { return nil }
    let review = EvaluatedGenconf(
      config: contents.config, file: contents.configPath, contents: contents.asInstallerSees,
      for: spec)
    let diagnostics = review.diagnostics(of: contents.config, spec.dcos.version)
    guard !diagnostics.contains(where: { $0.severity == .error }) else {
      throw InvalidConfiguration(diagnostics: diagnostics)
    }
    Console.standard.print(diagnostics)
    return review.filled?.config ?? contents.config
  }
}

/// Several errors that were found together.
struct Faults: Error {
  /// The errors; the first decides the exit code.
  var errors: [ForgeError]
}
