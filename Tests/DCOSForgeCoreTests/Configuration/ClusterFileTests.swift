@testable import ForgeSupport
@testable import ForgeModel
@testable import ForgeConfiguration
import Testing

@testable import DCOSForgeCore

/// Reads a cluster file in /base with an environment.
func readClusterFile(_ text: String, environment: [String: String] = [:])
  -> ClusterFileReader.Reading
{
  ClusterFileReader(environment: environment)
    .read(Array(text.utf8), file: "dcosforge.yaml", baseDirectory: "/base")
}

extension ClusterFileReader.Reading {
  var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

@Suite struct ClusterFileTests {
  private func cluster(_ text: String, environment: [String: String] = [:]) throws -> ClusterSpec {
    let reading = readClusterFile(text, environment: environment)
    #expect(reading.diagnostics == [])
    return try #require(reading.cluster)
  }

  @Test func theDefaultIsTheFoundingInstallation() throws {
    let cluster = try cluster("version: 1")
    #expect(cluster.name == "dcos_gsi")
    #expect(
      cluster.nodes.map { "\($0.name) \($0.role.rawValue) \($0.address)" } == [
        "lxcm02 bootstrap 10.1.1.8", "lxzk01 master 10.1.1.49", "lxzk02 master 10.1.1.50",
        "lxzk03 master 10.1.1.51", "lxb001 agent 10.1.1.13", "lxb002 agent 10.1.1.14",
        "lxb003 agent 10.1.1.15",
      ])
    #expect(cluster.nodes.allSatisfy { $0.size == .standard })
    #expect(cluster.image.source == ArtifactSource("/base/images/node.qcow2"))
    #expect(cluster.dcos.installer == ArtifactSource("/base/dcos_generate_config.sh"))
    #expect(cluster.dcos.genconf == "/base/genconf")
    #expect(cluster.dcos.version == DCOSVersion(1, 11, 2))
    #expect(cluster.network.gateway.description == "10.1.1.1")
    #expect(cluster.domain == "dcos-gsi.internal")
    #expect(cluster.bootstrapURL == "http://10.1.1.8:8080")
    #expect(cluster.hypervisor == HypervisorSpec())
    #expect(cluster.limits == LimitSpec())
  }

  static let everything = """
    version: 1
    cluster: my_own-1
    hypervisor: {uri: "qemu+ssh://root@kvm1/system", accelerator: kvm, \
    pool_path: /pool, allow_overcommit: true}
    network: {name: br0, mode: bridge, cidr: 192.168.8.0/22, \
    gateway: 192.168.11.254, resolvers: [9.9.9.9], domain: dc1.example.com}
    image:
      source: https://example.org/node.qcow2
      sha256: ABCDEF0000000000000000000000000000000000000000000000000000000000
      kernel: /boot/vmlinuz
      initrd: /boot/initrd
      kernel_arguments: console=ttyS0 root=/dev/vda1
    dcos:
      version: 1.13.9
      installer: {source: ../release/./installer.sh}
      genconf: /etc/genconf
      port: 9000
      nginx: {image: "r.example.org:5000/nginx:1", archive: nginx.tar}
    ssh: {user: centos, port: 2222, authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFFF me]}
    packages:
      repositories: [{id: base, baseurl: "http://mirror/os/", \
    gpgcheck: false, gpgkey: "file:///etc/k"}]
      replace: true
      docker: {package: docker, version: 1.13.1-7.el7}
    time: {servers: [bootstrap, ntp.example.org, 10.0.0.1]}
    limits: {boot: 1h30m, health: 90s}
    parallel: {steps: 1}
    sizes: {default: {memory: 9GiB}, master: {vcpus: 4}, public_agent: {disk: 100GiB}}
    nodes:
      - {names: boot, role: bootstrap, address: 192.168.8.1, mac: "52:54:00:AA:bb:cc", disk: 70GiB}
      - {names: "m[08-10]", role: master, address: [192.168.8.9, 192.168.9.9, 192.168.10.9]}
      - {names: "a,p[1-2]x", role: public_agent, address: 192.168.8.254}
    """

