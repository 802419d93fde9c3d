/* Stacks and their use by coroutines; what a switch needs besides its jump.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "coroutine.h"
#include "../base/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef COROUTINE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef COROUTINE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

enum
{
  /* A guard wider than a page also catches functions with large frames, which
     may step over their first bytes.  */
  GUARD_BYTES = 64 * 1024,
  /* Stacks whose hot ends lie at the same place of a page would fight for the
     same lines of the cache: shift each by a line.  */
  COLOURS = 40,
  COLOUR_BYTES = 64
};

struct coroutine coroutine_main;
struct coroutine *coroutine_running = &coroutine_main;

static struct
{
  struct coroutine **all; /* every mapped stack, in order of creation  */
  struct coroutine **free;
  size_t mapped, unused, capacity;
  size_t stack_bytes;
  bool exec;
} pool;

size_t
coroutine_stacks (void)
{
  return pool.mapped;
}

static int
protection (void)
{
  return PROT_READ | PROT_WRITE | (pool.exec ? PROT_EXEC : 0);
}

static void
grow_tables (void)
{
  size_t capacity = pool.capacity ? 2 * pool.capacity : 64;
  pool.all = realloc (pool.all, capacity * sizeof *pool.all);
  pool.free = realloc (pool.free, capacity * sizeof *pool.free);
  CHECK (pool.all && pool.free);
  pool.capacity = capacity;
}

