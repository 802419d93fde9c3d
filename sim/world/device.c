/* The store: one request at a time, in virtual time.

   Models a device behind libstore (docs/model.md 8): requests are served one
   by one in the order of arrival, and a call keeps the device from its first
   piece to its last, as libstore does not let another call in between.  Each
   piece, of at most max_transfer bytes, pays the CPU part of the call and the
   overhead; the seek and the rotation are paid where the head has to move.

   Left out: reordering, queue depth, read-ahead, and the volatile write cache
   (device_sync costs its overhead, and nothing is ever lost).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "device.h"

#include "../base/check.h"
#include "../engine/choice.h"
#include "../engine/engine.h"
#include "../engine/step.h"
#include "../engine/trace.h"
#include "costs.h"
#include "counters.h"
#include "disk_contents.h"
#include "faults.h"

#include <errno.h>
#include <string.h>

#define NS_PER_S UINT64_C (1000000000)
#define MS UINT64_C (1000000)
#define US UINT64_C (1000)
#define MIB (UINT64_C (1) << 20)
#define KIB (UINT64_C (1) << 10)

const struct device_preset device_presets[] = {
  { "ram",
    "memory behind a device interface",
    {
        .overhead_ns = 2 * US,           /* assumed  */
        .bandwidth = UINT64_C (8) << 30, /* assumed: one core's memcpy  */
        .max_transfer = MIB,             /* assumed  */
    } },
  { "virtio",
    "a virtual machine's disk, cached by its host",
    {
        .overhead_ns = 60 * US,  /* assumed: an exit, the host's call, an
                                    interrupt  */
        .bandwidth = 1000 * MIB, /* assumed  */
        .max_transfer = MIB,     /* assumed  */
    } },
  { "ssd",
    "a SATA solid-state disk",
    {
        .overhead_ns = 80 * US, /* assumed: typical of one request at a time
                                 */
        .bandwidth = 500 * MIB, /* assumed: SATA 3 carries 6 Gbit/s in 8b/10b,
                                   less the protocol  */
        .max_transfer = 512 * KIB, /* assumed  */
    } },
  { "hdd",
    "a disk of 7200 turns a minute",
    {
        .overhead_ns = 200 * US, /* assumed  */
        .seek_ns = 18 * MS,      /* assumed: full stroke; a third of it
                                    takes 10 ms then  */
        .rotation_ns = UINT64_C (60) * NS_PER_S / 7200,
        .bandwidth = 150 * MIB,    /* assumed: outer tracks  */
        .max_transfer = 512 * KIB, /* assumed  */
    } },
  { "fixed",
    "every request takes the same time",
    {
        .overhead_ns = 5 * MS, /* assumed; docs/model.md 7.4 finds 5 to 10 ms
                                  plausible for the published runs  */
        .bandwidth = 0,
        .max_transfer = 16 * MIB, /* assumed: nothing is split  */
    } },
  { NULL, NULL, { 0 } },
};

static struct device_config config;
static uint64_t full_stroke; /* root of the size  */
static uint64_t head;        /* where the last request ended  */
static bool busy;
static struct waitq waiting; /* for their turn, in order of arrival  */
static struct waitq stuck;   /* never woken  */

/* The end of the piece in service, and who waits for it.  */
static struct timer service_timer;
static struct waitq served;

/* The largest number whose square is at most N.  */
static uint64_t
root (uint64_t n)
{
  uint64_t r = 0;
  for (uint64_t bit = UINT64_C (1) << 31; bit != 0; bit >>= 1)
    if ((r | bit) * (r | bit) <= n)
      r |= bit;
  return r;
}

/* A * B / C, rounded down, without overflow on the way.  */
static uint64_t
scale (uint64_t a, uint64_t b, uint64_t c)
{
  return (uint64_t)((unsigned __int128)a * b / c);
}

static void
service_ends (struct timer *t)
{
  (void)t;
  waitq_wake_one (&served);
}

