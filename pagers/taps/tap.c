/* Taps on the calls between libpager and the file system.

   The linker's --wrap (wrap.ld-flags) leads every call from one object file
   to another through here, whoever wrote the two.  A tap lets a test answer in
   place of the file system (hurd_hooks); or else it says whose store requests
   these are, calls the real function and reports the result.  Neither side
   can tell.  An answer of a test is not reported.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd_taps.h>

#include <hurd/pager.h>

/* The file system's own functions.  */
error_t __real_pager_read_page (struct user_pager_info *, vm_offset_t,
                                vm_address_t *, int *);
error_t __real_pager_write_page (struct user_pager_info *, vm_offset_t,
                                 vm_address_t);
error_t __real_pager_write_pages (struct user_pager_info *, vm_offset_t,
                                  vm_address_t, vm_size_t, vm_size_t *);
error_t __real_pager_unlock_page (struct user_pager_info *, vm_offset_t);
void __real_pager_notify_evict (struct user_pager_info *, vm_offset_t);

/* What stands in their place.  */
error_t __wrap_pager_read_page (struct user_pager_info *, vm_offset_t,
                                vm_address_t *, int *);
error_t __wrap_pager_write_page (struct user_pager_info *, vm_offset_t,
                                 vm_address_t);
error_t __wrap_pager_write_pages (struct user_pager_info *, vm_offset_t,
                                  vm_address_t, vm_size_t, vm_size_t *);
error_t __wrap_pager_unlock_page (struct user_pager_info *, vm_offset_t);
void __wrap_pager_notify_evict (struct user_pager_info *, vm_offset_t);

static void
tell_wrote (const struct hurd_wrote *w)
{
  if (hurd_api->wrote)
    hurd_api->wrote (w);
}

/* The test's own FUNCTION, if it has one.  */
#define HOOK(function) (hurd_api->hooks ? hurd_api->hooks->function : NULL)

error_t
__wrap_pager_read_page (struct user_pager_info *upi, vm_offset_t page,
                        vm_address_t *buf, int *write_lock)
{
  enum hurd_path path, before;
  error_t err;

  if (HOOK (pager_read_page))
    return hurd_api->hooks->pager_read_page (upi, page, buf, write_lock);

  path = tap_path (upi);
  before = hurd_api->set_path (path);
  err = __real_pager_read_page (upi, page, buf, write_lock);
  hurd_api->set_path (before);
  hurd_api->tap (HURD_TAP_READ_PAGE, path, vm_page_size, err);
  return err;
}

error_t
__wrap_pager_write_page (struct user_pager_info *upi, vm_offset_t page,
                         vm_address_t buf)
{
  enum hurd_path path, before;
  error_t err;

  if (HOOK (pager_write_page))
    return hurd_api->hooks->pager_write_page (upi, page, buf);

  path = tap_path (upi);
  before = hurd_api->set_path (path);
  err = __real_pager_write_page (upi, page, buf);
  hurd_api->set_path (before);
  tell_wrote (&(struct hurd_wrote){
      .err = err, .offset = page, .length = vm_page_size });
  hurd_api->tap (HURD_TAP_WRITE_PAGE, path, vm_page_size, err);
  return err;
}

error_t
__wrap_pager_write_pages (struct user_pager_info *upi, vm_offset_t offset,
                          vm_address_t data, vm_size_t length,
                          vm_size_t *written)
{
  enum hurd_path path, before;
  error_t err;

  if (HOOK (pager_write_pages))
    return hurd_api->hooks->pager_write_pages (upi, offset, data, length,
                                               written);

  path = tap_path (upi);
  before = hurd_api->set_path (path);
  err = __real_pager_write_pages (upi, offset, data, length, written);
  hurd_api->set_path (before);
  tell_wrote (&(struct hurd_wrote){ .bulk = 1,
                                    .err = err,
                                    .offset = offset,
                                    .length = length,
                                    .written = *written });
  if (err != EOPNOTSUPP)
    hurd_api->tap (HURD_TAP_BULK_DONE, path,
                   trunc_page (*written < length ? *written : length), 0);
  hurd_api->tap (HURD_TAP_WRITE_PAGES, path, length, err);
  return err;
}

error_t
__wrap_pager_unlock_page (struct user_pager_info *upi, vm_offset_t page)
{
  enum hurd_path path, before;
  error_t err;

  if (HOOK (pager_unlock_page))
    return hurd_api->hooks->pager_unlock_page (upi, page);

  path = tap_path (upi);
  before = hurd_api->set_path (path);
  err = __real_pager_unlock_page (upi, page);
  hurd_api->set_path (before);
  hurd_api->tap (HURD_TAP_UNLOCK_PAGE, path, vm_page_size, err);
  return err;
}

void
__wrap_pager_notify_evict (struct user_pager_info *upi, vm_offset_t page)
{
  enum hurd_path path, before;

  if (HOOK (pager_notify_evict))
    {
      hurd_api->hooks->pager_notify_evict (upi, page);
      return;
    }

  path = tap_path (upi);
  before = hurd_api->set_path (path);
  __real_pager_notify_evict (upi, page);
  hurd_api->set_path (before);
  hurd_api->tap (HURD_TAP_NOTIFY_EVICT, path, vm_page_size, 0);
}
