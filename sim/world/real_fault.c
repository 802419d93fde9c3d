/* Real faults: what happens when code under test touches memory that it may
   not touch.

   A touch of a mapped memory object is a page fault of the simulated machine.
   The signal handler, on its own stack, lets the thread go on in fault_thunk,
   on the thread's stack, which saves every register, calls vm_touch (it may
   block for as long as the page takes), and repeats the access.  Where there
   is no thunk for the processor, the handler runs on the thread's stack and
   blocks there.

   A touch of lazy message data gets its memory, and so does one beyond the end
   of a buffer that has room behind it (vm.h).  All else is a crash of the code
   under test, or, outside a simulated thread, a fault of our own.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "../base/check.h"
#include "code_place.h"
#include "vm.h"
#include "world.h"

/* Handed from the handler to the thunk, which runs right behind it.  */
static struct
{
  void *address;
  bool write;
  uintptr_t pc;
} pending;

static void
touch (void *address, bool store, uintptr_t pc)
{
  int error = vm_touch (address, store);
  char where[128];
  if (error == 0)
    return;
  code_place_pc (pc, where, sizeof where);
  world_crash ("signal", where,
               "SIGBUS: the pager of a mapped object gave no page (%s)",
               strerror (error));
}

__attribute__ ((used)) void
real_fault_resume (void)
{
  touch (pending.address, pending.write, pending.pc);
}

#ifdef __x86_64__

/* Entered with the interrupted address on the stack, below the red zone.  The
   vector registers up to AVX-512 are saved (x87, SSE, AVX, opmask, ZMM: bits
   0xe7, 2688 bytes at most); asked for all there is, newer processors would
   write their tiles too, far beyond the area.  Nothing of ours uses those.  */
__asm__(".text\n"
        ".globl fault_thunk\n"
        ".hidden fault_thunk\n"
        ".type fault_thunk, @function\n"
        "fault_thunk:\n"
        "  pushfq\n"
        "  cld\n"
        "  push %rax\n  push %rbx\n  push %rcx\n  push %rdx\n"
        "  push %rsi\n  push %rdi\n  push %rbp\n  push %r8\n"
        "  push %r9\n  push %r10\n  push %r11\n  push %r12\n"
        "  push %r13\n  push %r14\n  push %r15\n"
        "  mov %rsp, %rbp\n"
        "  sub $4096, %rsp\n"
        "  and $-64, %rsp\n"
        "  xor %eax, %eax\n"
        "  lea 512(%rsp), %rdi\n"
        "  mov $8, %ecx\n"
        "  rep stosq\n"
        "  mov $0xe7, %eax\n"
        "  xor %edx, %edx\n"
        "  xsave (%rsp)\n"
        "  call real_fault_resume\n"
        "  mov $0xe7, %eax\n"
        "  xor %edx, %edx\n"
        "  xrstor (%rsp)\n"
        "  mov %rbp, %rsp\n"
        "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n"
        "  pop %r11\n  pop %r10\n  pop %r9\n  pop %r8\n"
        "  pop %rbp\n  pop %rdi\n  pop %rsi\n  pop %rdx\n"
        "  pop %rcx\n  pop %rbx\n  pop %rax\n"
        "  popfq\n"
        "  ret $128\n"
        ".size fault_thunk, .-fault_thunk\n");
void fault_thunk (void);

enum
{
  HANDLER_FLAGS = SA_SIGINFO | SA_NODEFER | SA_ONSTACK,
  RED_ZONE = 128,
  PAGE_FAULT_WRITE = 2 /* bit of the processor's error code  */
};

static uintptr_t
pc_of (const ucontext_t *uc)
{
  return uc->uc_mcontext.gregs[REG_RIP];
}

static void
simulate_fault (ucontext_t *uc, void *address)
{
  pending.address = address;
  pending.pc = pc_of (uc);
  pending.write = uc->uc_mcontext.gregs[REG_ERR] & PAGE_FAULT_WRITE;
  greg_t *sp = &uc->uc_mcontext.gregs[REG_RSP];
  *sp -= RED_ZONE + sizeof (uintptr_t);
  *(uintptr_t *)*sp = pc_of (uc);
  uc->uc_mcontext.gregs[REG_RIP] = (greg_t)fault_thunk;
}

