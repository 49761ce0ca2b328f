package import ForgeModel

/// One libvirt connection, in libvirt's own verbs and our own values.
///
/// Real: `Libvirt/LibvirtHypervisor`. Simulated: `Simulation/SimulatedHypervisor`. Both pass the
/// same contract suite. All methods throw ``ForgeError`` of category `hypervisor`; a connection
/// that broke has disposition `retry`. Creating what exists already under the same name throws a
/// `final` error, removing what is not there succeeds. No method waits for a guest. In a cancelled
/// task nothing is begun, ``removeLease(uuid:)`` excepted: category `interrupted` is thrown
/// instead.
package protocol Hypervisor: Sendable {
  /// Reads what the host is and has left.
  func host() async throws(ForgeError) -> HostFacts

  /// Lists the networks, by name.
  func networks() async throws(ForgeError) -> [NetworkRecord]
  /// Defines (or redefines, same UUID) a persistent network with autostart, and starts it.
  ///
  /// On a running network, host entries are added and removed live, without a restart; another
  /// range, gateway or mode throws, because guests would lose their link.
  func ensureNetwork(_ definition: NetworkDefinition) async throws(ForgeError)
  /// Stops and undefines the network with that UUID.
  func removeNetwork(uuid: String) async throws(ForgeError)

  /// Lists the storage pools, by name, and looks into none: libvirt stops a pool whose scan fails.
  func pools() async throws(ForgeError) -> [PoolRecord]
  /// What is in the pool with that UUID, freshly scanned; nil when there is no such pool or it does
  /// not run.
  func poolContents(uuid: String) async throws(ForgeError) -> PoolContents?
  /// Defines a persistent directory pool with autostart, builds its folder, and starts it.
  ///
  /// A pool that is new must find its folder empty: the pool's volumes are ours to delete.
  func ensurePool(_ definition: PoolDefinition) async throws(ForgeError)
  /// Starts the pool with that UUID as it is defined, with an empty folder where its own is gone;
  /// no pool is no error.
  func startPool(uuid: String) async throws(ForgeError)
  /// Deletes the pool's volumes, stops and undefines the pool with that UUID; removes its folder
  /// when empty.
  func removePool(uuid: String) async throws(ForgeError)

  /// Creates an empty or overlay volume; an overlay smaller than its backing volume throws.
  func createVolume(_ volume: VolumeDefinition, in pool: String) async throws(ForgeError)
  /// Creates a volume and fills it through a stream.
  ///
  /// The name appears in ``PoolContents/volumes`` only once the content is whole; what an upload
  /// that was cut off left behind is replaced by the next one. A file that is not what its checksum
  /// says leaves no volume. A cancelled task's upload stops within one chunk and throws category
  /// `interrupted`. `progress` gets the number of bytes sent so far.
  func uploadVolume(
    _ volume: VolumeDefinition, in pool: String, from content: ByteSource,
    progress: @Sendable (Int64) -> Void
  ) async throws(ForgeError)
  func deleteVolume(_ name: String, in pool: String) async throws(ForgeError)

  /// Lists the domains, by name, with our marks; leases are not among them.
  func domains() async throws(ForgeError) -> [DomainRecord]
  /// Defines a persistent domain, validated against libvirt's schema; redefines the one with the
  /// same UUID.
  func defineDomain(_ definition: DomainDefinition) async throws(ForgeError)
  /// Starts a domain; one that runs already is left as it is, a paused one is resumed.
  func startDomain(uuid: String) async throws(ForgeError)
  /// Stops a domain at once, as if its power was cut.
  func destroyDomain(uuid: String) async throws(ForgeError)
  /// Undefines a domain that does not run, with its snapshots' metadata, managed save and console
  /// volume; one that runs throws.
  func undefineDomain(uuid: String) async throws(ForgeError)
  /// Replaces the mark of a domain, whether or not it runs; throws when there is no such domain.
  func setMark(_ mark: OwnershipMark, uuid: String) async throws(ForgeError)
  /// The addresses under which the host knows the machine, sorted: those of its ARP table, or else
  /// those its DHCP server has leased; none when nothing is known or the domain does not run.
  func addresses(uuid: String) async throws(ForgeError) -> [IPv4Address]
  /// The domain's definition as libvirt's XML, without secrets; throws when there is no such
  /// domain.
  func domainXML(uuid: String) async throws(ForgeError) -> String
  /// The last lines of the serial console's log, for error messages; empty when it cannot be had.
  func consoleTail(uuid: String, lines: Int) async -> String

  /// The lease on the cluster of that name; nil when there is none, whatever else has its domain's
  /// name.
  func lease(of cluster: String) async throws(ForgeError) -> Lease?
  /// Puts a lease there: of several at once, one succeeds and the others throw as for a name that
  /// is taken.
  ///
  /// The same lease again, by UUID, replaces it.
  func createLease(_ lease: Lease) async throws(ForgeError)
  /// Replaces what the lease of that UUID says; false when it is gone.
  func renewLease(_ lease: Lease) async throws(ForgeError) -> Bool
  /// Removes the lease of that UUID, also in a cancelled task; a domain that is no lease is left as
  /// it is.
  func removeLease(uuid: String) async throws(ForgeError)
}

/// Turns the texts of a NoCloud seed, by file name, into a disk image.
package typealias SeedBuilder =
  @Sendable (_ files: [String: String]) async throws(ForgeError) -> [UInt8]
