@testable import ForgeModel
import Foundation

@testable import DCOSForgeCore

/// A throw-away CentOS-shaped root folder in which node scripts run for real, without a virtual
/// machine.
///
/// Real: bash, coreutils, sed, awk, Python, the kernel's view of sockets (in a network namespace of
/// its own). Stand-ins, because a test cannot have them: systemctl, rpm, yum, docker, getenforce,
/// setenforce, modprobe, hostname, groupadd, journalctl, chronyc. They keep their state under
/// `/var/stub` and append each call to `/var/stub/calls`. Nothing outside the folder is changed;
/// nothing runs after the script.
final class NodeSandbox {
  let root: URL

  /// Whether namespaces of our own can be had here (they can for root and on most desktops).
  static func isPossible() async -> Bool {
    let words = ["/usr/bin/unshare"] + namespaces + ["/bin/true"]
    return (try? await LocalProgram.run(words))?.succeeded == true
  }

  private static let namespaces =
    (geteuid() == 0 ? [] : ["--map-root-user"])
    + ["--mount", "--net", "--pid", "--uts", "--fork", "--kill-child"]

  /// The real commands that the sandbox has.
  private static let tools = [
    "awk", "bash", "cat", "chmod", "cmp", "cp", "cut", "date", "df", "env", "flock", "getent",
    "grep",
    "head",
    "id", "ip", "kill", "ln", "ls", "mkdir", "mktemp", "mount", "mv", "od", "perl", "python3",
    "readlink",
    "rm",
    "sed", "setsid", "sh", "sleep", "sort", "ss", "tail", "tar", "tee", "timeout", "touch", "tr",
    "true", "uname",
  ]

  init() throws {
    root = FileManager.default.temporaryDirectory
      .appendingPathComponent("forge-node-\(UUID().uuidString)")
    let folders = [
      "host", "lib", "proc", "dev", "sys", "tmp", "run", "root", "opt", "usr/bin", "usr/sbin",
      "usr/local/bin", "usr/local/sbin", "usr/share", "etc/yum.repos.d", "etc/selinux",
      "etc/docker",
      "var/lib", "var/log", "var/stub/units", "var/stub/rpm",
    ]
    for folder in folders { try makeFolder(folder) }
    for (name, target) in [
      ("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib64", "host/lib64"),
      ("usr/lib", "../lib"), ("usr/share/perl", "/host/usr/share/perl"),
    ] {
      try link(name, to: target)
    }
    // The host's libraries, but not its kernel's modules.
    for name in try FileManager.default.contentsOfDirectory(atPath: "/usr/lib")
    where name != "modules" {
      try link("lib/\(name)", to: "/host/usr/lib/\(name)")
    }
    try link(Self.tools)
    for (name, body) in NodeStubs.commands { try program("usr/local/sbin/\(name)", body) }
    try write("etc/group", "root:x:0:\nnobody:x:99:\n")
    try write("etc/hosts", "127.0.0.1 localhost\n")
    try write("etc/selinux/config", "# comment\nSELINUX=enforcing\nSELINUXTYPE=targeted\n")
    try write("var/stub/enforce", "Enforcing\n")
    try write("var/stub/filesystems", "nodev\tproc\n\text4\n")
    try write("var/stub/cmdline", "root=/dev/vda\n")
    try write("var/stub/cgroups", Self.cgroups(hierarchies: [3, 4, 4, 11]))
    try unit("firewalld", active: "active", file: "enabled")
    try write("var/stub/calls", "")
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  /// Runs a script as a node would; `before` is shell code that runs first, inside.
  func run(_ script: String, before: String = "") async throws -> CommandResult {
    try write("var/stub/before", before + "\n")
    let setup = """
      set -e
      r=$1
      mount --make-rprivate /
      mount --rbind / "$r/host"
      mount -t proc proc "$r/proc"
      mount --rbind /dev "$r/dev"
      mount --bind "$r/var/stub/filesystems" "$r/proc/filesystems"
      mount --bind "$r/var/stub/cmdline" "$r/proc/cmdline"
      mount --bind "$r/var/stub/cgroups" "$r/proc/cgroups"
      ip link set lo up
      ip address add 10.1.1.49/32 dev lo
      hostname lxzk01 2>/dev/null || echo lxzk01 >/proc/sys/kernel/hostname
      exec chroot "$r" /usr/bin/bash -c '. /var/stub/before; eval "$(cat)" </dev/null'
      """
    return try await LocalProgram.run(
      ["/usr/bin/unshare"] + Self.namespaces + ["/bin/bash", "-c", setup, "-", root.path],
      input: script)
  }

  /// `/proc/cgroups` with the hierarchies of four controllers.
  static func cgroups(hierarchies: [Int]) -> String {
    "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
      + zip(["cpuset", "cpu", "cpuacct", "memory"], hierarchies)
      .map { "\($0)\t\($1)\t70\t1\n" }.joined()
  }

  // MARK: what is in it

  func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(
      at: root.appendingPathComponent(path), withIntermediateDirectories: true)
  }

