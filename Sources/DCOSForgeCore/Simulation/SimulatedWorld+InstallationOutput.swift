import ForgeNodeProtocol
import ForgeModel

/// What a simulated node prints when it generates, serves, fetches, checks and installs DC/OS.
extension SimulatedWorld {
  func generated(
    _ wanted: Generation, _ course: TaskSchedule, _ node: SimulatedNode
  ) -> CommandResult {
    if course.refusal == .noFolder { return Self.failed("there is no folder \(wanted.folder)") }
    let isThere = node.generated?.inputs == wanted.inputs
    let record: GenerateReport.Record =
      if course.refusal == .corrupt {
        .init(state: "corrupt", installer: false)
      } else if course.steps.isEmpty, isThere {
        .init(state: "current", installer: true)
      } else if isThere {
        .init(state: course.hasJoined ? "joined" : "generated", status: 0, installer: true)
      } else if let failure = node.generationFailure {
        .init(state: "failed", status: 1, installer: false, log: failure + "\n")
      } else {
        .init(state: "torn", installer: false)
      }
    return Self.printed(GenerateReport.text(record))
  }

  func served(_ course: TaskSchedule, _ node: SimulatedNode) -> CommandResult {
    var record: ServeReport.Record =
      switch course.refusal {
      case .noFolder?: .init(state: "nothing", detail: "genconf/serve/dcos_install.sh is not there")
      case .noDocker?: .init(state: "no-image", detail: "docker: command not found")
      case .corrupt?, .byMesos?, nil:
        course.steps.isEmpty
          ? .init(state: "unchanged") : .init(state: "started", detail: "there is no container")
      }
    record.sum = node.generated?.installer.description ?? ""
    return Self.printed(ServeReport.text(record))
  }

  func fetched(_ url: String) -> CommandResult {
    let refused = "Failed to connect: Connection refused"
    let archive = "/bootstrap/simulated.bootstrap.tar.xz"
    let isServed = served(at: url) != nil
    func file(
      _ name: String, _ path: String, _ bytes: Int64, _ text: String = ""
    ) -> FetchReport.Record {
      isServed
        ? .init(name: name, path: path, bytes: bytes, text: text, url: url + path)
        : .init(
          name: name, path: path, bytes: 0, status: 7, http: 0, error: refused, url: url + path)
    }
    return Self.printed(
      FetchReport.text(
        [
          file("script", "/dcos_install.sh", 40_000),
          file("latest", "/bootstrap.latest", 10, "simulated"),
          file("archive", archive, 0, "Content-Length: 900000000\r\n"),
          file("sample", archive, 1 << 20),
        ], .init(text: isServed ? url + "/bootstrap/\n" : "")))
  }

  func preflighted(
    _ wanted: Installation, _ course: TaskSchedule, _ node: SimulatedNode
  ) -> CommandResult {
    let state = InstallationRecord(
      state: node.scriptState, roles: node.roleFiles, detail: node.scriptDetail)
    guard state.state == "absent" || state.state == "broken" else {
      return Self.printed(PreflightReport.text(state))
    }
    let installer = installer(wanted)
    guard installs(wanted) else {
      return Self.printed(PreflightReport.text(state, installer: installer))
    }
    let lines = ["Checking if DC/OS is already installed: PASS (Not installed)"] + course.preflight
    return Self.printed(
      PreflightReport.text(
        state, installer: installer,
        run: .init(status: course.failures, text: lines.joined(separator: "\n") + "\n"),
        sockets: .init(text: "")))
  }

  /// What comes when a node asks for `dcos_install.sh`.
  private func installer(_ wanted: Installation) -> InstallerRecord {
    let url = wanted.bootstrapURL + "/dcos_install.sh"
    return served(at: wanted.bootstrapURL).map {
      InstallerRecord(url: url, sum: $0.installer.description)
    } ?? InstallerRecord(url: url, sum: "", status: 7, http: 0, error: "Connection refused")
  }

  /// Whether the `dcos_install.sh` that comes is the wanted one, so that a node runs it.
  func installs(_ wanted: Installation) -> Bool {
    served(at: wanted.bootstrapURL)?.installer == wanted.installer
  }

  func installed(
    _ wanted: Installation, _ course: TaskSchedule, _ node: SimulatedNode
  ) -> CommandResult {
    var record = InstallReport.Record(
      state: "failed", status: 1, dcos: node.scriptState, roles: node.roleFiles,
      detail: node.scriptDetail)
    if node.installedRole == wanted.role {
      record.state =
        course.steps.isEmpty ? "unchanged" : course.hasJoined ? "joined" : "installed"
      record.status = course.steps.isEmpty ? nil : 0
    } else if node.installedRole != nil {
      record.state = "other-role"
      record.status = nil
    } else if let failure = node.installationFailure, !course.steps.isEmpty {
      record.journal = failure + "\n"
    } else if case .broken = node.dcos {
      record.state = "broken"
      record.status = nil
    } else if course.failures > 0 {
      record.status = course.failures
      record.log =
        course.preflight.joined(separator: "\n")
        + "\nPreflight checks failed. Exiting installation. Please consult product documentation\n"
    } else if course.steps.isEmpty {
      return Self.printed(InstallReport.text(installer: installer(wanted)))
    } else {
      record.state = "torn"
      record.status = nil
    }
    return Self.printed(InstallReport.text(record))
  }
}

extension SimulatedNode {
  /// DC/OS's state in the scripts' word.
  var scriptState: String {
    switch dcos {
    case .absent: "absent"
    case .installing: "installing"
    case .installed: "installed"
    case .broken: "broken"
    }
  }

  /// What speaks for the state.
  var scriptDetail: String {
    if case .broken(let detail) = dcos { detail } else { "simulated" }
  }

  /// The files under `/etc/mesosphere/roles`.
  var roleFiles: String {
    (installedRole ?? installation?.wanted.role)?.installerArgument ?? ""
  }
}
