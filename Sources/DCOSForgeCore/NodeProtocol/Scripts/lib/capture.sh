# shellcheck shell=bash
# Taking in what tools and servers print, and handing it on as JSON.

# json_file FILE [BYTES]: sets REPLY to the end of a file as a JSON string with its quotes. What is
# neither ASCII text nor an escape character becomes a question mark. A small file starts no
# process.
json_file() {
  local text='' odd=$'[^\t\n\r\e -~]' size=${2:-65536}
  { IFS= read -r -N 8193 text <"$1"; } 2>/dev/null
  if ((${#text} > 8192 || ${#text} > size)); then
    json_large_file "$1" "$size"
    return
  fi
  text=${text//$odd/?}
  text=${text//\\/\\\\} text=${text//\"/\\\"} text=${text//$'\n'/\\n}
  text=${text//$'\t'/\\t} text=${text//$'\r'/\\r} text=${text//$'\e'/\\u001b}
  REPLY=\"$text\"
}

# The shell's own substitution takes quadratic time.
json_large_file() {
  REPLY=$(
    tail -c "$2" -- "$1" |
      tr -c '\11\12\15\33\40-\176' '?' |
      sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' -e 's/\r/\\r/g' -e 's/\x1b/\\u001b/g' |
      awk 'BEGIN { ORS = "\\n" } 1'
  )
  REPLY=\"$REPLY\"
}

# make_work_folder [PARENT]: sets `work` to a folder that goes when the script ends.
make_work_folder() {
  work=$(mktemp -d -p "${1:-/tmp}") || die 'could not make a temporary folder'
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

# fetch_each SECONDS TOTAL NAME URL [NAME URL]...: asks one URL after the other with a single curl,
# which is much cheaper to start once, SECONDS for each and TOTAL for all; keeps what `fetch` keeps,
# and nothing of those whose turn did not come.
fetch_each() {
  local seconds=$1 total=$2 words=() names=() next=0 line status=0 error=''
  shift 2
  for (( ; $#; )); do
    words+=(-o "$work/$1.body" "$2") names+=("$1")
    shift 2
  done
  while read -r line; do
    case $line in
      'curl: ('*) error=$line status=${line#'curl: ('} status=${status%%)*} ;;
      [0-9][0-9][0-9]\ *)
        keep "${names[next++]}" "$status" "$error" "$line"
        error='' status=0
        ;;
    esac
  done < <(timeout -k 1 "$total" curl -q -sS --stderr - -m "$seconds" --noproxy '*' \
    -w '\n%{http_code} %{time_total} %{url_effective}\n' "${words[@]}")
  have curl && return
  for (( ; next < ${#names[@]}; next++)); do
    keep "${names[next]}" 127 'curl is not installed' ''
  done
}

# keep NAME STATUS ERROR META: the outcome of one URL.
keep() {
  printf '%s\n' "$2" >"$work/$1.status"
  printf %s "$3" >"$work/$1.error"
  printf '%s\n' "$4" >"$work/$1.meta"
}

# json_fetched RECORD NAME BYTES [KEY VALUE]...: prints what `fetch` got as an HTTPReading record.
json_fetched() {
  local record=$1 name=$2 limit=$3 code=0 seconds=0 url='' status='' text REPLY
  shift 3
  read -r status <"$work/$name.status"
  read -r code seconds url <"$work/$name.meta"
  json_file "$work/$name.body" "$limit"
  text=$REPLY
  json_file "$work/$name.error" 300
  json "$record" status: "${status:-1}" http: "$((10#${code:-0}))" url "$url" \
    seconds: "${seconds:-0}" text: "$text" error: "$REPLY" "$@"
}