void
device_init (const struct device_config *c)
{
  CHECK (c->max_transfer >= SIM_PAGE_SIZE);
  CHECK (c->max_transfer % SECTOR_SIZE == 0);
  CHECK (c->size % SIM_PAGE_SIZE == 0);
  config = *c;
  full_stroke = root (c->size);
  head = 0;
  busy = false;
  waiting = stuck = (struct waitq){ 0 };
  served = (struct waitq){ 0 };
  service_timer = (struct timer){ .fn = service_ends };
  disk_contents_init (c->size);
}

uint64_t
device_size (void)
{
  return config.size;
}

/* ---- Time --------------------------------------------------------------- */

static vtime
move_ns (uint64_t offset)
{
  if (offset == head)
    return 0;
  uint64_t distance = offset > head ? offset - head : head - offset;
  vtime ns = 0;
  if (config.seek_ns > 0)
    ns = scale (config.seek_ns, root (distance), full_stroke);
  if (config.rotation_ns > 0)
    ns += choice_pick (CHOICE_ROTATION, config.rotation_ns);
  return ns;
}

static vtime
transfer_ns (uint64_t bytes)
{
  return config.bandwidth > 0 ? scale (bytes, NS_PER_S, config.bandwidth) : 0;
}

vtime
device_page_ns (void)
{
  return config.overhead_ns + transfer_ns (SIM_PAGE_SIZE);
}

/* The current thread waits for its turn.  */
static void
device_take (void)
{
  CHECK (engine.current != NULL);
  if (busy)
    /* device_give leaves it busy for us.  */
    waitq_wait (&waiting, WAIT_DEVICE, &config);
  CHECK (busy || waiting.head == NULL);
  busy = true;
}

static void
device_give (void)
{
  CHECK (busy);
  if (waitq_wake_one (&waiting) == NULL)
    busy = false;
}

bool
device_busy (unsigned *queued)
{
  *queued = 0;
  for (const struct thread *t = waiting.head; t != NULL; t = t->next)
    ++*queued;
  return busy;
}

/* The device works for NS.  A timer of its own, and not the thread's sleep: a
   device at work keeps a run alive even when a daemon waits for it.  */
static void
device_work (vtime ns)
{
  counter_add (COUNTER_STORE_REQUESTS, 1);
  if (ns == 0)
    return;
  timer_set (&service_timer, engine_now () + ns);
  waitq_wait (&served, WAIT_DEVICE, &config);
}

/* ---- Requests ----------------------------------------------------------- */

static int
request_error (uint64_t offset, size_t len)
{
  if (offset % SECTOR_SIZE != 0 || len % SECTOR_SIZE != 0)
    return EINVAL;
  if (offset > config.size || len > config.size - offset)
    return EIO;
  return 0;
}

/* Where a request's data is: one of the three is not NULL.  */
struct request_data
{
  const char *write;
  const struct stamp *write_stamps;
  char *read;
  const struct fault_effect *effect; /* of a write, where faults are on  */
};

static void
move_data (const struct request_data *d, uint64_t offset, size_t at, size_t len)
{
  if (d->write != NULL)
    disk_contents_write (offset + at, d->write + at, len);
  else if (d->write_stamps != NULL)
    disk_contents_write_stamps (offset + at,
                                d->write_stamps + (at >> SIM_PAGE_SHIFT),
                                len >> SIM_PAGE_SHIFT);
  else
    disk_contents_read (offset + at, d->read + at, len);
}

/* ---- Faults: what is placed where --------------------------------------- */

/* Write the sectors of the block at OFFSET that are in KEEP, a bit each.  What
   stood for a stamp stands for none then.  */
