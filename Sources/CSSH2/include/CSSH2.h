#ifndef CSSH2_H
#define CSSH2_H

#include <libssh2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Shims over libssh2 1.10 and the few socket calls below it.
//
// libssh2 never touches the socket here: its receive and send callbacks work on two buffers that
// cssh2_fill and cssh2_flush exchange with the kernel. So a packet is never half sent from
// libssh2's point of view, and every call may be followed by any other.

#define CSSH2_MUST_USE __attribute__((warn_unused_result))

// What went wrong: a libssh2 code (negative) or an errno (positive), and its text.
typedef struct {
  int code;
  char text[200];
} cssh2_error;

// Limits after which the kernel gives a silent peer up, in milliseconds and seconds.
typedef struct {
  unsigned user_timeout_ms;
  int keepalive_idle_s;
  int keepalive_interval_s;
  int keepalive_count;
} cssh2_tcp;

// One libssh2 session over one socket. Entered by one thread at a time. Its layout is hidden: Swift
// would see the array in it as a tuple of 4,096 members, which takes the compiler a minute.
typedef struct cssh2_session cssh2_session;

enum {
  CSSH2_AGAIN = LIBSSH2_ERROR_EAGAIN,
  // What one receive takes; an idle session keeps no input buffer, and at most so much output
  // buffer.
  CSSH2_INPUT_SIZE = 64 * 1024,
  CSSH2_IDLE_OUTPUT = 8 * 1024,
};

// Result of cssh2_fill.
enum {
  CSSH2_FILL_NONE = 0,
  CSSH2_FILL_SOME = 1,
  CSSH2_FILL_ENDED = -1,
};

// Process-wide start of libssh2; must run before the first session.
CSSH2_MUST_USE int cssh2_start(void);

// Sockets.
CSSH2_MUST_USE int cssh2_connect(uint32_t address, uint16_t port, const cssh2_tcp *tcp,
                                 int *in_progress, cssh2_error *error);
CSSH2_MUST_USE int cssh2_connect_result(int fd, cssh2_error *error);

// Sessions. Takes the descriptor over; NULL leaves it open. A session that would take more memory
// than the limit, in bytes, fails.
CSSH2_MUST_USE cssh2_session *cssh2_session_new(int fd, size_t memory_limit, cssh2_error *error);
void cssh2_session_shut(cssh2_session *session);
void cssh2_session_free(cssh2_session *session);
CSSH2_MUST_USE int cssh2_fill(cssh2_session *session, size_t *count, cssh2_error *error);
CSSH2_MUST_USE int cssh2_flush(cssh2_session *session, cssh2_error *error);
size_t cssh2_unsent(const cssh2_session *session);
size_t cssh2_unread(const cssh2_session *session);
// All bytes received so far.
uint64_t cssh2_received(const cssh2_session *session);
// The first bytes received, for messages about what the peer offered.
const uint8_t *cssh2_head(const cssh2_session *session, size_t *count);
void cssh2_acknowledge_quickly(const cssh2_session *session);

CSSH2_MUST_USE int cssh2_handshake(cssh2_session *session, cssh2_error *error);
CSSH2_MUST_USE int cssh2_host_key(cssh2_session *session, uint8_t key[32]);
// Signs `count` bytes at `data` into `signature`; 0 is success.
typedef int (*cssh2_signer)(void *context, const uint8_t *data, size_t count,
                            uint8_t signature[64]);
CSSH2_MUST_USE int cssh2_authenticate(cssh2_session *session, const char *user,
                                      const uint8_t public_key[32], cssh2_signer sign,
                                      void *context, cssh2_error *error);
CSSH2_MUST_USE int cssh2_keepalive(cssh2_session *session, cssh2_error *error);
void cssh2_disconnect(cssh2_session *session);

// Channels. Every function returns CSSH2_AGAIN when it must be called again later.
CSSH2_MUST_USE int cssh2_channel_open(cssh2_session *session, LIBSSH2_CHANNEL **channel,
                                      cssh2_error *error);
CSSH2_MUST_USE int cssh2_channel_exec(cssh2_session *session, LIBSSH2_CHANNEL *channel,
                                      const uint8_t *command, size_t count, cssh2_error *error);
CSSH2_MUST_USE ssize_t cssh2_channel_read(cssh2_session *session, LIBSSH2_CHANNEL *channel,
                                          int stream, void *buffer, size_t count,
                                          cssh2_error *error);
CSSH2_MUST_USE ssize_t cssh2_channel_write(cssh2_session *session, LIBSSH2_CHANNEL *channel,
                                           const void *buffer, size_t count, cssh2_error *error);
CSSH2_MUST_USE int cssh2_channel_send_eof(cssh2_session *session, LIBSSH2_CHANNEL *channel,
                                          cssh2_error *error);
CSSH2_MUST_USE int cssh2_channel_at_eof(LIBSSH2_CHANNEL *channel);
// 1 when the peer closed the channel; exit status and signal are final then.
CSSH2_MUST_USE int cssh2_channel_closed(cssh2_session *session, LIBSSH2_CHANNEL *channel,
                                        cssh2_error *error);
CSSH2_MUST_USE int cssh2_channel_exit_status(LIBSSH2_CHANNEL *channel);
// Copies the signal's name without SIG; 0 when none was reported.
CSSH2_MUST_USE int cssh2_channel_exit_signal(cssh2_session *session, LIBSSH2_CHANNEL *channel,
                                             char name[32]);
CSSH2_MUST_USE int cssh2_channel_free(cssh2_session *session, LIBSSH2_CHANNEL *channel,
                                      cssh2_error *error);

// Waiting. One poller per thread; `id` 0 is its own wake-up.
typedef struct {
  int epoll, wake;
} cssh2_poller;
CSSH2_MUST_USE int cssh2_poller_open(cssh2_poller *poller, cssh2_error *error);
void cssh2_poller_close(cssh2_poller *poller);
CSSH2_MUST_USE int cssh2_poller_add(const cssh2_poller *poller, int fd, uint64_t id,
                                    cssh2_error *error);
void cssh2_poller_wake(const cssh2_poller *poller);
// Fills `ids`, edge-triggered, without the wake-up's; returns their number.
int cssh2_poller_wait(const cssh2_poller *poller, uint64_t *ids, int capacity, int timeout_ms);
int cssh2_thread_id(void);
// Runs `body` on a new detached thread.
CSSH2_MUST_USE int cssh2_thread_start(void (*body)(void *), void *context, cssh2_error *error);
void cssh2_close(int fd);
// The offset of `mark` in `bytes`, or -1.
ssize_t cssh2_find(const void *bytes, size_t count, const void *mark, size_t mark_count);

#endif
