#define _GNU_SOURCE
#include "CKeys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const uint8_t *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(fd, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes += written;
    count -= (size_t)written;
  }
  return fsync(fd) ? errno : 0;
}

static int sync_folder(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  int number = fsync(fd) ? errno : 0;
  close(fd);
  return number;
}

int ckeys_replace_file(const char *path, const char *temporary, const char *folder,
                       const uint8_t *bytes, size_t count, bool replaces) {
  int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  int number = write_all(fd, bytes, count);
  if (close(fd) && !number) number = errno;
  if (!number && (replaces ? rename(temporary, path) : link(temporary, path))) number = errno;
  if (number || !replaces) unlink(temporary);
  if (!replaces && number == EEXIST) number = 0;
  if (!number) number = sync_folder(folder);
  return number;
}

static int distrust(const struct stat *status, mode_t kind, unsigned forbidden) {
  if ((status->st_mode & S_IFMT) != kind) return CKEYS_OTHER_KIND;
  if (status->st_uid != geteuid() && status->st_uid != 0) return CKEYS_OTHER_OWNER;
  return status->st_mode & forbidden ? CKEYS_OPEN_TO_OTHERS : 0;
}

int ckeys_open(const char *path, int flags, bool follows, unsigned forbidden, int *fd,
               int64_t *size) {
  // Without O_NONBLOCK a FIFO would let the caller wait.
  *fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | (follows ? 0 : O_NOFOLLOW), 0600);
  if (*fd < 0) return errno == ELOOP ? CKEYS_OTHER_KIND : errno;
  struct stat status;
  int fault = fstat(*fd, &status) ? errno : distrust(&status, S_IFREG, forbidden);
  *size = status.st_size;
  if (fault) close(*fd);
  return fault;
}

int ckeys_make_folder(const char *path) {
  char part[PATH_MAX];
  size_t length = strlen(path);
  if (length >= sizeof part) return ENAMETOOLONG;
  memcpy(part, path, length + 1);
  for (size_t i = 1; i <= length; i++) {
    if (part[i] != '/' && part[i] != 0) continue;
    char kept = part[i];
    part[i] = 0;
    if (mkdir(part, 0700) && errno != EEXIST) return errno;
    part[i] = kept;
  }
  struct stat status;
  return lstat(path, &status) ? errno : distrust(&status, S_IFDIR, 022);
}
