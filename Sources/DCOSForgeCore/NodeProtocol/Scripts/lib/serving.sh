# shellcheck shell=bash
# The nginx container that serves genconf/serve.

# serving_fault FOLDER IMAGE ADDRESS:PORT: prints why the container does not serve
# FOLDER/genconf/serve as wanted; nothing when it does. Changes nothing.
#
# A folder that was deleted and made again is another one under the old mount: its inode shows it.
serving_fault() {
  local served=$1/genconf/serve image=$2 at=$3
  local running image_id source published policy pid wanted format
  format='{{.State.Running}} {{.Image}} '
  format+='{{with index .HostConfig.PortBindings "80/tcp"}}'
  format+='{{with index . 0}}{{.HostIp}}:{{.HostPort}}{{end}}{{else}}-{{end}} '
  format+='{{.HostConfig.RestartPolicy.Name}} {{.State.Pid}} '
  format+='{{range .Mounts}}'
  format+='{{if eq .Destination "/usr/share/nginx/html"}}{{.Source}}{{end}}'
  format+='{{end}}'
  read -r running image_id published policy pid source < <(
    docker inspect --type container -f "$format" dcosforge-serve 2>/dev/null
  )
  wanted=$(docker inspect --type image -f '{{.Id}}' "$image" 2>/dev/null)
  if [[ -z ${running:-} ]]; then
    echo 'there is no container'
  elif [[ $running != true ]]; then
    echo 'the container does not run'
  elif [[ $image_id != "$wanted" ]]; then
    echo 'the container has another image'
  elif [[ $published != "$at" ]]; then
    # Without an address Docker publishes a port at every one.
    [[ $published != :* ]] || published="every address, port ${published#:}"
    echo "the container is published at $published"
  elif [[ $policy != always ]]; then
    echo 'the container does not restart by itself'
  elif [[ $source != "$served" ]]; then
    echo "the container serves $source"
  elif [[ $(stat -Lc %d:%i "$served") != \
    $(stat -Lc %d:%i "/proc/$pid/root/usr/share/nginx/html" 2>/dev/null) ]]; then
    echo 'the folder was replaced under the container'
  fi
}
