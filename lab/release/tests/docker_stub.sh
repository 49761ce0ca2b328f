#!/bin/bash
# A `docker` for the tests: loads an archive by unpacking it, runs the image in a chroot.
# DOCKER_STATE is its folder; DOCKER_DOWN=1 is a daemon that does not run; DOCKER_DRIVER and
# DOCKER_DATA_FILE say what `docker info` says.
set -o errexit -o nounset -o pipefail

state=${DOCKER_STATE:?}
mkdir -p "$state"
if [[ -n ${DOCKER_DOWN:-} && $1 != load ]]; then
  [[ $1 == version ]] && printf 'Client:\n Version: 20.10.24\n'
  echo 'Cannot connect to the Docker daemon' >&2
  exit 1
fi
case $1 in
  version)
    if [[ ${2:-} == --format ]]; then
      echo 20.10.24
    else
      printf '%s\n' 'Client:' ' Version:  20.10.24' ' API version: 1.41' 'Server:' ' Engine:' \
        '  Version:  20.10.24' ' containerd:' '  Version:  1.6.20' ' docker-init:' '  Version:  0.19.0'
    fi
    ;;
  info)
    printf ' %s\n' "Storage Driver: ${DOCKER_DRIVER:-overlay2}" 'Docker Root Dir: /var/lib/docker'
    [[ -z ${DOCKER_DATA_FILE:-} ]] || echo "  Data file: $DOCKER_DATA_FILE"
    ;;
  inspect) [[ -f $state/${2//\//_} ]] ;;
  load)
    mkdir -p "$state/archive" "$state/root/genconf"
    tar -xf "$3" -C "$state/archive"
    tar -xf "$state/archive/layer.tar" -C "$state/root"
    tag=$(python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["RepoTags"][0])' \
      <"$state/archive/manifest.json")
    : >"$state/${tag//\//_}"
    echo "Loaded image: $tag" | tee -a "$state/loads"
    ;;
  run)
    echo "$*" >>"$state/runs"
    shift
    while [[ $1 == -* ]]; do
      case $1 in
        -v) mount=${2%%:*} ;;&
        -v | -p | --name) shift ;;
      esac
      shift
    done
    shift # the image
    # shellcheck disable=SC2016
    exec unshare --mount bash -c 'mount --bind "$1" "$2/genconf"; root=$2; shift 2
      exec chroot "$root" /usr/bin/python3.11 -IS /installer/__main__.py "$@"' \
      bash "$mount" "$state/root" "$@"
    ;;
esac
