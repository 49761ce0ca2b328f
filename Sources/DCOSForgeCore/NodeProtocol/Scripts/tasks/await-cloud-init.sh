# shellcheck shell=bash
# Waits until cloud-init has ended in this boot. Polls the files it leaves, because each `cloud-init
# status` starts a Python.
#
# Values from the caller: cloud_init_limit (seconds).
# shellcheck disable=SC2154

result_file=/run/cloud-init/result.json

# cloud_init_off: why none will run in this boot, in REPLY.
cloud_init_off() {
  REPLY=''
  if [[ -e /run/cloud-init/disabled || -e /etc/cloud/cloud-init.disabled ]]; then
    REPLY=disabled
  elif [[ " $(</proc/cmdline) " == *' cloud-init=disabled '* ]]; then
    REPLY=disabled
  elif ! have cloud-init; then
    REPLY=absent
  fi
  [[ -n $REPLY ]]
}

# failed_unit: the unit of cloud-init that failed, in REPLY; then no result will come.
failed_unit() {
  local unit
  survey_units cloud-init-local.service cloud-init.service cloud-config.service cloud-final.service
  for unit in cloud-init-local.service cloud-init.service cloud-config.service \
    cloud-final.service; do
    [[ ${unit_active[$unit]} == failed ]] && REPLY=$unit && return 0
  done
  return 1
}

main() {
  local REPLY errors try=0
  while [[ ! -s $result_file ]]; do
    if cloud_init_off; then
      json cloudInit state "$REPLY"
      finish
      exit
    fi
    ((SECONDS < cloud_init_limit)) || die "cloud-init has not ended after $SECONDS s"
    if ((++try % 10 == 0)) && failed_unit && [[ ! -s $result_file ]]; then
      tail_of /var/log/cloud-init-output.log 600
      die "cloud-init failed: $(journalctl -u "$REPLY" -n 5 --no-pager -o cat 2>/dev/null)
$REPLY"
    fi
    sleep 1
  done
  errors=$(tr -d '\n' <"$result_file")
  if [[ $errors =~ \"errors\":[[:space:]]*\[[[:space:]]*([^]].*) ]]; then
    errors=${BASH_REMATCH[1]}
    die "cloud-init ended with errors: ${errors%]*}"
  fi
  json cloudInit state 'done'
  finish
}

main