  @Test func everyKeyReachesItsPlace() throws {
    let cluster = try cluster(Self.everything)
    #expect(cluster.name == "my_own-1")
    #expect(cluster.hypervisor.uri == "qemu+ssh://root@kvm1/system")
    #expect(cluster.hypervisor.accelerator == .kvm)
    #expect(cluster.hypervisor.poolPath == "/pool")
    #expect(cluster.hypervisor.allowsOvercommit)
    #expect(cluster.network.mode == .bridge)
    #expect(cluster.network.gateway.description == "192.168.11.254")
    #expect(cluster.network.resolvers.map(\.description) == ["9.9.9.9"])
    #expect(cluster.domain == "dc1.example.com")
    #expect(cluster.image.source.isRemote)
    #expect(cluster.image.source.sha256?.description.hasPrefix("abcdef00") == true)
    #expect(cluster.image.kernel == "/boot/vmlinuz")
    #expect(cluster.image.initrd == "/boot/initrd")
    #expect(cluster.image.kernelArguments == "console=ttyS0 root=/dev/vda1")
    #expect(cluster.dcos.version == DCOSVersion(1, 13, 9))
    #expect(cluster.dcos.installer.location == "/release/installer.sh")
    #expect(cluster.dcos.genconf == "/etc/genconf")
    #expect(cluster.dcos.port == 9000)
    #expect(cluster.dcos.nginxImage == "r.example.org:5000/nginx:1")
    #expect(cluster.dcos.nginxArchive == ArtifactSource("/base/nginx.tar"))
    #expect(cluster.ssh.user == "centos")
    #expect(cluster.ssh.port == 2222)
    #expect(cluster.ssh.authorizedKeys.count == 1)
    let repository = PackageSpec.Repository(
      id: "base", baseURL: "http://mirror/os/", checksSignatures: false, key: "file:///etc/k")
    #expect(cluster.packages.repositories == [repository])
    #expect(cluster.packages.replacesRepositories)
    #expect(cluster.packages.dockerPackage == "docker")
    #expect(cluster.packages.dockerVersion == "1.13.1-7.el7")
    #expect(cluster.time.servers == [.bootstrap, .host("ntp.example.org"), .host("10.0.0.1")])
    #expect(cluster.limits.boot == .seconds(5400))
    #expect(cluster.limits.health == .seconds(90))
    #expect(cluster.parallel.steps == 1)
  }

  @Test func nodesAreExpandedWithTheirSizes() throws {
    let nodes = try cluster(Self.everything).nodes
    #expect(
      nodes.map { "\($0.name) \($0.address) \($0.size.memory) \($0.size.vcpus) \($0.size.disk)" }
        == [
          "boot 192.168.8.1 9GiB 2 70GiB", "m08 192.168.8.9 9GiB 4 60GiB",
          "m09 192.168.9.9 9GiB 4 60GiB", "m10 192.168.10.9 9GiB 4 60GiB",
          "a 192.168.8.254 9GiB 2 100GiB", "p1x 192.168.8.255 9GiB 2 100GiB",
          "p2x 192.168.9.0 9GiB 2 100GiB",
        ])
    #expect(nodes.first?.mac.description == "52:54:00:aa:bb:cc")
    #expect(nodes.last?.mac.description == "02:dc:c0:a8:09:00")
  }

  @Test func referencesAreReplaced() throws {
    let text = """
      version: ${env:VERSION}
      cluster: a${env:NAME}-${env:EMPTY:-x}${env:NONE:-y}
      hypervisor: {allow_overcommit: "${env:TRUTH}"}
      image: {source: "$${env:NAME}/${env:SECOND}"}
      """
    let cluster = try cluster(
      text,
      environment: [
        "VERSION": "1", "NAME": "b", "EMPTY": "", "TRUTH": "true", "SECOND": "${env:NAME}",
      ])
    #expect(cluster.name == "ab-xy")
    #expect(cluster.hypervisor.allowsOvercommit)
    #expect(cluster.image.source.location == "/base/${env:NAME}/${env:NAME}")
  }

  @Test func aliasesAndEmptySectionsAreFine() throws {
    let text = """
      version: 1
      network:
      sizes: {default: &size {memory: 10GiB, vcpus: 3, disk: 70GiB}, master: *size}
      """
    #expect(try cluster(text).nodes.allSatisfy { $0.size.memory == .gibibytes(10) })
  }

  @Test func theGatewayFollowsTheRange() throws {
    let text = """
      version: 1
      network: {cidr: 172.20.0.0/16}
      nodes:
        - {names: b, role: bootstrap, address: 172.20.0.2}
        - {names: m, role: master, address: 172.20.0.3}
        - {names: a, role: agent, address: 172.20.0.4}
      """
    #expect(try cluster(text).network.gateway.description == "172.20.0.1")
  }

  @Test func settingsReadBackToTheSameCluster() throws {
    for text in ["version: 1", Self.everything] {
      let reading = readClusterFile(text)
      let printed = ClusterFileText.yaml(try #require(reading.settings))
      #expect(try cluster(printed) == reading.cluster, "\(printed)")
      let json = try #require(reading.settings).prettyJSON()
      #expect(try cluster(json) == reading.cluster)
      #expect(readClusterFile(printed).settings == reading.settings)
    }
    let odd = readClusterFile("version: 1\nimage: {source: 'a $${x} é \"b\" #: yes'}")
    let printed = ClusterFileText.yaml(try #require(odd.settings))
    #expect(try cluster(printed) == odd.cluster)
    #expect(odd.cluster?.image.source.location == "/base/a ${x} é \"b\" #: yes")
  }
}