  func write(_ path: String, _ text: String) throws {
    try makeFolder((path as NSString).deletingLastPathComponent)
    try Data(text.utf8).write(to: root.appendingPathComponent(path))
  }

  func program(_ path: String, _ body: String) throws {
    try write(path, "#!/usr/bin/bash\n" + body)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: root.appendingPathComponent(path).path)
  }

  func remove(_ path: String) throws {
    try FileManager.default.removeItem(at: root.appendingPathComponent(path))
  }

  func read(_ path: String) -> String? {
    (try? Data(contentsOf: root.appendingPathComponent(path)))
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// Puts real commands of this machine there; those that it lacks are left out.
  func link(_ tools: [String]) throws {
    let there = Set(
      try FileManager.default.contentsOfDirectory(
        atPath: root.appendingPathComponent("usr/bin").path))
    for tool in tools where !there.contains(tool) {
      let path = ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"].map { $0 + tool }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
      guard let path else { continue }
      let real = tool == "bash" ? LocalScript.bash : path
      try link(
        "usr/bin/\(tool)", to: "/host" + URL(fileURLWithPath: real).resolvingSymlinksInPath().path)
    }
  }

  private func link(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: root.appendingPathComponent(path).path, withDestinationPath: target)
  }

  /// Puts a unit there.
  func unit(_ name: String, active: String, file: String = "disabled") throws {
    try write("var/stub/units/\(name).service", "loaded \(active) \(file)\n")
  }

  /// Puts an installed package there, as version-release.
  func package(_ name: String, _ version: String) throws {
    try write("var/stub/rpm/\(name)", version + "\n")
  }

  /// The calls of stand-ins since the last time.
  func takeCalls() throws -> [String] {
    let calls = (read("var/stub/calls") ?? "").split(separator: "\n").map(String.init)
    try write("var/stub/calls", "")
    return calls
  }
}

/// The stand-ins' programs.
enum NodeStubs {
  static let commands = [
    ("systemctl", systemctl), ("rpm", rpm), ("yum", yum), ("docker", ""),
    ("getenforce", getenforce),
    ("setenforce", setenforce), ("modprobe", modprobe), ("hostname", hostname),
    ("groupadd", groupadd), ("journalctl", journalctl), ("chronyc", chronyc),
  ].filter { !$0.1.isEmpty }

  static let systemctl = """
    u=/var/stub/units
    command=$1; shift
    case $command in
      show)
        while [ "$1" = -p ]; do shift 2; done
        [ "$1" != -- ] || shift
        first=yes
        for unit; do
          [ -n "$first" ] || echo; first=
          load=not-found active=inactive file=
          [ ! -e $u/$unit ] || read -r load active file <$u/$unit
          echo LoadState=$load; echo ActiveState=$active; echo UnitFileState=$file
        done
        exit ;;
    esac
    echo "systemctl $command $*" >>/var/stub/calls
    unit=$1
    [ -e $u/$unit ] || { echo "Unit $unit not loaded." >&2; exit 5; }
    read -r load active file <$u/$unit
    case $command in
      start | restart)
        if [ -e /var/stub/broken-$unit ]; then
          echo "$load failed $file" >$u/$unit
          echo "Job for $unit failed." >&2; exit 1
        fi
        active=active
        if [ $unit = docker.service ]; then
          driver=$(sed -n 's/.*"storage-driver": *"\\([^"]*\\)".*/\\1/p' \
    /etc/docker/daemon.json 2>/dev/null)
          live=false; grep -q '"live-restore": *true' /etc/docker/daemon.json \
    2>/dev/null && live=true
          echo "${driver:-devicemapper} $live" >/var/stub/docker
        fi ;;
      stop)
        active=inactive
        [ ! -e /run/pid-$unit ] || kill $(cat /run/pid-$unit) ;;
      enable) file=enabled ;;
      disable) file=disabled ;;
    esac
    echo "$load $active $file" >$u/$unit
    """