static void
write_sectors (const char *block, uint64_t offset, unsigned keep)
{
  struct stamp s;
  char mark[SECTOR_SIZE];
  memcpy (&s, block, sizeof s);
  for (unsigned i = 0; i < SIM_PAGE_SIZE / SECTOR_SIZE; i++)
    if (keep & 1U << i && s.magic != STAMP_MAGIC)
      disk_contents_write (offset + i * SECTOR_SIZE, block + i * SECTOR_SIZE,
                           SECTOR_SIZE);
  if (keep == 0 || s.magic != STAMP_MAGIC)
    return;
  s.magic = STAMP_TORN;
  memset (mark, 0, sizeof mark);
  memcpy (mark, &s, sizeof s);
  disk_contents_write (offset, mark, sizeof mark);
}

/* Write block I of a request, or some sectors of it, to OFFSET.  */
static void
write_block (const struct request_data *d, size_t i, uint64_t offset,
             unsigned keep)
{
  char block[SIM_PAGE_SIZE];
  bool all = keep == (1U << SIM_PAGE_SIZE / SECTOR_SIZE) - 1;
  if (d->write_stamps != NULL && all)
    disk_contents_write_stamps (offset, &d->write_stamps[i], 1);
  else if (d->write_stamps == NULL && all)
    disk_contents_write (offset, d->write + (i << SIM_PAGE_SHIFT),
                         SIM_PAGE_SIZE);
  else if (d->write_stamps == NULL)
    write_sectors (d->write + (i << SIM_PAGE_SHIFT), offset, keep);
  else
    {
      struct stamp s = d->write_stamps[i];
      s.magic = STAMP_MAGIC;
      memset (block, 0, sizeof block);
      memcpy (block, &s, sizeof s);
      write_sectors (block, offset, keep);
    }
}

/* Which sectors of a block are written: some, not all.  */
static unsigned
torn_sectors (void)
{
  unsigned all = (1U << SIM_PAGE_SIZE / SECTOR_SIZE) - 1;
  return 1 + choice_pick (CHOICE_FAULT, all - 1);
}

/* Place the LEN bytes of a request for OFFSET as the fault E wants it.  */
static void
place (const struct request_data *d, uint64_t offset, size_t len,
       const struct fault_effect *e)
{
  faults_placed (&(struct store_event){ .path = engine.current->io_path,
                                        .offset = offset,
                                        .len = len,
                                        .data = d->write,
                                        .stamps = d->write_stamps,
                                        .effect = e });
  if (e->error)
    return;
  size_t left = len - e->lost;
  if (e->before > 0)
    {
      uint64_t other = offset >= e->before ? offset - e->before
                                           : offset + e->before;
      offset = other <= config.size - len ? other : offset;
    }
  for (size_t i = 0; left > 0; i++, offset += SIM_PAGE_SIZE)
    {
      size_t part = left < SIM_PAGE_SIZE ? left : SIM_PAGE_SIZE;
      unsigned keep = (1U << part / SECTOR_SIZE) - 1;
      if (e->torn)
        keep &= torn_sectors ();
      write_block (d, i, offset, keep);
      left -= part;
    }
}

/* The caller has charged the CPU part of the first piece.  */
static void
transfer (uint64_t offset, const struct request_data *d, size_t len)
{
  step (STEP_STORE, STEP_OBJECT_BLOCK | offset >> SIM_PAGE_SHIFT);
  device_take ();
  if (d->effect != NULL && d->effect->stuck)
    waitq_wait (&stuck, WAIT_DEVICE, &config);
  for (size_t at = 0; at < len;)
    {
      size_t part
          = len - at < config.max_transfer ? len - at : config.max_transfer;
      if (at > 0)
        cost_charge (COST_STORE_CALL);
      device_work (config.overhead_ns + move_ns (offset + at)
                   + transfer_ns (part));
      head = offset + at + part;
      if (d->write_stamps == NULL && d->effect == NULL)
        move_data (d, offset, at, part);
      at += part;
    }
  if (d->effect != NULL)
    {
      if (d->effect->longer > 0)
        device_work (d->effect->longer);
      place (d, offset, len, d->effect);
    }
  /* A piece need not be whole blocks, as stamps are.  */
  else if (d->write_stamps != NULL)
    move_data (d, offset, 0, len);
  device_give ();
  step (STEP_STORED, STEP_OBJECT_BLOCK | offset >> SIM_PAGE_SHIFT);
}

