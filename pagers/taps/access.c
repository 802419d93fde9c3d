/* The checks of hurd_access.h.

   The compiler sets a call before each load and store: that is the interface
   of -fsanitize=thread, of which only the calls are used, and none of the
   library.  What the C library does to memory comes through --wrap
   (access.ld-flags).  This file itself is built without checks.

   Left out: the library's functions that are never given the address of a
   mapping (qsort, the printf family).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd_access.h>

static struct hurd_access access;

__attribute__ ((visibility ("default"))) void
hurd_access_checked (const struct hurd_access *a)
{
  access = *a;
}

static __attribute__ ((noinline)) void
touch (uintptr_t at, size_t len, uint8_t need, uintptr_t pc)
{
  uintptr_t page = at >> HURD_ACCESS_PAGE_SHIFT;
  uintptr_t last = (at + len - 1) >> HURD_ACCESS_PAGE_SHIFT;
  for (; page <= last; page++)
    while (!(access.allowed[page] & need))
      {
        uintptr_t first = page << HURD_ACCESS_PAGE_SHIFT;
        access.touch (access.base + (first > at ? first : at),
                      need == HURD_ACCESS_STORE, pc);
      }
}

static inline __attribute__ ((always_inline)) void
check (const void *address, size_t len, uint8_t need)
{
  uintptr_t at = (uintptr_t)address - access.base;
  if (__builtin_expect (at < access.bytes, 0) && len > 0)
    touch (at, len, need, (uintptr_t)__builtin_return_address (0));
}

/* ---- Loads and stores ----------------------------------------------------
 */

#define CHECKED(name, len, need)                                              \
  void name (const void *address);                                            \
  void name (const void *address) { check (address, len, need); }

