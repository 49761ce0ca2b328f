# shellcheck shell=bash
# The beginning of every script that dcosforge runs on a node: settings, JSON output, endings.
#
# The whole text (assignments, this file, the task's own files) arrives at once and is evaluated by
# bash as root, standard input from /dev/null. Results go to standard output as JSON, one object a
# line; everything else goes to standard error. Works on bash 4.2 and newer.

set -u -o pipefail
export LC_ALL=C LANG=C
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022

# What dcosforge itself keeps on a node.
# shellcheck disable=SC2034 # read by the task files
state_folder=/var/lib/dcosforge

# die MESSAGE [STATUS]: ends the script; the message becomes what the operator sees.
die() {
  printf '%s\n' "$1" >&2
  exit "${2:-1}"
}

# have COMMAND: whether it is in PATH. Starts no process.
have() {
  type -P "$1" >/dev/null
}

# json_string TEXT: sets REPLY to TEXT as a JSON string with its quotes. Starts no process.
# What is no UTF-8 becomes U+FFFD, one for each byte.
json_string() {
  local rest=$1 out='' plain code
  while [[ -n $rest ]]; do
    plain=${rest%%[!\ !#-\[\]-~]*}
    out+=$plain
    rest=${rest:${#plain}}
    case $rest in
      '') break ;;
      [\"\\]*) out+=\\${rest:0:1} rest=${rest:1} ;;
      $'\n'*) out+='\n' rest=${rest:1} ;;
      $'\t'*) out+='\t' rest=${rest:1} ;;
      $'\r'*) out+='\r' rest=${rest:1} ;;
      [$'\x01'-$'\x1f'$'\x7f']*)
        printf -v code '\\u%04x' "'${rest:0:1}"
        out+=$code rest=${rest:1}
        ;;
      [$'\xc2'-$'\xdf'][$'\x80'-$'\xbf']*)
        out+=${rest:0:2} rest=${rest:2}
        ;;
      $'\xe0'[$'\xa0'-$'\xbf'][$'\x80'-$'\xbf']* | \
        [$'\xe1'-$'\xec'$'\xee'$'\xef'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']* | \
        $'\xed'[$'\x80'-$'\x9f'][$'\x80'-$'\xbf']*)
        out+=${rest:0:3} rest=${rest:3}
        ;;
      $'\xf0'[$'\x90'-$'\xbf'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']* | \
        [$'\xf1'-$'\xf3'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']* | \
        $'\xf4'[$'\x80'-$'\x8f'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']*)
        out+=${rest:0:4} rest=${rest:4}
        ;;
      *) out+='\ufffd' rest=${rest:1} ;;
    esac
  done
  REPLY=\"$out\"
}

# json RECORD [KEY VALUE]...: prints one object on a line of its own, its "record" first. A key
# that ends in a colon takes its value as it is (a number, true, false, null, or JSON); an empty
# value is null then.
json() {
  local line REPLY
  json_string "$1"
  line="{\"record\":$REPLY"
  shift
  while (($# > 1)); do
    json_string "${1%:}"
    line+=,$REPLY:
    if [[ $1 == *: ]]; then
      line+=${2:-null}
    else
      json_string "$2"
      line+=$REPLY
    fi
    shift 2
  done
  printf '%s}\n' "$line"
}

# finish: the last line of a script that came to its end; without it the output counts as torn.
finish() {
  json end
}

# tail_of FILE [BYTES]: sets REPLY to the end of a file, for messages.
tail_of() {
  REPLY=''
  [[ -s $1 ]] || return 0
  REPLY=$(tail -c "${2:-1500}" -- "$1" 2>/dev/null | tr -d '\0')
}

((EUID == 0)) || die "this must run as root; it runs as user $EUID"
