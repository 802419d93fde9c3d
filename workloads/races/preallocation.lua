-- R6: blocks that were allocated ahead, given back while one is taken.
--
-- One program syncs a file, which gives back what was allocated ahead; another
-- one stores to new pages of it through a mapping.  docs/findings.md,
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
  -- A hole with an end; and some blocks allocated ahead.
  assert (file:write (8 * 4096, 4096))
  map = assert (file:map (0, 8 * 4096))
end)

thread ("mapper", function ()
  map:store (0, 4096)
  map:store (4096, 4096)
end)

thread ("syncer", function ()
  file:sync ()
end)

thread ("other", function ()
  local f = create "other"
  f:write (0, 4096)
  f:sync ()
end)
