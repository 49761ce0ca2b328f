import Testing

@testable import DCOSForgeCore

/// A ``NodeSandbox`` in which DC/OS can be generated, served and installed.
///
/// Real: bash, curl, the detached processes, an HTTP server. Stand-ins: systemd (`systemd-run`
/// starts a process in a session of its own, `systemctl` looks whether it lives), Docker (a
/// "container" is an HTTP server in a mount namespace of its own with the folder bound into it),
/// and DC/OS's two scripts, which do what `/var/stub/behaviour` says and note each run in
/// `/var/stub/runs`.
struct InstallSandbox {
  static let url = "http://10.1.1.49:8000"
  let node: NodeSandbox

  init() throws {
    node = try NodeSandbox()
    try node.link(["curl", "findmnt", "sha256sum", "stat", "unshare"])
    try node.program("usr/local/sbin/systemctl", Self.systemctl)
    try node.program("usr/local/sbin/systemd-run", Self.systemdRun)
    try node.program("usr/local/sbin/docker", Self.docker)
    try node.write("var/stub/runs", "")
    try node.write("var/stub/lib", Self.library)
    for folder in [
      "var/stub/units", "var/stub/served", "usr/share/nginx/html", "root/dcos/genconf",
      "etc/systemd/system/multi-user.target.wants", "etc/mesosphere/roles",
    ] {
      try node.makeFolder(folder)
    }
  }

  /// How often a stand-in of DC/OS's scripts ran, with its arguments.
  var runs: [String] { (node.read("var/stub/runs") ?? "").split(separator: "\n").map(String.init) }

  func behave(_ body: String) throws { try node.write("var/stub/behaviour", body + "\n") }

  /// What DC/OS's script does while it waits for a second script that follows its log.
  static let untilFollowed = """
    for i in {1..3000}; do [ -e /var/stub/followed ] && break; sleep 0.1; done

    """

  /// Shell code for `before`: a script runs, its connection is lost once DC/OS's script runs, and
  /// ``untilFollowed`` waits for the next one, which has a running `tail`.
  func lostConnection(_ script: String, unit: String) throws -> String {
    try node.write("var/stub/first", script)
    return """
      setsid bash /var/stub/first </dev/null >/dev/null 2>&1 &
      for i in {1..3000}; do [ -s /var/stub/runs ] && break; sleep 0.1; done
      following() { grep -qs '^[0-9]* (tail) [^ZX]' /proc/[0-9]*/stat; }
      kill -9 -- -$!
      wait $! 2>/dev/null
      while following; do sleep 0.1; done
      systemctl is-active \(unit) >/dev/null || exit 97
      (for i in {1..3000}; do following && break; sleep 0.1; done; : >/var/stub/followed) &
      """
  }

  /// Shell code for `before`: serves a folder on the port of ``url``.
  static func serve(_ folder: String, port: Int = 8000) -> String {
    """
    python3 -m http.server \(port) --directory \(folder) >/dev/null 2>&1 &
    for i in {1..3000}; do : 2>/dev/null </dev/tcp/127.0.0.1/\(port) && break; sleep 0.1; done
    """
  }

  private static let library = """
    # alive NAME: whether the process of a unit lives; it does not once it is a zombie.
    alive() {
      [ -e /var/stub/units/$1.pid ] || return 1
      read -r pid began </var/stub/units/$1.pid
      # Each script runs in a process namespace of its own, where the number may be another's.
      [ -n "$began" ] && [ "$began" = "$(began $pid)" ] && ! grep -q '^State:.Z' /proc/$pid/status
    }
    # began PID: when the process began, in the kernel's ticks.
    began() { cut -d ' ' -f 22 /proc/$1/stat 2>/dev/null; }
    """

  private static let systemctl = """
    . /var/stub/lib
    command=$1; shift
    case $command in
      is-active)
        unit=${1%.service}
        if alive $unit; then echo active; exit 0; fi
        cat /var/stub/units/$unit.state 2>/dev/null && exit 3
        echo inactive; exit 3 ;;
      show)
        [ "$2" = MainPID ] || exit 2
        if alive ${3%.service}; then echo MainPID=$pid; else echo MainPID=0; fi ;;
      start)
        echo "systemctl start $1" >>/var/stub/calls
        . /var/stub/start ;;
      *) echo "systemctl $command $*" >>/var/stub/calls ;;
    esac
    """

  private static let systemdRun = """
    . /var/stub/lib
    for word; do
      case $word in --unit=*) unit=${word#--unit=} ;; --*) ;; *) break ;; esac
      shift
    done
    echo "systemd-run $unit" >>/var/stub/calls
    alive $unit && { echo "Unit $unit.service already exists." >&2; exit 1; }
    setsid env -i PATH="$PATH" "$@" </dev/null >/dev/null 2>&1 &
    echo "$! $(began $!)" >/var/stub/units/$unit.pid
    echo "Running as unit: $unit.service" >&2
    """

  /// Knows one container and one image; `/var/stub/docker-fault` makes `run` fail with its text.
  private static let docker = """
    d=/var/stub/container
    echo "docker $1 $2" >>/var/stub/calls
    case "$1 $3" in
      'inspect image')
        [ -e /var/stub/image ] || { echo "Error: No such image" >&2; exit 1; }
        [ "$4" != -f ] || cat /var/stub/image ;;
      'inspect container')
        [ -e $d ] || { echo "Error: No such container" >&2; exit 1; }
        read -r running image published policy pid source <$d
        [ -e /proc/$pid ] || running=false
        echo "$running $image $published $policy $pid $source" ;;
      *)
        case $1 in
          load) cp "$3" /var/stub/image; echo "Loaded image: nginx:1.25" ;;
          pull) echo 'Error response from daemon: no such host' >&2; exit 1 ;;
          rm) [ ! -e $d ] || { read -r a b c d2 pid e <$d; kill $pid; rm $d; } ;;
          run)
            [ ! -e /var/stub/docker-fault ] || { cat /var/stub/docker-fault >&2; exit 125; }
            shift
            while [ $# -gt 1 ]; do
              case $1 in
                -p) published=${2%:*}; shift ;;
                -v) source=${2%%:*}; shift ;;
                --restart=*) policy=${1#*=} ;;
                --name) shift ;;
              esac
              shift
            done
            # Without an address it is open at every one.
            [[ $published == *:* ]] || published=:$published
            address=${published%:*}
            setsid unshare --mount --propagation unchanged bash -c \
    'mount --bind "$1" /usr/share/nginx/html
              exec python3 -m http.server "$2" --bind "$3" --directory /usr/share/nginx/html' \\
              - "$source" ${published##*:} ${address:-0.0.0.0} >/dev/null 2>&1 </dev/null &
            echo "true $(cat /var/stub/image) $published $policy $! $source" >$d ;;
        esac ;;
    esac
    """
}
