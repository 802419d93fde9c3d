-- 6.4a: a block that is looked up before the lock is let go, and used behind.
--
-- The file lies in two pieces.  One program cuts it to a page; another one
-- stores to pages of both pieces through a mapping; a third one syncs.
-- docs/findings.md, docs/model.md 6.4.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local piece = param ("file.piece", 2, "pages of each of the two pieces")

store { device = "ram", size = "64M" }
fs { fragmentation = 0, fill = 0 }
sync { interval = 0 }

local file, map

setup (function ()
  local between = assert (create "between")
  file = assert (create "file")
  -- A sync gives back what was allocated ahead.
  assert (file:write (0, piece * 4096))
  sync ()
  assert (between:write (0, 32 * 4096))
  sync ()
  assert (file:write (piece * 4096, piece * 4096))
  sync ()
  map = assert (file:map (0, 2 * piece * 4096))
end)

-- Not to nothing: or its flush would wait for the sync, whose request is for
-- the same pages then (docs/model.md 2.4).
thread ("truncater", function ()
  file:truncate (4096)
end)

thread ("mapper", function ()
  map:store (0, 2 * piece * 4096)
end)

thread ("syncer", function ()
  sync ()
end)
