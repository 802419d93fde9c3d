/* The writer `perpage': no bulk hook.

   It defines no pager_write_pages; the weak one of libpager, which answers
   EOPNOTSUPP, stays in force, and every page goes through pager_write_page:
   ext2fs as it was before the bulk hook (docs/model.md 2.3, v0).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

const char ext2fs_writer[] = "perpage";
