# shellcheck shell=bash
# shellcheck disable=SC2154
# Removes what dcosforge keeps under its own folder on the node.

rm -rf -- "$state_folder" || die "cannot remove $state_folder"
finish
