#include "CTerminal.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

// Programs that close each possible descriptor take long under a limit such as 2^30.
static const rlim_t most_files = 65536;

static struct rlimit usual_files;
static struct sigaction usual_pipe;

// Runs before the runtime opens descriptors of its own: on 0, 1 or 2, where the caller left one
// closed, it would take what is printed. A write to one that is only open for reading fails.
__attribute__((constructor)) static void fill_streams(void) {
  int descriptor;
  do descriptor = open("/dev/null", O_RDONLY);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor >= 0) close(descriptor);
}

void ct_prepare(void) {
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigaction(SIGPIPE, &ignore, &usual_pipe);
  if (getrlimit(RLIMIT_NOFILE, &usual_files) != 0) return;
  struct rlimit raised = usual_files;
  rlim_t most = raised.rlim_max < most_files ? raised.rlim_max : most_files;
  if (raised.rlim_cur >= most) return;
  raised.rlim_cur = most;
  setrlimit(RLIMIT_NOFILE, &raised);
}

void ct_restore(void) {
  sigaction(SIGPIPE, &usual_pipe, NULL);
  setrlimit(RLIMIT_NOFILE, &usual_files);
}

int ct_ignores(int number) {
  struct sigaction now;
  return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}