#else

enum
{
  HANDLER_FLAGS = SA_SIGINFO | SA_NODEFER
};

/* Without knowing whether it was a load or a store: a page that can be read
   already must have been stored to.  */
static void
simulate_fault (ucontext_t *uc, void *address)
{
  (void)uc;
  struct memobj *o;
  uint64_t index;
  CHECK (vm_lookup ((uintptr_t)address, &o, &index));
  struct page *p = memobj_page (o, index);
  pending.address = address;
  pending.pc = 0;
  pending.write = p != NULL && (p->window_prot & PROT_BIT_READ);
  real_fault_resume ();
}

#endif

/* ---- Crashes -------------------------------------------------------------
 */

/* Why ADDRESS cannot be accessed.  */
static const char *
reason (const void *address)
{
  if (engine_is_stack_overflow (address))
    return ": the stack is used up";
  if ((uintptr_t)address < SIM_PAGE_SIZE)
    return ": a null pointer";
  if (vm_is_guard (address))
    return ": beyond the end of a mapping, or after it was unmapped";
  return ": an address that is not mapped";
}

void
real_fault_checked (uintptr_t address, int store, uintptr_t pc)
{
  char where[128];
  if (vm_is_object_address ((void *)address))
    {
      touch ((void *)address, store, pc);
      return;
    }
  code_place_pc (pc, where, sizeof where);
  world_crash ("signal", where, "SIGSEGV%s", reason ((void *)address));
}

void
vm_touch_all (const void *data, size_t len, bool store)
{
  uintptr_t base, at = (uintptr_t)data;
  size_t bytes;
  const uint8_t *allowed = vm_mappings (&base, &bytes);
  uint8_t need = store ? PROT_BIT_WRITE : PROT_BIT_READ;
  if (len == 0 || at - base >= bytes)
    return;
  for (uintptr_t end = at + len; at < end;
       at = (at | (SIM_PAGE_SIZE - 1)) + 1)
    while (!(allowed[(at - base) >> SIM_PAGE_SHIFT] & need))
      real_fault_checked (at, store, 0);
}

static void
crash (int signal, const siginfo_t *info, const ucontext_t *uc)
{
  char where[128];
  code_place_signal (uc, where, sizeof where);
  const char *what = "";
  if (signal == SIGSEGV || signal == SIGBUS)
    what = reason (info->si_addr);
  world_crash ("signal", where, "SIG%s%s", sigabbrev_np (signal), what);
}

static void
on_signal (int signal, siginfo_t *info, void *context)
{
  ucontext_t *uc = context;
  if (engine.current == NULL)
    {
      /* Our own: let it end the program as it would have.  */
      struct sigaction action = { .sa_handler = SIG_DFL };
      sigaction (signal, &action, NULL);
      return;
    }
  if (signal == SIGSEGV && vm_materialise (info->si_addr))
    return;
  if (signal == SIGSEGV && vm_overrun (info->si_addr, uc))
    return;
  if (signal == SIGSEGV && vm_is_object_address (info->si_addr))
    {
      simulate_fault (uc, info->si_addr);
      return;
    }
  crash (signal, info, uc);
}

void
real_fault_install (void)
{
  static stack_t stack = { .ss_size = 64 << 10 };
  if (stack.ss_sp == NULL)
    {
      stack.ss_sp = mmap (NULL, stack.ss_size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      CHECK (stack.ss_sp != MAP_FAILED && sigaltstack (&stack, NULL) == 0);
    }
  static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
  for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
    {
      struct sigaction action
          = { .sa_sigaction = on_signal, .sa_flags = HANDLER_FLAGS };
      sigemptyset (&action.sa_mask);
      CHECK (sigaction (signals[i], &action, NULL) == 0);
    }
}
