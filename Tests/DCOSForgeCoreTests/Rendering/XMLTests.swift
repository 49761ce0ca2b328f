@testable import ForgeModel
@testable import ForgeRendering
@testable import ForgePlanning
import Testing

@testable import DCOSForgeCore

@Suite struct XMLTests {
  private let blueprint = Blueprint(Samples.wanted())
  private let paths = DomainXML.Paths(
    disk: "/pool/disk.qcow2", seed: "/pool/seed.iso", console: "/pool/console.log")

  private func domain() -> DomainDefinition {
    var domain = blueprint.domain(Samples.spec.nodes[1], usesKVM: false)
    domain.mark.parts = [.memory: "8.0 GiB", .userKey: "f00"]
    return domain
  }

  // MARK: goldens

  @Test func network() throws {
    var network = try #require(blueprint.network)
    try Goldens.expect(NetworkXML.render(network), is: "libvirt/network-nat.xml")
    network.mode = .isolated
    network.hosts = []
    try Goldens.expect(NetworkXML.render(network), is: "libvirt/network-isolated.xml")
  }

  @Test func pool() throws {
    try Goldens.expect(PoolXML.render(blueprint.pool), is: "libvirt/pool.xml")
  }

  @Test func volumes() throws {
    let overlay = VolumeDefinition(
      name: "lxzk01.qcow2", capacity: .gibibytes(60), format: .qcow2, backing: "base.qcow2")
    let backing = VolumeXML.Backing(path: "/pool/base.qcow2", format: "qcow2")
    try Goldens.expect(
      VolumeXML.render(overlay, backing: backing), is: "libvirt/volume-overlay.xml")
    let base = VolumeDefinition(name: "base.qcow2", capacity: .gibibytes(2), format: .qcow2)
    try Goldens.expect(VolumeXML.render(base, backing: nil), is: "libvirt/volume-base.xml")
    let seed = VolumeDefinition(name: "seed.iso", capacity: .mebibytes(1), format: .raw)
    try Goldens.expect(VolumeXML.render(seed, backing: nil), is: "libvirt/volume-seed.xml")
  }

  @Test func domains() throws {
    var domain = domain()
    try Goldens.expect(
      DomainXML.render(domain, paths: paths), is: "libvirt/domain-emulated.xml")
    domain.usesKVM = true
    domain.attachment = .bridge("br0")
    domain.directBoot = .init(
      kernel: "/boot/vmlinuz", initrd: "/boot/initrd.img",
      arguments: "root=/dev/vda console=ttyS0 quiet=\"a & b\"")
    var paths = paths
    paths.console = nil
    try Goldens.expect(
      DomainXML.render(domain, paths: paths), is: "libvirt/domain-kvm-direct-boot.xml")
  }

