# shellcheck shell=bash
# Sends a call to the leading Mesos master, beginning at this one. Given: what requests.sh names.

make_work_folder
send_requests
finish