  static let rpm = """
    [ "$1" = -q ] || exit 2
    shift
    [ "$1" != --qf ] || shift 2
    [ "$1" != -- ] || shift
    status=0
    for name; do
      if [ -e /var/stub/rpm/$name ]; then echo "$name $(cat /var/stub/rpm/$name)"
      else echo "package $name is not installed"; status=1; fi
    done
    exit $status
    """

  /// `/var/stub/yum-faults` holds one word per call: `mirror`, `lock`, `absent` or `ok`; none means
  /// ok.
  static let yum = """
    echo "yum $*" >>/var/stub/calls
    fault=$(head -n 1 /var/stub/yum-faults 2>/dev/null)
    [ -z "$fault" ] || sed -i 1d /var/stub/yum-faults
    case $fault in
      mirror) echo "Cannot find a valid baseurl for repo: base/7/x86_64" >&2; exit 1 ;;
      lock) exit 200 ;;
      absent) echo "Error: Unable to find a match: $*" >&2; exit 1 ;;
    esac
    command=
    for word; do
      case $word in
        -*) continue ;;
        install | downgrade | clean) command=$word; continue ;;
      esac
      [ "$command" != clean ] || continue
      case $word in
        docker-ce-cli-*) name=docker-ce-cli version=${word#docker-ce-cli-} ;;
        docker-ce-*) name=docker-ce version=${word#docker-ce-} ;;
        *) name=$word version=1.0 ;;
      esac
      old=$(cat /var/stub/rpm/$name 2>/dev/null)
      if [ $command = install ] && [ -n "$old" ] &&
        [ "$(printf '%s\\n' "$old" "$version" | sort -V | tail -n 1)" = "$old" ]; then
        echo "Nothing to do" ; continue
      fi
      echo "$version-3.el7" >/var/stub/rpm/$name
      if [ $name = docker-ce ]; then
        cp /var/stub/docker-command /usr/local/sbin/docker
        [ -e /var/stub/units/docker.service ] || \
    echo loaded inactive disabled >/var/stub/units/docker.service
        grep -q ^docker: /etc/group || echo docker:x:993: >>/etc/group
      fi
      if [ $name = chrony ]; then
        echo '# as installed' >/etc/chrony.conf
        echo loaded inactive disabled >/var/stub/units/chronyd.service
      fi
    done
    """

  static let docker = """
    #!/usr/bin/bash
    case $1 in
      info)
        read -r _ active _ </var/stub/units/docker.service
        [ "$active" = active ] || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; }
        echo "$(cat /var/stub/docker) $(sed 's/-.*//' /var/stub/rpm/docker-ce)" ;;
      --version) echo "Docker version 1.13.1, build 07f3374/1.13.1" ;;
    esac
    """

  static let getenforce = "cat /var/stub/enforce\n"
  static let setenforce = """
    echo "setenforce $*" >>/var/stub/calls
    echo Permissive >/var/stub/enforce
    """
  static let modprobe = """
    echo "modprobe $*" >>/var/stub/calls
    [ ! -e /var/stub/no-modules ] || { echo "modprobe: FATAL: Module $1 not found." >&2; exit 1; }
    [ $1 != overlay ] || printf 'nodev\\toverlay\\n' >>/var/stub/filesystems
    """
  static let hostname = """
    grep -q "$(cat /proc/sys/kernel/hostname)" /etc/hosts && exec cat /proc/sys/kernel/hostname
    echo 'hostname: Name or service not known' >&2; exit 1
    """
  static let groupadd = """
    echo "groupadd $*" >>/var/stub/calls
    echo "$1:x:1001:" >>/etc/group
    """
  static let journalctl = "echo 'the last words of the journal'\n"
  static let chronyc = "cat /var/stub/tracking 2>/dev/null || exit 1\n"
}
