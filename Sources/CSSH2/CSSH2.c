#define _GNU_SOURCE
#include "CSSH2.h"
#include "Errors.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct cssh2_session {
  LIBSSH2_SESSION *raw;
  int fd;
  int dead;
  unsigned char *in;
  size_t in_start, in_end;
  unsigned char *out;
  size_t out_start, out_end, out_capacity;
  unsigned char head[4096];
  size_t head_count;
  uint64_t received;
  size_t memory, memory_limit;
  int over_limit;
};

// The session's memory: libssh2 keeps every packet that nobody has asked for, of whatever type, and
// every answer that the node does not take. The size stands in front of each block.
typedef union {
  size_t size;
  max_align_t alignment;
} block;

static void *resize(void *old, size_t count, void **abstract) {
  cssh2_session *session = *abstract;
  block *head = old ? (block *)old - 1 : NULL;
  size_t before = head ? head->size : 0;
  if (count > before && count - before > session->memory_limit - session->memory) {
    session->over_limit = 1;
    return NULL;
  }
  block *moved = realloc(head, sizeof *moved + count);
  if (!moved) return NULL;
  session->memory += count - before;
  moved->size = count;
  return moved + 1;
}

static void *take(size_t count, void **abstract) { return resize(NULL, count, abstract); }

static void give_back(void *old, void **abstract) {
  cssh2_session *session = *abstract;
  if (!old) return;
  block *head = (block *)old - 1;
  session->memory -= head->size;
  free(head);
}

void cssh2_set_error(cssh2_error *error, int code, const char *text) {
  error->code = code;
  strncpy(error->text, text, sizeof error->text - 1);
  error->text[sizeof error->text - 1] = 0;
}

int cssh2_system_error(cssh2_error *error, int number) {
  char text[200];
  cssh2_set_error(error, number, strerror_r(number, text, sizeof text));
  return -1;
}

// Takes libssh2's text at once, before another call replaces it.
static int session_error(cssh2_session *session, int code, cssh2_error *error) {
  if (code >= 0 || code == LIBSSH2_ERROR_EAGAIN) return code;
  if (session->over_limit) {
    cssh2_set_error(error, code, "");
    snprintf(error->text, sizeof error->text,
             "the node sent more than nobody has asked for: limit %zu MiB",
             session->memory_limit >> 20);
    return code;
  }
  char *text = NULL;
  int stored = libssh2_session_last_error(session->raw, &text, NULL, 0);
  cssh2_set_error(error, code, stored == code && text ? text : "");
  return code;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int started;
static void start(void) { started = libssh2_init(0); }

int cssh2_start(void) {
  pthread_once(&once, start);
  return started;
}

// The two buffers

static ssize_t receive(libssh2_socket_t fd, void *buffer, size_t count, int flags,
                       void **abstract) {
  (void)fd, (void)flags;
  cssh2_session *session = *abstract;
  if (session->dead) return -ECONNRESET;
  size_t there = session->in_end - session->in_start;
  if (there == 0) return -EAGAIN;
  if (count > there) count = there;
  memcpy(buffer, session->in + session->in_start, count);
  session->in_start += count;
  return (ssize_t)count;
}

static ssize_t transmit(libssh2_socket_t fd, const void *buffer, size_t count, int flags,
                        void **abstract) {
  (void)fd, (void)flags;
  cssh2_session *session = *abstract;
  if (session->dead) return (ssize_t)count;
  if (session->out_capacity - session->out_end < count && session->out_start > 0) {
    session->out_end -= session->out_start;
    memmove(session->out, session->out + session->out_start, session->out_end);
    session->out_start = 0;
  }
  if (session->out_capacity - session->out_end < count) {
    size_t capacity = (session->out_end + count) * 2;
    unsigned char *larger = resize(session->out, capacity, abstract);
    if (!larger) return -ENOMEM;
    session->out = larger;
    session->out_capacity = capacity;
  }
  memcpy(session->out + session->out_end, buffer, count);
  session->out_end += count;
  return (ssize_t)count;
}

int cssh2_fill(cssh2_session *session, size_t *count, cssh2_error *error) {
  *count = 0;
  if (session->in_end > session->in_start) return CSSH2_FILL_NONE;
  if (!session->in && !(session->in = malloc(CSSH2_INPUT_SIZE))) {
    cssh2_system_error(error, ENOMEM);
    return CSSH2_FILL_ENDED;
  }
  session->in_start = session->in_end = 0;
  ssize_t got;
  do got = recv(session->fd, session->in, CSSH2_INPUT_SIZE, 0);
  while (got < 0 && errno == EINTR);
  if (got > 0) {
    size_t room = sizeof session->head - session->head_count;
    size_t keep = (size_t)got < room ? (size_t)got : room;
    memcpy(session->head + session->head_count, session->in, keep);
    session->head_count += keep;
    session->received += (uint64_t)got;
    session->in_end = *count = (size_t)got;
    return CSSH2_FILL_SOME;
  }
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    // An idle session keeps no buffer.
    free(session->in);
    session->in = NULL;
    return CSSH2_FILL_NONE;
  }
  if (got == 0) cssh2_set_error(error, 0, "the connection was closed by the node");
  else cssh2_system_error(error, errno);
  return CSSH2_FILL_ENDED;
}

