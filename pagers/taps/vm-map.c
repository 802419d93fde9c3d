/* Mach's calls that map and unmap memory.

   In the Hurd: the kernel.  A mapping of a memory object is the kernel
   model's; code written for the Hurd may take one down with vm_deallocate or
   with munmap alike, so those that vm_map made are remembered here.  They are
   taken down as they were mapped, whole.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define HURD_API_NO_REDIRECT

#include <hurd_taps.h>
#include <assert-backtrace.h>

#include <errno.h>
#include <sys/mman.h>

struct window
{
  struct window *next;
  vm_address_t address;
  vm_size_t size;
};

static struct window *windows;
static pthread_mutex_t windows_lock = PTHREAD_MUTEX_INITIALIZER;

kern_return_t
vm_map (task_t task, vm_address_t *address, vm_size_t size, vm_address_t mask,
        boolean_t anywhere, memory_object_t object, vm_offset_t offset,
        boolean_t copy, vm_prot_t current, vm_prot_t maximum,
        vm_inherit_t inherit)
{
  struct window *w;
  kern_return_t err;

  (void)mask;
  (void)copy;
  (void)current;
  (void)maximum;
  (void)inherit;
  if (object == MACH_PORT_NULL)
    return vm_allocate (task, address, size, anywhere);

  w = hurd_api->malloc (sizeof *w);
  if (w == NULL)
    return ENOMEM;
  err = hurd_api->vm_map_object (object, offset, size, 0, address);
  if (err)
    {
      hurd_api->free (w);
      return err;
    }
  w->address = *address;
  w->size = size;
  hurd_api->mutex_lock (&windows_lock);
  w->next = windows;
  windows = w;
  hurd_api->mutex_unlock (&windows_lock);
  return KERN_SUCCESS;
}

bool
vm_unmap_window (vm_address_t address, vm_size_t size)
{
  struct window **link, *w;

  /* Nearly always: page data is unmapped far more often than windows.  */
  if (__atomic_load_n (&windows, __ATOMIC_ACQUIRE) == NULL)
    return false;

  hurd_api->mutex_lock (&windows_lock);
  for (link = &windows; (w = *link); link = &w->next)
    if (w->address == address)
      {
        *link = w->next;
        break;
      }
  hurd_api->mutex_unlock (&windows_lock);
  if (w == NULL)
    return false;

  assert_backtrace (w->size == size);
  hurd_api->vm_unmap_object (address, size);
  hurd_api->free (w);
  return true;
}

kern_return_t
vm_allocate (task_t task, vm_address_t *address, vm_size_t size,
             boolean_t anywhere)
{
  void *p;

  (void)task;
  (void)anywhere;
  p = hurd_api->mmap (NULL, size, PROT_READ | PROT_WRITE,
                      MAP_ANON | MAP_PRIVATE, -1, 0);
  if (p == MAP_FAILED)
    return ENOMEM;
  *address = (vm_address_t)p;
  return KERN_SUCCESS;
}

kern_return_t
vm_deallocate (task_t task, vm_address_t address, vm_size_t size)
{
  (void)task;
  if (vm_unmap_window (address, size))
    return KERN_SUCCESS;
  return hurd_api->munmap ((void *)address, size) == 0 ? KERN_SUCCESS : EINVAL;
}
