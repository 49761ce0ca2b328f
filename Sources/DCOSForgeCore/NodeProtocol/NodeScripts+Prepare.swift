import ForgeModel

/// The scripts that observe a node and make it ready for DC/OS.
extension NodeScript {
  static func facts(_ request: FactsRequest) -> NodeScript {
    let serving: [(name: String, value: Value)] = [
      ("serving_folder", .text(request.serving?.folder ?? "")),
      ("serving_image", .text(request.serving?.image ?? "")),
      ("serving_port", .text(request.serving.map { String($0.port) } ?? "")),
    ]
    return NodeScript(
      request.preparation.variables + request.time.variables + serving,
      files: [
        PackageResources.dcos_sh, PackageResources.survey_sh, PackageResources.checks_sh,
        PackageResources.clock_sh, PackageResources.time_sh, PackageResources.serving_sh,
        PackageResources.facts_sh,
      ])
  }

  static func prepare(_ preparation: Preparation) -> NodeScript {
    NodeScript(
      preparation.variables,
      files: [
        PackageResources.dcos_sh, PackageResources.survey_sh, PackageResources.checks_sh,
        PackageResources.prepare_sh,
      ])
  }

  static func configureTime(_ settings: TimeSettings) -> NodeScript {
    NodeScript(
      settings.variables,
      files: [PackageResources.survey_sh, PackageResources.time_sh, PackageResources.time_main_sh])
  }

  static var clock: NodeScript {
    NodeScript(files: [PackageResources.clock_sh, PackageResources.clock_main_sh])
  }

  /// Runs the script up to three times, until once within DC/OS's limit; each run may take 10 s.
  static func detectIP(_ script: String) -> NodeScript {
    NodeScript(
      [
        ("detect_script", .text(script)), ("detect_runs", .text("3")),
        ("detect_limit", .text("10")),
      ],
      files: [PackageResources.detect_ip_sh])
  }

  /// Waits an hour at most; the caller's own limit is shorter.
  static var awaitCloudInit: NodeScript {
    NodeScript(
      [("cloud_init_limit", .text("3600"))],
      files: [PackageResources.survey_sh, PackageResources.await_cloud_init_sh])
  }

  static func authorize(_ key: String, _ account: String) -> NodeScript {
    NodeScript(
      [("key", .text(key)), ("account", .text(account))], files: [PackageResources.authorize_sh])
  }

  static var forget: NodeScript { NodeScript(files: [PackageResources.forget_sh]) }

  static var seal: NodeScript {
    NodeScript(files: [PackageResources.dcos_sh, PackageResources.seal_sh])
  }
}

extension Preparation {
  /// The values that `checks.sh` and `prepare.sh` read.
  var variables: [(name: String, value: NodeScript.Value)] {
    let needed = Prerequisites.packages(for: self)
    let repositories = packages.repositories
    return [
      ("role", .text(role.rawValue)),
      ("packages", .list(needed.map { "\($0.name):\($0.command)" })),
      ("groups", .list(Prerequisites.groups(for: self))),
      ("docker_packages", .list(packages.dockerPackages)),
      ("docker_version", .text(packages.dockerVersion)),
      ("repository_files", .list(repositories.map { "dcosforge-\($0.id).repo" })),
      ("repository_texts", .list(repositories.map(\.text))),
      ("docker_repository", .text(repositories.isEmpty ? PackageSpec.dockerRepository : "")),
      ("replaces_repositories", .text(packages.replacesRepositories ? "1" : "0")),
    ]
  }
}

extension PackageSpec {
  /// The packages that make up Docker: its client is one of its own from 18.09 on.
  var dockerPackages: [String] {
    let numbers = dockerVersion.split(separator: ".").prefix(2).compactMap { Int($0) }
    let hasClient = numbers.count == 2 && (numbers[0], numbers[1]) >= (18, 9)
    return dockerPackage == "docker-ce" && hasClient
      ? [dockerPackage, "docker-ce-cli"] : [dockerPackage]
  }

  /// Docker's own repository for CentOS 7, as its `docker-ce.repo` has it.
  static let dockerRepository = """
    [docker-ce-stable]
    name=Docker CE Stable - $basearch
    baseurl=https://download.docker.com/linux/centos/7/$basearch/stable
    enabled=1
    gpgcheck=1
    gpgkey=https://download.docker.com/linux/centos/gpg
    """
}

extension PackageSpec.Repository {
  /// The content of the `.repo` file, without the line end after its last line.
  var text: String {
    var lines = [
      "[dcosforge-\(id)]", "name=\(id) (written by dcosforge)", "baseurl=\(baseURL)", "enabled=1",
      "gpgcheck=\(checksSignatures ? 1 : 0)",
    ]
    if let key { lines.append("gpgkey=\(key)") }
    return lines.joined(separator: "\n")
  }
}

extension TimeSettings {
  /// The values that `time.sh` reads.
  var variables: [(name: String, value: NodeScript.Value)] {
    [
      ("time_servers", .list(servers)),
      ("time_serves_to", .text(servesTo?.description ?? "")),
      ("time_mask", .text(servesTo?.mask.description ?? "")),
    ]
  }
}
