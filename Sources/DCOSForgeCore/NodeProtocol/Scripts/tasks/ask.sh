# shellcheck shell=bash
# Asks the cluster through this master. Given: what requests.sh names.

make_work_folder
send_requests
finish