static void
count_write (size_t len)
{
  switch (engine.current->io_path)
    {
    case IO_FILE:
      counter_add (COUNTER_FILE_STORE_WRITE, 1);
      counter_add (COUNTER_FILE_STORE_WRITE_BYTES, len);
      histogram_record (HISTOGRAM_STORE_WRITE_BYTES, len);
      break;
    case IO_DISK:
      counter_add (COUNTER_DISK_STORE_WRITE, 1);
      counter_add (COUNTER_DISK_STORE_WRITE_BYTES, len);
      break;
    default:
      counter_add (COUNTER_OTHER_STORE_WRITE, 1);
    }
}

static int
write_request (uint64_t offset, const struct request_data *d, size_t len,
               size_t *done)
{
  CHECK (engine.current != NULL);
  vtime start = engine_now ();
  count_write (len);
  trace (TRACE_STORE_WRITE, offset >> SIM_PAGE_SHIFT, len);
  cost_charge (COST_STORE_CALL);
  *done = 0;
  int err = request_error (offset, len);
  if (err == 0 && __builtin_expect (faults_on, 0))
    {
      struct fault_effect e = { 0 };
      struct request_data faulty = *d;
      faults_decide (offset, len, &e);
      faulty.effect = &e;
      transfer (offset, &faulty, len);
      err = e.error;
      *done = err ? 0 : len - e.lost;
    }
  else if (err == 0)
    {
      transfer (offset, d, len);
      *done = len;
    }
  histogram_record (HISTOGRAM_STORE_NS, engine_now () - start);
  return err;
}

int
device_write (uint64_t offset, const void *data, size_t len, size_t *done)
{
  return write_request (offset, &(struct request_data){ .write = data }, len,
                        done);
}

int
device_write_stamps (uint64_t offset, const struct stamp *stamps,
                     size_t blocks, size_t *done)
{
  CHECK (offset % SIM_PAGE_SIZE == 0);
  return write_request (offset,
                        &(struct request_data){ .write_stamps = stamps },
                        blocks << SIM_PAGE_SHIFT, done);
}

int
device_read (uint64_t offset, void *data, size_t len, size_t *done)
{
  CHECK (engine.current != NULL);
  vtime start = engine_now ();
  counter_add (COUNTER_STORE_READ, 1);
  counter_add (COUNTER_STORE_READ_BYTES, len);
  trace (TRACE_STORE_READ, offset >> SIM_PAGE_SHIFT, len);
  cost_charge (COST_STORE_CALL);
  *done = 0;
  int err = request_error (offset, len);
  if (err == 0)
    {
      transfer (offset, &(struct request_data){ .read = data }, len);
      *done = len;
    }
  histogram_record (HISTOGRAM_STORE_NS, engine_now () - start);
  return err;
}

int
device_sync (void)
{
  CHECK (engine.current != NULL);
  counter_add (COUNTER_STORE_SYNC, 1);
  trace (TRACE_STORE_SYNC, 0, 0);
  cost_charge (COST_STORE_CALL);
  device_take ();
  device_work (config.overhead_ns);
  if (__builtin_expect (device_watch != NULL, 0))
    device_watch->synced ();
  device_give ();
  return 0;
}

/* ---- Without time ------------------------------------------------------- */

void
device_poke (uint64_t offset, const void *data, size_t len)
{
  CHECK (request_error (offset, len) == 0);
  disk_contents_write (offset, data, len);
}

void
device_peek (uint64_t offset, void *data, size_t len)
{
  CHECK (request_error (offset, len) == 0);
  disk_contents_read (offset, data, len);
}

uint64_t
device_next_data (uint64_t offset)
{
  return disk_contents_next (offset);
}
