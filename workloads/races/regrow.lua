-- R1: a page that comes in while its file is cut, and is there when it grows.
--
-- One program cuts a file to nothing and writes it again; another one, which
-- has it mapped, looks at a page.  docs/findings.md, docs/model.md 6.5.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local pages = param ("file.pages", 8, "length of the file")

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
  f:write (0, pages * 4096)
  f:sync ()
end)

thread ("reader", function ()
  map:load (4096, 4096)
end)
