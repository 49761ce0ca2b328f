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

/// What every command on a cluster works with.
struct Session {
  var spec: ClusterSpec
  let file: ClusterFileInput
  let folder: StateFolder
  let user: KeyPair
  let keys: ClusterKeys
  let clock = SystemClock()

  /// Runs the body while no other run works on the cluster, neither on this machine nor on another.
  func locked<Value: Sendable>(
    _ command: String, _ options: LockOptions, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let clock = WakefulClock()
    let deadline = clock.now.advanced(by: options.timeout.duration)
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

  /// Counts the generation of nodes up, past that of the machines that stand, and gives the keys
  /// that they have from then on.
  var renew: @Sendable ([NodeName: Int]) throws(ForgeError) -> ClusterKeys {
    { [folder, spec] (standing) throws(ForgeError) in
      try folder.retire(standing)
      return try folder.keys(for: spec).all
    }
  }

  /// A context on the cluster file's hypervisor.
  ///
  /// The `identity` logs in on the nodes; without one the cluster's own user key.
  func context(
    identity: KeyPair? = nil, sink: @escaping @Sendable (Event) -> Void = { _ in }
  ) throws(ForgeError) -> ForgeContext {
    ForgeContext(
      hypervisor: LibvirtHypervisor(uri: spec.hypervisor.uri),
      shell: try SSHShell(identity: identity ?? user), clock: clock, buildSeed: SeedImage.build,
      sink: sink, jitterSeed: UInt64(bitPattern: clock.wallMilliseconds))
  }

  /// Finds every content that `up` sends; throws all that is missing at once.
  func wanted(_ layers: LayerOptions) async throws -> WantedCluster {
    let evaluated = try evaluatedConfig()  // before anything is downloaded
    let artifacts = Artifacts(cache: folder.cachePath)
    var faults: [ForgeError] = []
    func find(_ source: ArtifactSource?, _ artifact: Artifact) async -> LocalArtifact? {
      guard let source else { return nil }
      do throws(ForgeError) {
        return try await artifacts.fetch(source, as: artifact)
      } catch {
        faults.append(error)
        return nil
      }
    }
    let image = await find(spec.image.source, .image)
    let installer = await find(spec.dcos.installer, .installer)
    let nginx = await find(spec.dcos.nginxArchive, .nginxArchive)
    var genconf: GenconfFiles?
    do throws(ForgeError) {
      genconf = try GenconfFolder(path: spec.dcos.genconf).read()
    } catch {
      faults.append(error)
    }
    guard faults.isEmpty, let image, let installer, let genconf else {
      throw Faults(errors: faults)
    }
    // Read again: a run that was waited for may have renewed them.
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
  /// Nil when the folder cannot be read. Prints warnings; throws ``InvalidConfiguration`` when
  /// DC/OS would refuse it or nodes would break.
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
