// What private files need of the system. Every function returns 0 or an errno.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CKEYS_MUST_USE __attribute__((warn_unused_result))

// Replaces a file as a whole: temporary name beside it, mode 0600, fsync, rename, fsync of the
// folder. Unless it `replaces`, a file that is there stays, which is no error.
CKEYS_MUST_USE int ckeys_replace_file(const char *path, const char *temporary, const char *folder,
                                      const uint8_t *bytes, size_t count, bool replaces);
// The permission bits of an open file, and its size.
CKEYS_MUST_USE int ckeys_file_mode(int fd, unsigned *mode, int64_t *size);
