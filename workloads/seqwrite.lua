-- The clean case: one sequential write of a whole file, then one sync.
--
-- The file system is fresh, the file is there, empty and clean; nothing else
-- runs, and memory holds the file twice, so that no page is evicted.  What is
-- counted is the pager's own doing.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "128M", "length of the file")

fs { fragmentation = 0, fill = 0 }
sync { interval = 0 }
-- Twice the file and some for the rest of the system.
machine { memory = 2 * size + (256 << 20) }

setup (function ()
  local f = assert (create "big")
  f:close ()
  sync ()
end)

thread ("dd", function ()
  local f = assert (open "big")
  assert (f:write (0, size, { bs = "128K" }))
  assert (f:sync ())
end)
