# shellcheck shell=bash
# The clock as the kernel sees it: what DC/OS's check-time asks by adjtimex.

# read_clock: prints the record "clock".
read_clock() {
  local answer state bits error='' synchronised=false REPLY
  if answer=$(ask_kernel); then
    # State (5: not synchronised), status bits (64: STA_UNSYNC), estimated error in microseconds.
    read -r state bits error <<<"$answer"
    ((state != 5 && (bits & 64) == 0)) && synchronised=true
    printf -v error '%d.%03d' $((error / 1000)) $((error % 1000))
  elif answer=$(timedatectl status 2>/dev/null); then
    [[ $answer == *[Ss]ynchronized:\ yes* ]] && synchronised=true
  fi
  # Who disciplines a good clock need not be asked: that takes another program.
  if [[ $synchronised == true && ${clock_brief:-0} == 1 ]]; then
    REPLY=kernel
  else
    clock_source
  fi
  json clock synchronised: $synchronised errorMilliseconds: "$error" source "$REPLY"
}

# ask_kernel: prints state, status bits and estimated error, by the first means there is.
ask_kernel() {
  local python
  if [[ $HOSTTYPE == x86_64 ]] && have perl; then
    perl -e 'my $timex = "\0" x 208; my $state = syscall(159, $timex); exit 1 if $state < 0;
      print join(" ", $state, unpack("x40 l", $timex), unpack("x32 q", $timex)), "\n"' &&
      return 0
  fi
  for python in python3 python2 python /usr/libexec/platform-python; do
    have "$python" || continue
    "$python" -S -E -c 'import ctypes, struct, sys
timex = ctypes.create_string_buffer(208)
state = ctypes.CDLL(None).adjtimex(timex)
if state < 0: sys.exit(1)
print("%d %d %d" % ((state,) + struct.unpack_from("=i", timex, 40) +
  struct.unpack_from("=q", timex, 32)))' \
      2>/dev/null && return 0
  done
  return 1
}

# clock_source: sets REPLY to what disciplines the clock. "local" is a server that trusts its own.
clock_source() {
  local answer fields
  REPLY="nothing"
  if have chronyc && answer=$(chronyc -c -n tracking 2>/dev/null) && [[ -n $answer ]]; then
    IFS=, read -ra fields <<<"$answer"
    case ${fields[0]} in
      7F7F0101) REPLY=local ;;
      00000000 | '') REPLY="chronyd, no server yet" ;;
      *) REPLY="chronyd, ${fields[1]:-reference ${fields[0]}}, stratum ${fields[2]}" ;;
    esac
  elif have ntpq && answer=$(ntpq -n -c 'rv 0 stratum,refid' 2>/dev/null); then
    case $answer in
      *refid=127.127.1.*) REPLY=local ;;
      *refid=INIT* | *refid=STEP*) REPLY="ntpd, no server yet" ;;
      *) REPLY="ntpd, ${answer//$'\n'/ }" ;;
    esac
  fi
}
