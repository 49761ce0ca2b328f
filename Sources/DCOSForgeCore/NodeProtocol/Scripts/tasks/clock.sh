# shellcheck shell=bash
# Prints the reading of the clock.

read_clock
finish
