# shellcheck shell=bash
# Taking in what tools and servers print, and handing it on as JSON.

# json_file FILE [BYTES]: sets REPLY to the end of a file as a JSON string with its quotes. Fast on
# large files; what is neither ASCII text nor an escape character becomes a question mark.
json_file() {
  REPLY=$(
    tail -c "${2:-65536}" -- "$1" 2>/dev/null |
      tr -c '\11\12\15\33\40-\176' '?' |
      sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' -e 's/\r/\\r/g' -e 's/\x1b/\\u001b/g' |
      awk 'BEGIN { ORS = "\\n" } 1'
  )
  REPLY=\"$REPLY\"
}

# make_work_folder: sets `work` to a folder that goes when the script ends.
make_work_folder() {
  work=$(mktemp -d) || die 'could not make a temporary folder'
  trap 'rm -rf -- "$work"' EXIT
}

# fetch NAME SECONDS URL [OPTION]...: asks a URL with curl and keeps what came under $work/NAME.*.
fetch() {
  local name=$1 seconds=$2 url=$3 status=0
  shift 3
  curl -q -sS -m "$seconds" --noproxy '*' -o "$work/$name.body" \
    -w '%{http_code} %{time_total} %{url_effective}' "$@" -- "$url" \
    >"$work/$name.meta" 2>"$work/$name.error" || status=$?
  printf '%s\n' "$status" >"$work/$name.status"
}

# json_fetched RECORD NAME BYTES [KEY VALUE]...: prints what `fetch` got as an HTTPReading record.
json_fetched() {
  local record=$1 name=$2 limit=$3 code=0 seconds=0 url='' status='' text REPLY
  shift 3
  read -r status <"$work/$name.status"
  read -r code seconds url <"$work/$name.meta"
  json_file "$work/$name.body" "$limit"
  text=$REPLY
  tail_of "$work/$name.error" 300
  json "$record" status: "${status:-1}" http: "$((10#${code:-0}))" url "$url" \
    seconds: "${seconds:-0}" text: "$text" error "$REPLY" "$@"
}
