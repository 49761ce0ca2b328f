# shellcheck shell=bash disable=SC2154
# Fetches what a node of DC/OS fetches first. Given: url.

make_work_folder

# Two pieces: the first shows that it is there and how large it is, the second how fast it comes.
# dcos-download gives up below 100 kB/s.
fetch script 20 "$url/dcos_install.sh" -f
fetch latest 10 "$url/bootstrap.latest" -f
id=$(head -c 100 "$work/latest.body" 2>/dev/null | tr -cd '0-9A-Za-z_.-')
archive=$url/bootstrap/${id:-unknown}.bootstrap.tar.xz
fetch archive 10 "$archive" -f -I
fetch sample 20 "$archive" -f -r 0-1048575

json_served() {
  local name=$1 path=$2 limit=$3 size
  size=$(stat -c %s "$work/$name.body" 2>/dev/null)
  json_fetched served "$name" "$limit" name "$name" path "$path" bytes: "${size:-0}"
}

# Of the installer only the line with the URL that is burnt into it is of interest.
grep -o 'https\?://[^ "'\'']*/bootstrap/[^ "'\'']*' "$work/script.body" 2>/dev/null |
  sort -u >"$work/burnt"
json_served script /dcos_install.sh 0
json_file "$work/burnt" 4096
json burnt text: "$REPLY"
json_served latest /bootstrap.latest 200
json_served archive "${archive#"$url"}" 4096
json_served sample "${archive#"$url"}" 0
finish
