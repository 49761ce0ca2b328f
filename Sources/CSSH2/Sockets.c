#define _GNU_SOURCE
#include "CSSH2.h"
#include "Errors.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

int cssh2_connect(uint32_t address, uint16_t port, const cssh2_tcp *tcp, int *in_progress,
                  cssh2_error *error) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return cssh2_system_error(error, errno);
  int on = 1;
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(port)};
  peer.sin_addr.s_addr = htonl(address);
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) ||
      setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on) ||
      setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) ||
      setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &tcp->keepalive_idle_s, sizeof(int)) ||
      setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &tcp->keepalive_interval_s, sizeof(int)) ||
      setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tcp->keepalive_count, sizeof(int)) ||
      setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &tcp->user_timeout_ms, sizeof(unsigned))) {
    int number = errno;
    close(fd);
    return cssh2_system_error(error, number);
  }
  *in_progress = 0;
  if (connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0) return fd;
  int number = errno;
  if (number == EINPROGRESS) {
    *in_progress = 1;
    return fd;
  }
  close(fd);
  return cssh2_system_error(error, number);
}

int cssh2_connect_result(int fd, cssh2_error *error) {
  int number = 0;
  socklen_t size = sizeof number;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size)) number = errno;
  return number ? cssh2_system_error(error, number) : 0;
}