static struct coroutine *
map_stack (void)
{
  if (pool.mapped == pool.capacity)
    grow_tables ();

  size_t length = GUARD_BYTES + pool.stack_bytes;
  char *base = mmap (NULL, length, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK (base != MAP_FAILED);
  CHECK (mprotect (base + GUARD_BYTES, pool.stack_bytes, protection ()) == 0);

  size_t colour = pool.mapped % COLOURS * COLOUR_BYTES;
  size_t top = (length - colour - sizeof (struct coroutine)) & ~(size_t)63;
  struct coroutine *c = (struct coroutine *)(base + top);
  c->base = base;
  c->length = length;
  c->stack = base + GUARD_BYTES;
  c->stack_bytes = (char *)c - (char *)c->stack;
  pool.all[pool.mapped++] = c;
  return c;
}

static void
unmap_stack (struct coroutine *c)
{
#ifdef COROUTINE_ASAN
  __asan_unpoison_memory_region (c->stack, c->stack_bytes);
#endif
  CHECK (munmap (c->base, c->length) == 0);
}

void
coroutine_reset (size_t stack_bytes, bool exec)
{
  size_t page = sysconf (_SC_PAGESIZE);

  CHECK (coroutine_running == &coroutine_main);
  stack_bytes = (stack_bytes + page - 1) & ~(page - 1);
  CHECK (stack_bytes >= 2 * page);

#ifdef COROUTINE_TSAN
  for (size_t i = 0; i < pool.mapped; i++)
    if (pool.all[i]->fiber)
      {
        __tsan_destroy_fiber (pool.all[i]->fiber);
        pool.all[i]->fiber = NULL;
      }
#endif
  if (stack_bytes != pool.stack_bytes)
    {
      for (size_t i = 0; i < pool.mapped; i++)
        unmap_stack (pool.all[i]);
      pool.mapped = 0;
      pool.stack_bytes = stack_bytes;
    }
  if (exec != pool.exec)
    {
      pool.exec = exec;
      for (size_t i = 0; i < pool.mapped; i++)
        CHECK (mprotect (pool.all[i]->base + GUARD_BYTES, stack_bytes,
                         protection ())
               == 0);
    }

  /* The oldest is taken first.  */
  for (size_t i = 0; i < pool.mapped; i++)
    pool.free[i] = pool.all[pool.mapped - 1 - i];
  pool.unused = pool.mapped;
}

_Noreturn void coroutine_begin (void) __attribute__ ((used));

/* The first code on a new coroutine's stack.  */
_Noreturn void
coroutine_begin (void)
{
  struct coroutine *self = coroutine_running;

  coroutine_sanitize_after (self);
  self->fn (self->arg);
  CHECK (!"a coroutine's function returned");
  abort ();
}

#ifdef ENGINE_UCONTEXT

static void
prepare (struct coroutine *c)
{
  CHECK (getcontext (&c->context) == 0);
  c->context.uc_stack.ss_sp = c->stack;
  c->context.uc_stack.ss_size = c->stack_bytes;
  c->context.uc_link = NULL;
  makecontext (&c->context, (void (*) (void))coroutine_begin, 0);
}

#else

/* No return address is above it: an unwinder stops there.  */
__asm__(".text\n"
        ".p2align 4\n"
        ".globl coroutine_start\n"
        ".hidden coroutine_start\n"
        ".type coroutine_start, @function\n"
        "coroutine_start:\n\t"
        ".cfi_startproc\n\t"
        ".cfi_undefined %rip\n\t"
        "xorl %ebp, %ebp\n\t"
        "call coroutine_begin\n\t"
        "ud2\n\t"
        ".cfi_endproc\n"
        ".size coroutine_start, . - coroutine_start");

_Static_assert(offsetof (struct coroutine, sp) == 0
                   && offsetof (struct coroutine, bp) == 8
                   && offsetof (struct coroutine, pc) == 16,
               "coroutine_x86_64.h goes by these");

static void
prepare (struct coroutine *c)
{
  /* Aligned, as the struct itself is.  */
  c->sp = c;
  c->bp = NULL;
  c->pc = (void *)coroutine_start;
}

#endif

struct coroutine *
coroutine_new (void (*fn) (void *), void *arg)
{
  struct coroutine *c;

  if (pool.unused == 0)
    c = map_stack ();
  else
    {
      c = pool.free[--pool.unused];
#ifdef COROUTINE_ASAN
      /* Its last user may have been left anywhere.  */
      __asan_unpoison_memory_region (c->stack, c->stack_bytes);
#endif
    }
#ifdef COROUTINE_ASAN
  c->fake_stack = NULL;
#endif
#ifdef COROUTINE_TSAN
  if (c->fiber)
    __tsan_destroy_fiber (c->fiber);
  c->fiber = __tsan_create_fiber (0);
#endif
  c->fn = fn;
  c->arg = arg;
  prepare (c);
  return c;
}

void
coroutine_free (struct coroutine *c)
{
  CHECK (pool.unused < pool.mapped);
  pool.free[pool.unused++] = c;
}

_Noreturn void
coroutine_leave (struct coroutine *to)
{
  coroutine_sanitize_before (NULL, to);
  coroutine_running = to;
#ifdef ENGINE_UCONTEXT
  setcontext (&to->context);
#else
  struct coroutine nobody;
  coroutine_jump (&nobody, to);
#endif
  CHECK (!"came back");
  abort ();
}

_Noreturn void
coroutine_stop (void)
{
  struct coroutine *self = coroutine_running;
  coroutine_sanitize_before (NULL, &coroutine_main);
  coroutine_running = &coroutine_main;
  coroutine_jump (self, &coroutine_main);
  CHECK (!"came back");
  abort ();
}

size_t
coroutine_words (const struct coroutine *c, const uintptr_t *sp)
{
  uintptr_t start = (uintptr_t)c->stack;
  if ((uintptr_t)sp - start >= c->stack_bytes)
    return 0;
  return (start + c->stack_bytes - (uintptr_t)sp) / sizeof *sp;
}

const uintptr_t *
coroutine_place (const struct coroutine *c)
{
#if !defined ENGINE_UCONTEXT
  return c->sp;
#elif defined __x86_64__
  return (const uintptr_t *)c->context.uc_mcontext.gregs[REG_RSP];
#else
  return NULL;
#endif
}

bool
coroutine_in_guard (const void *address)
{
  const char *base = coroutine_running->base;
  return base && (const char *)address >= base
         && (const char *)address < base + GUARD_BYTES;
}

#if defined COROUTINE_ASAN || defined COROUTINE_TSAN

#ifdef COROUTINE_ASAN
static bool from_main;
#endif

/* The thread sanitizer keeps each fiber's calls: the one that changes fibers
   must not be among them, as it would enter on one and leave on the other.  */
#if !defined COROUTINE_TSAN
#define UNRECORDED
#elif defined __clang__
#define UNRECORDED __attribute__ ((disable_sanitizer_instrumentation))
#else
#define UNRECORDED __attribute__ ((no_sanitize_thread))
#endif

UNRECORDED void
coroutine_sanitize_before (struct coroutine *from, struct coroutine *to)
{
#ifdef COROUTINE_ASAN
  from_main = from == &coroutine_main;
  __sanitizer_start_switch_fiber (from ? &from->fake_stack : NULL, to->stack,
                                  to->stack_bytes);
#endif
#ifdef COROUTINE_TSAN
  if (from == &coroutine_main)
    from->fiber = __tsan_get_current_fiber ();
  __tsan_switch_to_fiber (to->fiber, 0);
#endif
  (void)from;
  (void)to;
}

void
coroutine_sanitize_after (struct coroutine *self)
{
#ifdef COROUTINE_ASAN
  const void *stack;
  size_t bytes;
  __sanitizer_finish_switch_fiber (self->fake_stack, &stack, &bytes);
  /* Only the sanitizer knows where the main stack is.  */
  if (from_main)
    {
      coroutine_main.stack = (void *)stack;
      coroutine_main.stack_bytes = bytes;
    }
#endif
  (void)self;
}

#endif