  @Test func lease() throws {
    let lease = Lease(
      cluster: "dcos_gsi", uuid: "a3a1f7de-7a30-4d0c-9f3c-0f4b2a7a4c11",
      holder: LockHolder(
        user: "alice", host: "desk", pid: 4711, command: "up", since: 1_772_442_764_120),
      origin: "here", beat: 3, renewed: 1_772_442_779_120)
    let machine = try #require(
      LeaseXML.Machine(
        """
        <capabilities><host><cpu><arch>x86_64</arch></cpu></host>
        <guest><os_type>hvm</os_type><arch name='i686'><domain type='qemu'/></arch></guest>
        <guest><os_type>hvm</os_type>
        <arch name='x86_64'><domain type='kvm'/><domain type='qemu'/></arch></guest></capabilities>
        """))
    try Goldens.expect(LeaseXML.render(lease, on: machine), is: "libvirt/lease.xml")
    #expect(LeaseXML.lease(in: LeaseXML.metadata(lease), uuid: lease.uuid) == lease)
  }

  @Test(arguments: [
    ("<arch name='x86_64'><domain type='kvm'/></arch>", "kvm"),
    ("<arch name='x86_64'><domain type='test'/></arch>", "test"),
    ("<arch name='x86_64'/>", nil), ("", nil),
  ])
  func aLeaseIsWhateverTheHypervisorHas(_ guest: String, _ type: String?) {
    let machine = LeaseXML.Machine(
      "<capabilities><guest><os_type>hvm</os_type>\(guest)</guest></capabilities>")
    #expect(machine?.type == type)
    #expect(LeaseXML.Machine("<capabilities/>") == nil)
    #expect(LeaseXML.Machine("nonsense") == nil)
  }

  /// The names of the site's other hosts are asked elsewhere.
  @Test func aDomainOfTheSiteIsNotTheNetworksAlone() throws {
    var spec = Samples.spec
    spec.network.domain = "dc1.example.com"
    let network = try #require(Blueprint(Samples.wanted(spec)).network)
    let xml = NetworkXML.render(network)
    #expect(xml.contains(#"<domain name="dc1.example.com" localOnly="no">"#), "\(xml)")
    #expect(xml.contains("<hostname>lxzk01.dc1.example.com</hostname>"))
  }

  // MARK: reading

  @Test func aNetworkIsReadAsItWasWritten() throws {
    let wanted = try #require(blueprint.network)
    let read = try #require(NetworkXML.read(NetworkXML.render(wanted)))
    #expect(read.mode == wanted.mode && read.cidr == wanted.cidr && read.gateway == wanted.gateway)
    #expect(read.hosts == wanted.hosts.sorted { $0.address < $1.address })
    #expect(read.dns.count == wanted.hosts.count)
  }

  @Test(arguments: [
    ("<network><ip family='ipv6' address='fd00::1' prefix='64'/></network>", nil),
    ("<network><ip address='192.168.7.1' prefix='20'/></network>", "192.168.0.0/20"),
    ("<network><ip address='192.168.7.1' netmask='255.255.255.0'/></network>", "192.168.7.0/24"),
    ("<network><ip address='192.168.7.1'/></network>", nil),
    ("<network><ip address='192.168.7.1' prefix='99'/></network>", nil),
    ("<network><ip address='nonsense' prefix='24'/></network>", nil),
    ("<network/>", nil),
  ])
  func aForeignNetworksRangeIsRead(_ xml: String, _ cidr: String?) throws {
    #expect(try #require(NetworkXML.read(xml)).cidr?.description == cidr)
  }

  @Test(arguments: [
    "", "x", "<domain/>", "<network>", "<network><ip", "\0", "<network>&bad;</network>",
  ])
  func whatIsNoNetworkIsNotRead(_ xml: String) {
    #expect(NetworkXML.read(xml) == nil)
  }

  @Test func hostsOfAForeignNetworkThatLackAPartAreLeftOut() throws {
    let read = try #require(
      NetworkXML.read(
        """
        <network><ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.2' end='10.0.0.9'/>
        <host mac='52:54:00:00:00:01' ip='10.0.0.3'/><host name='x' ip='10.0.0.3'/>
        <host mac='52:54:00:00:00:02' name='ok' ip='10.0.0.4'/>
        <host mac='52:54:00:00:00:02' name='Not A Name' ip='10.0.0.5'/></dhcp></ip></network>
        """))
    #expect(read.hosts.map(\.name) == [Samples.name("ok")])
  }

  /// The host key stands there whole: who has lost it knows from the mark which machine to trust.
  @Test func aMarkHoldsTheWholeHostKey() throws {
    let node = Samples.spec.nodes[1]
    let definition = blueprint.domain(node, usesKVM: false)
    let key = [UInt8](repeating: 1, count: 32)
    #expect(definition.mark.parts[.hostKey] == "ssh-ed25519 \(HostKey.base64(of: key))")
    let read = try #require(DomainXML.mark(in: DomainXML.metadata(definition.mark)))
    #expect(read == definition.mark)
    #expect(read.parts[.hostKey].flatMap(HostKey.publicKey) == key)
    #expect(read.awaitsProof)
  }

  @Test func aMarkNeedsAllItsParts() {
    let whole = """
      <dcosforge:node xmlns:dcosforge='urn:dcosforge:mark:1' \
      cluster='c' node='n' role='agent' address='10.1.1.13' generation='1'>\
      <dcosforge:user-key>f00</dcosforge:user-key></dcosforge:node>
      """
    let mark = DomainXML.mark(in: whole)
    #expect(mark?.node == Samples.name("n"))
    #expect(mark?.parts == [.userKey: "f00"])
    #expect(mark?.awaitsProof == false, "what older machines do not say")
    for part in [
      "cluster='c'", "node='n'", "role='agent'", "address='10.1.1.13'", "generation='1'",
    ] {
      #expect(DomainXML.mark(in: whole.replacing(part, with: "")) == nil)
    }
    for number in ["one", "0", "-1", "1.5", "9223372036854775807"] {
      #expect(DomainXML.mark(in: whole.replacing("'1'", with: "'\(number)'")) == nil)
    }
    #expect(DomainXML.mark(in: whole.replacing("node='n'", with: "node='N N'")) == nil)
    #expect(DomainXML.mark(in: whole.replacing("dcosforge:node", with: "dcosforge:other")) == nil)
    #expect(DomainXML.mark(in: "") == nil)
  }

  /// Such as the smallest number, from which no time can be counted.
  @Test func aLeaseWithANumberOutOfRangeIsNone() throws {
    let lease = Lease(
      cluster: "c", uuid: "u",
      holder: LockHolder(user: "a", host: "h", pid: 11, command: "up", since: 12),
      origin: "o", beat: 13, renewed: 14)
    let whole = LeaseXML.metadata(lease)
    #expect(LeaseXML.lease(in: whole, uuid: "u") == lease)
    for number in ["11", "12", "13", "14"] {
      for wild in ["-9223372036854775808", "9223372036854775807", "1e300", ""] {
        let text = whole.replacing("\"\(number)\"", with: "\"\(wild)\"")
        #expect(text != whole && LeaseXML.lease(in: text, uuid: "u") == nil, "\(text)")
      }
    }
  }

  @Test func theConsolesFileIsFound() {
    let xml = DomainXML.render(domain(), paths: paths)
    #expect(DomainXML.consoleFile(in: xml) == "/pool/console.log")
    #expect(DomainXML.consoleFile(in: "<domain><devices><serial/></devices></domain>") == nil)
  }
}
