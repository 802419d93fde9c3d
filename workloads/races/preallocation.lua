-- R6: blocks that were allocated ahead, given back while one is taken.
--
-- One program syncs a file, which gives back what was allocated ahead; another
-- one stores to new pages of it through a mapping: the first takes some ahead,
-- the next takes one of these.  What lies behind them is another file's.  docs/findings.md,
-- docs/model.md 6.5.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

store { device = "ram", size = "64M" }
fs { fragmentation = 0, fill = 0 }
sync { interval = 0 }

local file, map

setup (function ()
  file = assert (create "file")
  assert (file:write (0, 4096))
  local other = assert (create "other")
  assert (other:write (0, 4096))
  assert (file:truncate (4 * 4096))
  map = assert (file:map (0, 4 * 4096))
end)

thread ("mapper", function ()
  map:store (4096, 2 * 4096)
end)

thread ("syncer", function ()
  file:sync ()
end)