int cssh2_flush(cssh2_session *session, cssh2_error *error) {
  while (session->out_end > session->out_start) {
    ssize_t sent = send(session->fd, session->out + session->out_start,
                        session->out_end - session->out_start, MSG_NOSIGNAL);
    if (sent >= 0) {
      session->out_start += (size_t)sent;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return 0;
    } else if (errno != EINTR) {
      return cssh2_system_error(error, errno);
    }
  }
  session->out_start = session->out_end = 0;
  if (session->out_capacity > CSSH2_IDLE_OUTPUT) {
    give_back(session->out, (void *[]){session});
    session->out = NULL;
    session->out_capacity = 0;
  }
  return 0;
}

size_t cssh2_unsent(const cssh2_session *session) {
  return session->out_end - session->out_start;
}

size_t cssh2_unread(const cssh2_session *session) {
  return session->in_end - session->in_start;
}

uint64_t cssh2_received(const cssh2_session *session) {
  return session->received;
}

const uint8_t *cssh2_head(const cssh2_session *session, size_t *count) {
  *count = session->head_count;
  return session->head;
}

void cssh2_acknowledge_quickly(const cssh2_session *session) {
  int on = 1;
  // Only a hint to the kernel: nothing depends on it but time.
  (void)setsockopt(session->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

// Sessions

static int prefer(LIBSSH2_SESSION *raw, int method, const char *names) {
  return libssh2_session_method_pref(raw, method, names);
}

cssh2_session *cssh2_session_new(int fd, size_t memory_limit, cssh2_error *error) {
  cssh2_session *session = calloc(1, sizeof *session);
  if (!session) {
    cssh2_system_error(error, ENOMEM);
    return NULL;
  }
  session->fd = fd;
  session->memory_limit = memory_limit;
  session->raw = libssh2_session_init_ex(take, give_back, resize, session);
  if (!session->raw) {
    free(session);
    cssh2_set_error(error, LIBSSH2_ERROR_ALLOC, "libssh2 could not make a session");
    return NULL;
  }
  LIBSSH2_SESSION *raw = session->raw;
  libssh2_session_set_blocking(raw, 0);
  libssh2_session_callback_set(raw, LIBSSH2_CALLBACK_RECV, (void *)receive);
  libssh2_session_callback_set(raw, LIBSSH2_CALLBACK_SEND, (void *)transmit);
  libssh2_keepalive_config(raw, 1, 2);
  const char *kex = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
                    "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,"
                    "diffie-hellman-group14-sha256";
  const char *ciphers = "aes128-ctr,aes192-ctr,aes256-ctr";
  const char *macs = "hmac-sha2-256,hmac-sha2-512";
  if (prefer(raw, LIBSSH2_METHOD_KEX, kex) ||
      prefer(raw, LIBSSH2_METHOD_HOSTKEY, "ssh-ed25519") ||
      prefer(raw, LIBSSH2_METHOD_CRYPT_CS, ciphers) ||
      prefer(raw, LIBSSH2_METHOD_CRYPT_SC, ciphers) ||
      prefer(raw, LIBSSH2_METHOD_MAC_CS, macs) || prefer(raw, LIBSSH2_METHOD_MAC_SC, macs)) {
    session_error(session, libssh2_session_last_errno(raw), error);
    libssh2_session_free(raw);
    free(session);
    return NULL;
  }
  return session;
}

void cssh2_session_shut(cssh2_session *session) {
  if (session->dead) return;
  session->dead = 1;
  close(session->fd);
  session->fd = -1;
  free(session->in);
  give_back(session->out, (void *[]){session});
  session->in = session->out = NULL;
  session->in_start = session->in_end = 0;
  session->out_start = session->out_end = session->out_capacity = 0;
  // With dead buffers nothing can block: receiving fails at once, sending succeeds.
  for (int tries = 0; tries < 8 && libssh2_session_free(session->raw); tries++) continue;
  session->raw = NULL;
}

void cssh2_session_free(cssh2_session *session) {
  cssh2_session_shut(session);
  free(session);
}

int cssh2_handshake(cssh2_session *session, cssh2_error *error) {
  return session_error(session, libssh2_session_handshake(session->raw, session->fd), error);
}

int cssh2_host_key(cssh2_session *session, uint8_t key[32]) {
  static const unsigned char prefix[] = "\0\0\0\013ssh-ed25519\0\0\0\040";
  size_t count = 0;
  int type = 0;
  const char *blob = libssh2_session_hostkey(session->raw, &count, &type);
  if (!blob || count != sizeof prefix - 1 + 32 || memcmp(blob, prefix, sizeof prefix - 1))
    return -1;
  memcpy(key, blob + sizeof prefix - 1, 32);
  return 0;
}

typedef struct {
  cssh2_signer sign;
  void *context;
} signing;

// libssh2 frees the signature with the session's own allocator.
static int sign_for_session(LIBSSH2_SESSION *raw, unsigned char **signature, size_t *count,
                            const unsigned char *data, size_t data_count, void **abstract) {
  void **session = libssh2_session_abstract(raw);
  const signing *how = *abstract;
  *signature = take(64, session);
  if (!*signature) return -1;
  *count = 64;
  if (how->sign(how->context, data, data_count, *signature) == 0) return 0;
  give_back(*signature, session);
  *signature = NULL;
  return -1;
}

int cssh2_authenticate(cssh2_session *session, const char *user, const uint8_t public_key[32],
                       cssh2_signer sign, void *context, cssh2_error *error) {
  unsigned char blob[51] = "\0\0\0\013ssh-ed25519\0\0\0\040";
  memcpy(blob + 19, public_key, 32);
  signing how = {sign, context};
  void *abstract = &how;
  int code = libssh2_userauth_publickey(session->raw, user, blob, sizeof blob, sign_for_session,
                                        &abstract);
  return session_error(session, code, error);
}

int cssh2_keepalive(cssh2_session *session, cssh2_error *error) {
  int next = 0;
  return session_error(session, libssh2_keepalive_send(session->raw, &next), error);
}

void cssh2_disconnect(cssh2_session *session) {
  // Courtesy only; the socket is closed right after.
  (void)libssh2_session_disconnect_ex(session->raw, SSH_DISCONNECT_BY_APPLICATION, "done", "");
}

// Channels

int cssh2_channel_open(cssh2_session *session, LIBSSH2_CHANNEL **channel, cssh2_error *error) {
  *channel = libssh2_channel_open_ex(session->raw, "session", sizeof "session" - 1,
                                     LIBSSH2_CHANNEL_WINDOW_DEFAULT,
                                     LIBSSH2_CHANNEL_PACKET_DEFAULT, NULL, 0);
  if (*channel) return 0;
  int code = libssh2_session_last_errno(session->raw);
  return session_error(session, code ? code : LIBSSH2_ERROR_CHANNEL_FAILURE, error);
}

int cssh2_channel_exec(cssh2_session *session, LIBSSH2_CHANNEL *channel, const uint8_t *command,
                       size_t count, cssh2_error *error) {
  int code = libssh2_channel_process_startup(channel, "exec", sizeof "exec" - 1,
                                             (const char *)command, (unsigned)count);
  return session_error(session, code, error);
}

ssize_t cssh2_channel_read(cssh2_session *session, LIBSSH2_CHANNEL *channel, int stream,
                           void *buffer, size_t count, cssh2_error *error) {
  ssize_t got = libssh2_channel_read_ex(channel, stream, buffer, count);
  if (got < 0) (void)session_error(session, (int)got, error);
  return got;
}

ssize_t cssh2_channel_write(cssh2_session *session, LIBSSH2_CHANNEL *channel, const void *buffer,
                            size_t count, cssh2_error *error) {
  ssize_t put = libssh2_channel_write_ex(channel, 0, buffer, count);
  if (put < 0) (void)session_error(session, (int)put, error);
  return put;
}

int cssh2_channel_send_eof(cssh2_session *session, LIBSSH2_CHANNEL *channel, cssh2_error *error) {
  return session_error(session, libssh2_channel_send_eof(channel), error);
}

int cssh2_channel_at_eof(LIBSSH2_CHANNEL *channel) { return libssh2_channel_eof(channel) == 1; }

int cssh2_channel_closed(cssh2_session *session, LIBSSH2_CHANNEL *channel, cssh2_error *error) {
  int code = libssh2_channel_wait_closed(channel);
  if (code == 0) return 1;
  return code == LIBSSH2_ERROR_EAGAIN ? 0 : session_error(session, code, error);
}

int cssh2_channel_exit_status(LIBSSH2_CHANNEL *channel) {
  return libssh2_channel_get_exit_status(channel);
}

int cssh2_channel_exit_signal(cssh2_session *session, LIBSSH2_CHANNEL *channel, char name[32]) {
  char *signal = NULL;
  size_t count = 0;
  if (libssh2_channel_get_exit_signal(channel, &signal, &count, NULL, NULL, NULL, NULL)) return 0;
  if (!signal) return 0;
  strncpy(name, signal, 31);
  name[31] = 0;
  libssh2_free(session->raw, signal);
  return name[0] != 0;
}

int cssh2_channel_free(cssh2_session *session, LIBSSH2_CHANNEL *channel, cssh2_error *error) {
  return session_error(session, libssh2_channel_free(channel), error);
}
