import ForgeModel

extension NodeScript {
  static func prepare(_ preparation: Preparation) -> NodeScript {
    NodeScript(
      preparation.variables,
      files: [
        PackageResources.dcos_sh, PackageResources.survey_sh, PackageResources.checks_sh,
        PackageResources.prepare_sh,
      ])
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
