/* The coroutine switch for x86-64, hand-written.

   It is expanded in place, and all registers but the stack and frame pointers
   are declared lost, so that the compiler saves those of the six callee-saved
   ones that are live, and no others.  There is neither a call nor a return in
   it: the processor's stack of return addresses stays in step with the code,
   and the jump is predicted from where it last went.

   The first three words of struct coroutine are the stack pointer, the frame
   pointer and the address to go on at.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_ENGINE_COROUTINE_X86_64_H
#define SIM_ENGINE_COROUTINE_X86_64_H

struct coroutine;

#ifdef __AVX512F__
#define COROUTINE_LOST_VECTORS                                                \
  , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",   \
      "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", \
      "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define COROUTINE_LOST_VECTORS
#endif

static inline __attribute__ ((always_inline)) void
coroutine_jump (struct coroutine *from, struct coroutine *to)
{
  __asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
                   "movq %%rsp, 0(%0)\n\t"
                   "movq %%rbp, 8(%0)\n\t"
                   "movq %%rax, 16(%0)\n\t"
                   "movq 0(%1), %%rsp\n\t"
                   "movq 8(%1), %%rbp\n\t"
                   "jmpq *16(%1)\n"
                   "1:"
                   : "+D"(from), "+S"(to)
                   :
                   : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11",
                     "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2",
                     "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
                     "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
                     "xmm15" COROUTINE_LOST_VECTORS, "cc", "memory");
}

/* Where a new coroutine starts, with an aligned stack: calls
   coroutine_begin.  */
void coroutine_start (void);

#endif /* SIM_ENGINE_COROUTINE_X86_64_H */
