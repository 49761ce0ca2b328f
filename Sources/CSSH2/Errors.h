// How the files of this shim report what went wrong.
#pragma once

#include "CSSH2.h"

void cssh2_set_error(cssh2_error *error, int code, const char *text);
// Takes the system's words for an errno; returns -1.
int cssh2_system_error(cssh2_error *error, int number);