#define CHECKED_SIZE(len)                                                     \
  CHECKED (__tsan_read##len, len, HURD_ACCESS_LOAD)                           \
  CHECKED (__tsan_write##len, len, HURD_ACCESS_STORE)                         \
  CHECKED (__tsan_volatile_read##len, len, HURD_ACCESS_LOAD)                  \
  CHECKED (__tsan_volatile_write##len, len, HURD_ACCESS_STORE)

#define CHECKED_UNALIGNED(len)                                                \
  CHECKED (__tsan_unaligned_read##len, len, HURD_ACCESS_LOAD)                 \
  CHECKED (__tsan_unaligned_write##len, len, HURD_ACCESS_STORE)

CHECKED_SIZE (1)
CHECKED_SIZE (2)
CHECKED_SIZE (4)
CHECKED_SIZE (8)
CHECKED_SIZE (16)
CHECKED_UNALIGNED (2)
CHECKED_UNALIGNED (4)
CHECKED_UNALIGNED (8)
CHECKED_UNALIGNED (16)

void __tsan_read_range (const void *address, size_t len);
void __tsan_write_range (const void *address, size_t len);
void __tsan_init (void);

void
__tsan_read_range (const void *address, size_t len)
{
  check (address, len, HURD_ACCESS_LOAD);
}

void
__tsan_write_range (const void *address, size_t len)
{
  check (address, len, HURD_ACCESS_STORE);
}

/* A constructor of each file calls it.  */
void
__tsan_init (void)
{
}

/* ---- Atomic ones: gcc has them called, too ----  */

#define ATOMIC_FETCH(bits, op)                                                \
  uint##bits##_t __tsan_atomic##bits##_fetch_##op (                           \
      uint##bits##_t *address, uint##bits##_t value, int order);              \
  uint##bits##_t __tsan_atomic##bits##_fetch_##op (                           \
      uint##bits##_t *address, uint##bits##_t value, int order)               \
  {                                                                           \
    (void)order;                                                              \
    check (address, bits / 8, HURD_ACCESS_STORE);                             \
    return __atomic_fetch_##op (address, value, __ATOMIC_SEQ_CST);            \
  }

#define ATOMIC_SWAP(bits, kind, weak)                                         \
  int __tsan_atomic##bits##_compare_exchange_##kind (                         \
      uint##bits##_t *address, uint##bits##_t *old, uint##bits##_t value,     \
      int order, int failed);                                                 \
  int __tsan_atomic##bits##_compare_exchange_##kind (                         \
      uint##bits##_t *address, uint##bits##_t *old, uint##bits##_t value,     \
      int order, int failed)                                                  \
  {                                                                           \
    (void)order, (void)failed;                                                \
    check (address, bits / 8, HURD_ACCESS_STORE);                             \
    return __atomic_compare_exchange_n (address, old, value, weak,            \
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);  \
  }

#define ATOMIC(bits)                                                          \
  uint##bits##_t __tsan_atomic##bits##_load (const uint##bits##_t *address,   \
                                             int order);                      \
  uint##bits##_t __tsan_atomic##bits##_load (const uint##bits##_t *address,   \
                                             int order)                       \
  {                                                                           \
    (void)order;                                                              \
    check (address, bits / 8, HURD_ACCESS_LOAD);                              \
    return __atomic_load_n (address, __ATOMIC_SEQ_CST);                       \
  }                                                                           \
  void __tsan_atomic##bits##_store (uint##bits##_t *address,                  \
                                    uint##bits##_t value, int order);         \
  void __tsan_atomic##bits##_store (uint##bits##_t *address,                  \
                                    uint##bits##_t value, int order)          \
  {                                                                           \
    (void)order;                                                              \
    check (address, bits / 8, HURD_ACCESS_STORE);                             \
    __atomic_store_n (address, value, __ATOMIC_SEQ_CST);                      \
  }                                                                           \
  uint##bits##_t __tsan_atomic##bits##_exchange (                             \
      uint##bits##_t *address, uint##bits##_t value, int order);              \
  uint##bits##_t __tsan_atomic##bits##_exchange (                             \
      uint##bits##_t *address, uint##bits##_t value, int order)               \
  {                                                                           \
    (void)order;                                                              \
    check (address, bits / 8, HURD_ACCESS_STORE);                             \
    return __atomic_exchange_n (address, value, __ATOMIC_SEQ_CST);            \
  }                                                                           \
  ATOMIC_FETCH (bits, add)                                                    \
  ATOMIC_FETCH (bits, sub)                                                    \
  ATOMIC_FETCH (bits, and)                                                    \
  ATOMIC_FETCH (bits, or)                                                     \
  ATOMIC_FETCH (bits, xor)                                                    \
  ATOMIC_SWAP (bits, strong, 0)                                               \
  ATOMIC_SWAP (bits, weak, 1)

ATOMIC (8)
ATOMIC (16)
ATOMIC (32)
ATOMIC (64)

/* ---- The C library -------------------------------------------------------
 */

void *__real_memcpy (void *to, const void *from, size_t n);
void *__real_memmove (void *to, const void *from, size_t n);
void *__real_memset (void *to, int c, size_t n);
int __real_memcmp (const void *a, const void *b, size_t n);
void *__real_memchr (const void *s, int c, size_t n);
size_t __real_strlen (const char *s);
size_t __real_strnlen (const char *s, size_t n);

void *__wrap_memcpy (void *to, const void *from, size_t n);
void *__wrap_memmove (void *to, const void *from, size_t n);
void *__wrap_memset (void *to, int c, size_t n);
int __wrap_memcmp (const void *a, const void *b, size_t n);
void *__wrap_memchr (const void *s, int c, size_t n);
size_t __wrap_strlen (const char *s);
size_t __wrap_strnlen (const char *s, size_t n);

void *
__wrap_memcpy (void *to, const void *from, size_t n)
{
  check (from, n, HURD_ACCESS_LOAD);
  check (to, n, HURD_ACCESS_STORE);
  return __real_memcpy (to, from, n);
}

void *
__wrap_memmove (void *to, const void *from, size_t n)
{
  check (from, n, HURD_ACCESS_LOAD);
  check (to, n, HURD_ACCESS_STORE);
  return __real_memmove (to, from, n);
}

void *
__wrap_memset (void *to, int c, size_t n)
{
  check (to, n, HURD_ACCESS_STORE);
  return __real_memset (to, c, n);
}

int
__wrap_memcmp (const void *a, const void *b, size_t n)
{
  check (a, n, HURD_ACCESS_LOAD);
  check (b, n, HURD_ACCESS_LOAD);
  return __real_memcmp (a, b, n);
}

void *
__wrap_memchr (const void *s, int c, size_t n)
{
  check (s, n, HURD_ACCESS_LOAD);
  return __real_memchr (s, c, n);
}

/* What clang makes of a copied or cleared structure.  */
void *__tsan_memcpy (void *to, const void *from, size_t n);
void *__tsan_memmove (void *to, const void *from, size_t n);
void *__tsan_memset (void *to, int c, size_t n);

void *
__tsan_memcpy (void *to, const void *from, size_t n)
{
  return __wrap_memcpy (to, from, n);
}

void *
__tsan_memmove (void *to, const void *from, size_t n)
{
  return __wrap_memmove (to, from, n);
}

void *
__tsan_memset (void *to, int c, size_t n)
{
  return __wrap_memset (to, c, n);
}

/* As far as it reaches; what lies behind is looked at page by page.  */
size_t
__wrap_strnlen (const char *s, size_t n)
{
  size_t page = (size_t)1 << HURD_ACCESS_PAGE_SHIFT;
  size_t done = 0;
  while (done < n)
    {
      size_t here = page - ((uintptr_t)(s + done) & (page - 1));
      size_t len = here < n - done ? here : n - done;
      check (s + done, len, HURD_ACCESS_LOAD);
      size_t found = __real_strnlen (s + done, len);
      done += found;
      if (found < len)
        break;
    }
  return done;
}

size_t
__wrap_strlen (const char *s)
{
  return (uintptr_t)s - access.base < access.bytes
             ? __wrap_strnlen (s, SIZE_MAX)
             : __real_strlen (s);
}
