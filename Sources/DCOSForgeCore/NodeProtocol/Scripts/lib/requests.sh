# shellcheck shell=bash disable=SC2154
# HTTP requests to DC/OS's own ports, all at once. Given: the arrays names, urls and bodies, alike
# in length; a body that is not empty is posted.

# send_requests: prints for each a record of that name with the answer.
send_requests() {
  local asked=() options index name
  for index in "${!names[@]}"; do
    options=(-L --max-redirs 3)
    if [[ -n ${bodies[index]} ]]; then
      options+=(-H 'Content-Type: application/json' -d "${bodies[index]}")
    fi
    fetch "${names[index]}" 20 "${urls[index]}" "${options[@]}" &
    asked+=($!)
  done
  wait "${asked[@]}"
  for name in "${names[@]}"; do
    json_fetched "$name" "$name" 33554432
  done
}
