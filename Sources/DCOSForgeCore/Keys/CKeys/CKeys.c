#define _GNU_SOURCE
#include "CKeys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

int ckeys_file_mode(int fd, unsigned *mode, int64_t *size) {
  struct stat status;
  if (fstat(fd, &status)) return errno;
  *mode = status.st_mode & 07777;
  *size = status.st_size;
  return 0;
}
