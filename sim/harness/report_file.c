/* Where results go: see report_file.h.

   A result is complete or not there: a regular file is written under another
   name beside it, brought to the disk, and renamed.  Pipes and devices are
   written in place.  A symbolic link stays one: the file it leads to is
   replaced.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "report_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file being written, for report_file_abandon; empty when there is none.
 */
static char temporary[PATH_MAX];

void
report_file_abandon (void)
{
  if (temporary[0])
    unlink (temporary);
}

static bool
fail (const char *path, int error, struct user_error *err)
{
  snprintf (err->line, sizeof err->line, "%.400s: %s",
            strcmp (path, "-") == 0 ? "standard output" : path,
            strerror (error));
  return false;
}

/* 0 or errno.  */
static int
write_all (int fd, const char *text, size_t len)
{
  while (len > 0)
    {
      ssize_t n = write (fd, text, len);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno;
      text += n;
      len -= n;
    }
  return 0;
}

/* What PATH is written as: in place, or, into TARGET, the file to replace.  */
static int
resolve (const char *path, bool *in_place, char *target)
{
  struct stat st;
  *in_place = false;
  if (strcmp (path, "-") == 0)
    {
      *in_place = true;
      return 0;
    }
  if (!*path)
    return ENOENT;
  if (stat (path, &st) == 0)
    {
      if (S_ISDIR (st.st_mode))
        return EISDIR;
      if (access (path, W_OK) != 0)
        return errno;
      *in_place = !S_ISREG (st.st_mode);
      return *in_place || realpath (path, target) ? 0 : errno;
    }
  if (errno != ENOENT)
    return errno;
  if (lstat (path, &st) == 0 || path[strlen (path) - 1] == '/')
    return ENOENT; /* a link to nowhere, or a directory that is not there  */
  if (strlen (path) >= PATH_MAX)
    return ENAMETOOLONG;
  strcpy (target, path);
  return 0;
}

/* A temporary file beside TARGET.  */
static int
open_temporary (const char *target, int *fd)
{
  char name[PATH_MAX];
  int len = snprintf (name, sizeof name, "%s.XXXXXX", target);
  if (len < 0 || (size_t)len >= sizeof name)
    return ENAMETOOLONG;
  *fd = mkostemp (name, O_CLOEXEC);
  if (*fd < 0)
    return errno;
  strcpy (temporary, name);
  return 0;
}

static void
drop_temporary (void)
{
  unlink (temporary);
  temporary[0] = 0;
}

bool
report_file_check (const char *path, struct user_error *err)
{
  char target[PATH_MAX];
  bool in_place;
  int fd, error = resolve (path, &in_place, target);
  if (!error && !in_place)
    {
      error = open_temporary (target, &fd);
      if (!error)
        {
          close (fd);
          drop_temporary ();
        }
    }
  return error ? fail (path, error, err) : true;
}

/* The permissions of the file that is replaced, or those that a new file
   gets.  */
static mode_t
mode_of (const char *target)
{
  struct stat st;
  if (stat (target, &st) == 0)
    return st.st_mode & 0777;
  mode_t mask = umask (0);
  umask (mask);
  return 0666 & ~mask;
}

static int
replace (const char *target, int (*fill) (int, void *), void *arg)
{
  int fd, error = open_temporary (target, &fd);
  if (error)
    return error;
  error = fill (fd, arg);
  if (!error && (fchmod (fd, mode_of (target)) != 0 || fsync (fd) != 0))
    error = errno;
  if (close (fd) != 0 && !error)
    error = errno;
  if (!error && rename (temporary, target) != 0)
    error = errno;
  if (error)
    drop_temporary ();
  temporary[0] = 0;
  return error;
}

struct text
{
  const char *text;
  size_t len;
};

static int
fill_text (int fd, void *arg)
{
  const struct text *t = arg;
  return write_all (fd, t->text, t->len);
}

bool
report_file_fill (const char *path, int (*fill) (int fd, void *arg), void *arg,
                  struct user_error *err)
{
  char target[PATH_MAX];
  bool in_place;
  int error = resolve (path, &in_place, target);
  if (!error)
    error = in_place ? EINVAL : replace (target, fill, arg);
  return error ? fail (path, error, err) : true;
}

bool
report_file_write (const char *path, const char *text, size_t len,
                   struct user_error *err)
{
  struct text t = { text, len };
  char target[PATH_MAX];
  bool in_place;
  int error = resolve (path, &in_place, target);
  if (!error && !in_place)
    error = replace (target, fill_text, &t);
  else if (!error && strcmp (path, "-") == 0)
    error = write_all (STDOUT_FILENO, text, len);
  else if (!error)
    {
      int fd = open (path, O_WRONLY | O_CLOEXEC);
      error = fd < 0 ? errno : write_all (fd, text, len);
      if (fd >= 0 && close (fd) != 0 && !error)
        error = errno;
    }
  return error ? fail (path, error, err) : true;
}

bool
report_directory (const char *path, struct user_error *err)
{
  char probe[PATH_MAX];
  struct stat st;
  if (mkdir (path, 0777) != 0 && errno != EEXIST)
    return fail (path, errno, err);
  if (stat (path, &st) != 0)
    return fail (path, errno, err);
  if (!S_ISDIR (st.st_mode))
    return fail (path, ENOTDIR, err);
  int len = snprintf (probe, sizeof probe, "%s/result", path);
  if (len < 0 || (size_t)len >= sizeof probe)
    return fail (path, ENAMETOOLONG, err);
  int fd, error = open_temporary (probe, &fd);
  if (error)
    return fail (path, error, err);
  close (fd);
  drop_temporary ();
  return true;
}
