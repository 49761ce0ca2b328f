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
// What makes a file or folder unfit to be trusted, as OpenSSH has it; never an errno.
enum {
  // No regular file (or no folder), or a symbolic link.
  CKEYS_OTHER_KIND = -1,
  // It belongs to neither this user nor root.
  CKEYS_OTHER_OWNER = -2,
  // Group or others have one of the forbidden permissions.
  CKEYS_OPEN_TO_OTHERS = -3,
};
// Opens a file that is trusted, never waiting: a link in its last part is followed only when asked,
// and `forbidden` are permission bits that it must not have. With O_CREAT it is made with 0600.
CKEYS_MUST_USE int ckeys_open(const char *path, int flags, bool follows, unsigned forbidden,
                              int *fd, int64_t *size);
// Makes a folder with mode 0700, and those above it, unless they are there; it must be trusted.
CKEYS_MUST_USE int ckeys_make_folder(const char *path);
