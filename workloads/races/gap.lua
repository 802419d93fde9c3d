-- R4: a page that is stored to while its file is being cut.
--
-- One program cuts a file to nothing and writes its end again; another one
-- stores to a page of it through a mapping.  docs/findings.md, docs/model.md
-- 6.5.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local pages = param ("file.pages", 2, "length of the file")

store { device = "ram", size = "64M" }
fs { fragmentation = 0, fill = 0 }
sync { interval = 0 }

local map

setup (function ()
  local f = assert (create "file")
  assert (f:write (0, pages * 4096))
  map = assert (f:map (0, pages * 4096))
end)

thread ("rewriter", function ()
  local f = assert (open "file")
  f:truncate (0)
  f:write ((pages - 1) * 4096, 4096)
  f:sync ()
end)

thread ("mapper", function ()
  map:store (0, 4096)
end)
