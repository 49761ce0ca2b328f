#define _GNU_SOURCE
#include "CSSH2.h"
#include "Errors.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

// Waiting

int cssh2_poller_open(cssh2_poller *poller, cssh2_error *error) {
  poller->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (poller->epoll < 0) return cssh2_system_error(error, errno);
  poller->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0};
  if (poller->wake < 0 || epoll_ctl(poller->epoll, EPOLL_CTL_ADD, poller->wake, &event)) {
    int number = errno;
    cssh2_poller_close(poller);
    return cssh2_system_error(error, number);
  }
  return 0;
}

void cssh2_poller_close(cssh2_poller *poller) {
  if (poller->wake >= 0) close(poller->wake);
  close(poller->epoll);
}

int cssh2_poller_add(const cssh2_poller *poller, int fd, uint64_t id, cssh2_error *error) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
  event.data.u64 = id;
  if (epoll_ctl(poller->epoll, EPOLL_CTL_ADD, fd, &event)) return cssh2_system_error(error, errno);
  return 0;
}

void cssh2_poller_wake(const cssh2_poller *poller) {
  uint64_t one = 1;
  ssize_t ignored = write(poller->wake, &one, sizeof one);
  (void)ignored;
}

int cssh2_poller_wait(const cssh2_poller *poller, uint64_t *ids, int capacity, int timeout_ms) {
  struct epoll_event events[64];
  if (capacity > 64) capacity = 64;
  int count = epoll_wait(poller->epoll, events, capacity, timeout_ms);
  int kept = 0;
  for (int index = 0; index < count; index++) {
    if (events[index].data.u64 != 0) {
      ids[kept++] = events[index].data.u64;
    } else {
      uint64_t sum;
      ssize_t ignored = read(poller->wake, &sum, sizeof sum);
      (void)ignored;
    }
  }
  return kept;
}

int cssh2_thread_id(void) {
  static _Thread_local int id;
  if (id == 0) id = gettid();
  return id;
}

ssize_t cssh2_find(const void *bytes, size_t count, const void *mark, size_t mark_count) {
  const char *hit = count ? memmem(bytes, count, mark, mark_count) : NULL;
  return hit ? hit - (const char *)bytes : -1;
}

// Threads

void cssh2_close(int fd) { close(fd); }

typedef struct {
  void (*body)(void *);
  void *context;
} thread_start;

static void *thread_main(void *raw) {
  thread_start start = *(thread_start *)raw;
  free(raw);
  start.body(start.context);
  return NULL;
}

int cssh2_thread_start(void (*body)(void *), void *context, cssh2_error *error) {
  thread_start *start = malloc(sizeof *start);
  if (!start) return cssh2_system_error(error, ENOMEM);
  *start = (thread_start){body, context};
  pthread_t thread;
  int number = pthread_create(&thread, NULL, thread_main, start);
  if (number) {
    free(start);
    return cssh2_system_error(error, number);
  }
  pthread_detach(thread);
  return 0;
}
