/* Letting e2fsck repair an image: see powercut.h.

   It is given the file by its descriptor, as it has no name, nothing of this
   environment, and a minute.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "powercut.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../base/check.h"

enum
{
  FSCK_FD = 3,
  FSCK_LIMIT_MS = 60000,
  BY_SIGNAL = 256
};

static bool
in_directory (const char *dir, size_t len, char *path)
{
  int n = snprintf (path, PATH_MAX, "%.*s/e2fsck", (int)len, dir);
  return len > 0 && n < PATH_MAX && access (path, X_OK) == 0;
}

const char *
powercut_e2fsck (void)
{
  static char path[PATH_MAX];
  static const char *const others[] = { "/usr/sbin", "/sbin" };
  const char *dirs = getenv ("PATH");
  for (const char *at = dirs; at && *at;)
    {
      size_t len = strcspn (at, ":");
      if (in_directory (at, len, path))
        return path;
      at += len + (at[len] == ':');
    }
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (in_directory (others[i], strlen (others[i]), path))
      return path;
  return NULL;
}

/* Its exit status, or BY_SIGNAL and the signal that ended it: SIGKILL is
   ours, when it takes too long.  */
static uint32_t
run_e2fsck (const char *e2fsck, int fd, const char *option)
{
  static char *const environment[]
      = { (char *)"E2FSCK_CONFIG=/dev/null", (char *)"LC_ALL=C", NULL };
  char *const argv[]
      = { (char *)"e2fsck", (char *)option, (char *)"/proc/self/fd/3", NULL };
  posix_spawn_file_actions_t actions;
  pid_t pid;
  int status;
  CHECK (posix_spawn_file_actions_init (&actions) == 0);
  CHECK (posix_spawn_file_actions_adddup2 (&actions, fd, FSCK_FD) == 0);
  for (int std = 0; std < 3; std++)
    CHECK (posix_spawn_file_actions_addopen (&actions, std, "/dev/null",
                                             O_RDWR, 0)
           == 0);
  int error = posix_spawn (&pid, e2fsck, &actions, NULL, argv, environment);
  posix_spawn_file_actions_destroy (&actions);
  CHECK (error == 0);
  int pidfd = pidfd_open (pid, 0);
  struct pollfd ended = { .fd = pidfd, .events = POLLIN };
  if (pidfd >= 0 && poll (&ended, 1, FSCK_LIMIT_MS) == 0)
    kill (pid, SIGKILL);
  while (waitpid (pid, &status, 0) < 0)
    CHECK (errno == EINTR);
  if (pidfd >= 0)
    close (pidfd);
  return WIFEXITED (status) ? WEXITSTATUS (status)
                            : BY_SIGNAL + WTERMSIG (status);
}

void
powercut_repair (const char *e2fsck, const struct powercut_canvas *c,
                 struct powercut_row *row)
{
  row->fsck = run_e2fsck (e2fsck, powercut_canvas_fd (c), "-fy");
  row->again = run_e2fsck (e2fsck, powercut_canvas_fd (c), "-fn");
}
