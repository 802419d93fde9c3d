-- R8: a slot of the disk cache that is given to another block while its page
-- is on its way to the disk, on two CPUs.
--
-- The periodic sync sends an inode's block, which a program has changed, while
-- the kernel evicts pages; a third one needs a block that is not in the cache,
-- the indirect one of a large file.  docs/findings.md, docs/model.md 6.5.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

machine { cpus = 2 }
store { device = "ram", size = "64M" }
fs { fragmentation = 0, fill = 0 }
-- A round right at the start, and no other.
sync { interval = "3600s" }

local large, small

setup (function ()
  large = assert (create "large")
  assert (large:write (0, 13 * 4096))
  small = assert (create "small")
  assert (small:write (0, 4096))
  sync ()
  evict (1000)
  -- Its indirect block takes the slot of the other one's.
  local other = assert (create "other")
  assert (other:write (0, 13 * 4096))
  sync ()
  evict (1000)
end)

thread ("writer", function ()
  small:write (0, 4096)
end)

thread ("evictor", function ()
  evict (100)
end)

thread ("reader", function ()
  large:read (12 * 4096, 4096)
end)
