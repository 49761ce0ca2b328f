# shellcheck shell=bash disable=SC2154
# Asks the leading Mesos master for its agents, beginning at this one. Given: address.

make_work_folder

# A master that does not lead sends us on to the one that does.
fetch metrics 5 "http://$address:5050/metrics/snapshot" &
fetch slaves 15 "http://$address:5050/master/slaves" -L --max-redirs 3
wait $!
json_fetched metrics metrics 262144
json_fetched slaves slaves 33554432
finish
