# Shared by the image's build steps. Sourced, never run.
# shellcheck shell=bash

step() { printf '== %(%T)T %s\n' -1 "$*"; }

# Lines of a list file without comments and blanks.
read_list() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }
