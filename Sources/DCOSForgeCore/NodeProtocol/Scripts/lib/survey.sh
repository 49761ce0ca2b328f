# shellcheck shell=bash
# shellcheck disable=SC2034 # read by checks.sh
# What is asked once and answers many questions: units, packages, Docker.

declare -A unit_load unit_active unit_file rpm_version
docker_driver='' docker_live_restore='' docker_server='' docker_fault=''

# end_of TEXT: sets REPLY to its last 300 characters.
end_of() {
  local length=${#1}
  REPLY=${1:length > 300 ? length - 300 : 0}
}

# survey_units UNIT...: sets unit_load, unit_active and unit_file of each, by one process.
survey_units() {
  local unit line
  for unit in "$@"; do
    unit_load[$unit]='' unit_active[$unit]='' unit_file[$unit]=''
  done
  # Older releases of systemd answer in blocks in the order asked, parted by an empty line.
  unit=$1
  while IFS= read -r line; do
    case $line in
      LoadState=*) unit_load[$unit]=${line#*=} ;;
      ActiveState=*) unit_active[$unit]=${line#*=} ;;
      UnitFileState=*) unit_file[$unit]=${line#*=} ;;
      '')
        (($# > 1)) || break
        shift
        unit=$1
        ;;
    esac
  done < <(systemctl show -p LoadState -p ActiveState -p UnitFileState -- "$@" 2>/dev/null)
}

# unit_runs UNIT: whether a surveyed unit is active or on its way there or back.
unit_runs() {
  case ${unit_active[$1]-} in
    active | activating | deactivating | reloading) return 0 ;;
  esac
  return 1
}

# unit_starts UNIT: whether it starts at boot.
unit_starts() {
  [[ ${unit_file[$1]-} == enabled* ]]
}

# survey_packages NAME...: sets rpm_version (version-release) of those that are installed.
survey_packages() {
  local name version
  for name in "$@"; do
    unset "rpm_version[$name]"
  done
  while read -r name version; do
    [[ $version == *' is not installed' ]] || rpm_version[$name]=$version
  done < <(rpm -q --qf '%{NAME} %{VERSION}-%{RELEASE}\n' -- "$@" 2>/dev/null)
}

# survey_docker: asks the daemon, unless it does not run.
survey_docker() {
  local answer
  docker_driver='' docker_live_restore='' docker_server='' docker_fault=''
  if ! have docker; then
    docker_fault="no docker command"
  elif ! unit_runs docker.service; then
    docker_fault="docker.service is ${unit_active[docker.service]:-absent}"
  elif answer=$(timeout 60 docker info \
    --format '{{.Driver}} {{.LiveRestoreEnabled}} {{.ServerVersion}}' 2>&1); then
    # With the daemon down newer clients print empty fields and succeed.
    read -r docker_driver docker_live_restore docker_server <<<"${answer##*$'\n'}"
    [[ -n $docker_server ]] || docker_fault="docker info gave no answer: $answer"
  else
    docker_fault="docker info: ${answer:0:300}"
  fi
}

# holds_something FOLDER: whether it has any entry but lost+found.
holds_something() {
  local entry
  for entry in "$1"/* "$1"/.[!.]*; do
    [[ $entry == */lost+found ]] && continue
    [[ -e $entry || -L $entry ]] && return 0
  done
  return 1
}
