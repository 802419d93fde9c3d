/* A file as the store of a live run.

   Requests are cut at store.max_transfer, as in the simulation.  What the host
   does not write is an error that the pager sees, and that is told when the
   run is over.  Left out: O_DIRECT; what the host has not written to its disk
   yet is in its cache until store_sync.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../harness/host_clock.h"
#include "live.h"
#include "table.h"

enum
{
  SECTOR_SIZE = 512
};

static struct
{
  int fd;
  const char *name;
  uint64_t size, max_transfer;
  uint64_t requests; /* done  */
  int error;         /* the first that the host gave  */
  uint64_t failed;
} store = { .fd = -1 };

static bool
say (struct user_error *err, const char *file, const char *what)
{
  snprintf (err->line, sizeof err->line, "%.400s: %s", file, what);
  return false;
}

static void
note_error (int error)
{
  int none = 0;
  __atomic_compare_exchange_n (&store.error, &none, error, false,
                               __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  __atomic_fetch_add (&store.failed, 1, __ATOMIC_RELAXED);
}

/* ---- Opening and closing -------------------------------------------------
 */

/* Whether the LEN bytes that FD begins with are a file system's, or none.  */
static bool
may_be_lost (int fd, off_t len)
{
  unsigned char magic[2] = { 0 }, boot[2] = { 0 };
  if (len == 0)
    return true;
  if (pread (fd, magic, 2, 1080) != 2 || pread (fd, boot, 2, 510) != 2)
    return false;
  return (magic[0] == 0x53 && magic[1] == 0xef)
         || (boot[0] == 0x55 && boot[1] == 0xaa);
}

/* FLAGS are for open.  Does not change it.  */
static int
open_file (const char *file, int flags, struct user_error *err)
{
  struct stat st;
  size_t len = strlen (file);
  if (len > 4 && strcmp (file + len - 4, ".lua") == 0)
    return say (err, file, "a store is not written over a workload") - 1;
  /* Opening a pipe would wait.  */
  int fd = open (file, O_RDWR | O_CLOEXEC | O_NONBLOCK | flags, 0666);
  if (fd < 0)
    return say (err, file, strerror (errno)) - 1;
  const char *wrong = NULL;
  if (fstat (fd, &st) != 0)
    wrong = strerror (errno);
  else if (!S_ISREG (st.st_mode))
    wrong = "a store is a regular file";
  else if (!may_be_lost (fd, st.st_size))
    wrong = "there is something else than a file system in it, which is not "
            "overwritten";
  else if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    wrong
        = errno == EWOULDBLOCK ? "another run is using it" : strerror (errno);
  if (wrong == NULL)
    return fd;
  say (err, file, wrong);
  close (fd);
  return -1;
}

bool
store_file_check (const char *file, struct user_error *err)
{
  struct stat st;
  bool there = stat (file, &st) == 0;
  int fd = open_file (file, O_CREAT, err);
  if (fd < 0)
    return false;
  close (fd);
  if (!there)
    unlink (file);
  return true;
}

bool
store_file_open (const char *file, uint64_t size, uint64_t max_transfer,
                 struct user_error *err)
{
  int fd = open_file (file, O_CREAT, err);
  if (fd < 0)
    return false;
  /* A limit of the user's own is an error like others.  */
  signal (SIGXFSZ, SIG_IGN);
  if (ftruncate (fd, 0) != 0 || ftruncate (fd, size) != 0)
    {
      say (err, file, strerror (errno));
      close (fd);
      return false;
    }
  store.fd = fd;
  store.name = file;
  store.size = size;
  store.max_transfer = max_transfer;
  return true;
}

bool
store_file_failed (struct user_error *err)
{
  int error = __atomic_load_n (&store.error, __ATOMIC_RELAXED);
  uint64_t failed = __atomic_load_n (&store.failed, __ATOMIC_RELAXED);
  if (error == 0)
    return false;
  snprintf (err->line, sizeof err->line,
            "%.300s: %s; requests that failed: %llu", store.name,
            strerror (error), (unsigned long long)failed);
  return true;
}

bool
store_file_close (struct user_error *err)
{
  if (fdatasync (store.fd) != 0)
    note_error (errno);
  close (store.fd);
  return !store_file_failed (err);
}

uint64_t
store_file_requests (void)
{
  return __atomic_load_n (&store.requests, __ATOMIC_RELAXED);
}

/* ---- Requests ------------------------------------------------------------
 */

/* Move LEN bytes; how many were moved, and *ERROR.  */
static size_t
move (uint64_t offset, char *data, size_t len, bool write, int *error)
{
  size_t done = 0;
  *error = 0;
  while (done < len)
    {
      ssize_t n
          = write ? pwrite (store.fd, data + done, len - done, offset + done)
                  : pread (store.fd, data + done, len - done, offset + done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          *error = n < 0 ? errno : EIO;
          break;
        }
      done += n;
    }
  return done;
}

static int
request (uint64_t offset, char *data, size_t len, bool write, size_t *amount)
{
  uint64_t begin = host_clock_ns ();
  int error = 0;
  *amount = 0;
  if (offset % SECTOR_SIZE || len % SECTOR_SIZE)
    error = EINVAL;
  else if (offset > store.size || len > store.size - offset)
    error = EIO;
  while (error == 0 && *amount < len)
    {
      size_t part = len - *amount;
      if (part > store.max_transfer)
        part = store.max_transfer;
      meter_add (COUNTER_STORE_REQUESTS, 1);
      *amount += move (offset + *amount, data + *amount, part, write, &error);
      if (error)
        note_error (error);
      __atomic_fetch_add (&store.requests, 1, __ATOMIC_RELAXED);
    }
  if (error)
    *amount = 0;
  meter_record (HISTOGRAM_STORE_NS, host_clock_ns () - begin);
  return error;
}

uint64_t
live_store_size (void)
{
  return store.size;
}

int
live_store_write (uint64_t offset, const void *data, size_t len,
                  size_t *amount)
{
  switch (table_path ())
    {
    case HURD_PATH_FILE:
      meter_add (COUNTER_FILE_STORE_WRITE, 1);
      meter_add (COUNTER_FILE_STORE_WRITE_BYTES, len);
      meter_record (HISTOGRAM_STORE_WRITE_BYTES, len);
      break;
    case HURD_PATH_DISK:
      meter_add (COUNTER_DISK_STORE_WRITE, 1);
      meter_add (COUNTER_DISK_STORE_WRITE_BYTES, len);
      break;
    default:
      meter_add (COUNTER_OTHER_STORE_WRITE, 1);
    }
  return request (offset, (char *)data, len, true, amount);
}

int
live_store_read (uint64_t offset, void *data, size_t len, size_t *amount)
{
  meter_add (COUNTER_STORE_READ, 1);
  meter_add (COUNTER_STORE_READ_BYTES, len);
  return request (offset, data, len, false, amount);
}

int
live_store_sync (void)
{
  meter_add (COUNTER_STORE_SYNC, 1);
  meter_add (COUNTER_STORE_REQUESTS, 1);
  if (fdatasync (store.fd) == 0)
    return 0;
  note_error (errno);
  return EIO;
}

/* Before there is a machine: nothing goes on without.  */
static void
move_now (uint64_t offset, char *data, size_t len, bool write)
{
  int error;
  move (offset, data, len, write, &error);
  if (error)
    live_stop_wrong ("%.300s: %s", store.name, strerror (error));
}

void
live_store_poke (uint64_t offset, const void *data, size_t len)
{
  move_now (offset, (char *)data, len, true);
}

void
live_store_peek (uint64_t offset, void *data, size_t len)
{
  move_now (offset, data, len, false);
}
