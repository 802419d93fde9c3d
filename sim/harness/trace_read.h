/* A recorded trace of file operations: what programs did, in which order and
   when, to be done again by threads of a workload (replay.h).

   Three formats are read (docs/workloads.md): our own text, which
   workloads/traces/record.sh writes, and fio's iolog, versions 2 and 3.  A
   trace is checked as a whole when it is read: names exist, handles are open,
   so that a replay can fail only where the file system does.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_TRACE_READ_H
#define SIM_HARNESS_TRACE_READ_H

#include "../base/types.h"
#include "workload.h"

enum
{
  RECORDING_PROCESSES = 64,
  RECORDING_HANDLES = 4096 /* of files, and as many mappings  */
};

enum recorded_kind
{
  RECORDED_OPEN,   /* HANDLE of a file that is there  */
  RECORDED_CREATE, /* the same, making it if need be  */
  RECORDED_CLOSE,
  RECORDED_WRITE,
  RECORDED_READ,
  RECORDED_TRUNCATE, /* to LENGTH  */
  RECORDED_FSYNC,
  RECORDED_SYNC, /* of all files  */
  RECORDED_MKDIR,
  RECORDED_RMDIR, /* PATH[0] is renamed to PATH[1]  */
  RECORDED_RENAME,
  RECORDED_UNLINK,
  RECORDED_MAP, /* MAPPING of the file HANDLE  */
  RECORDED_STORE,
  RECORDED_LOAD,
  RECORDED_UNMAP,
  RECORDED_AFTER, /* nothing: waits for what it depends on  */
  RECORDED_KINDS
};
/* As in the text.  */
extern const char *const recorded_kind_name[RECORDED_KINDS];

struct recorded
{
  vtime at; /* since the first  */
  uint64_t offset, length, bs;
  const char *path[2];
  uint32_t line;
  uint16_t handle, mapping;
  uint8_t kind, process;
  uint32_t number;          /* among those of its process, from 0  */
  uint32_t needs, needs_of; /* the first of them, how many  */
};

/* PROCESS must have done its first COUNT operations.  */
struct need
{
  uint32_t process, count;
};

/* What is there at the beginning: a directory, or a file of SIZE bytes.  */
struct recorded_had
{
  const char *path;
  uint64_t size;
  uint32_t line;
  bool directory;
};

struct recording
{
  char *path; /* of the trace itself  */
  char *text; /* as it was read  */
  size_t len;
  struct recorded_had *had;
  struct recorded *op; /* in the order of the trace  */
  struct need *need;
  size_t hads, ops, needs;
  unsigned processes;
  /* Which operations are a process's own: indices, in order.  */
  uint32_t *own[RECORDING_PROCESSES];
  uint32_t owns[RECORDING_PROCESSES];
  struct recording_store *store; /* where the names are  */
};

/* Read PATH; NULL and *ERR, "FILE:LINE: what", when it is wrong.  */
struct recording *recording_read (const char *path, struct user_error *err);
/* The same of a text, as if it were in a file NAME.  */
struct recording *recording_parse (const char *name, const char *text,
                                   size_t len, struct user_error *err);
void recording_free (struct recording *r);

#endif /* SIM_HARNESS_TRACE_READ_H */
