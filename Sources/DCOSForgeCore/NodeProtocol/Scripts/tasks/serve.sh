# shellcheck shell=bash disable=SC2154
# Serves genconf/serve by nginx. Given: folder, image, archive (may be empty),
# published (ADDRESS:PORT).

make_work_folder
served=$folder/genconf/serve

# answers: whether the installer comes back whole from this very node; sets REPLY to what came.
answers() {
  local tries code
  for ((tries = 0; tries < 20; tries++)); do
    fetch installer 5 "http://$published/dcos_install.sh"
    read -r code _ <"$work/installer.meta"
    REPLY="HTTP $((10#${code:-0})) $(cat "$work/installer.error")"
    if [[ $code == 200 ]]; then
      cmp -s "$work/installer.body" "$served/dcos_install.sh" && return 0
      REPLY='another dcos_install.sh than the one in genconf/serve'
    fi
    # Not up yet answers differently from up and wrong.
    [[ $code == 000 ]] || return 1
    sleep 0.5
  done
  return 1
}

report() {
  local sum=''
  [[ ! -r $served/dcos_install.sh ]] || sum=$(sha256sum <"$served/dcos_install.sh")
  json serving state "$1" detail "$2" sum "${sum%% *}"
  finish
  exit 0
}

[[ -s $served/dcos_install.sh ]] || report nothing "$served/dcos_install.sh is not there"
if ! docker inspect --type image "$image" >/dev/null 2>&1; then
  if [[ -n $archive ]]; then
    docker load -i "$archive" >"$work/docker" 2>&1 || report no-image "$(tail -n 3 "$work/docker")"
    docker inspect --type image "$image" >/dev/null 2>&1 ||
      report no-image "$archive holds no image $image: $(tail -n 1 "$work/docker")"
  else
    docker pull "$image" >"$work/docker" 2>&1 || report no-image "$(tail -n 3 "$work/docker")"
  fi
fi
fault=$(serving_fault "$folder" "$image" "$published")
if [[ -z $fault ]] && answers; then
  report unchanged ''
fi
fault=${fault:-the container answers $REPLY}
docker rm -f dcosforge-serve >/dev/null 2>&1
docker run -d --name dcosforge-serve --restart=always -p "$published:80" \
  -v "$served:/usr/share/nginx/html:ro" "$image" >"$work/docker" 2>&1 ||
  report no-container "$(
    tail -n 3 "$work/docker"
    ss -lntp "sport = :${published##*:}" | tail -n +2
  )"
answers || report no-answer "$REPLY"
report started "$fault"
