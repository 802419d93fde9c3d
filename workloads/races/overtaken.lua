-- R5: a batch of the sync that a truncate overtakes, on two CPUs.
--
-- The sync copies dirty pages at the beginning of a long sparse file and walks
-- on over the rest, where nothing is in memory, before it sends them.  Another
-- program cuts the file meanwhile and grows it again.  docs/findings.md,
-- docs/model.md 6.5.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

machine { cpus = 2 }
store { device = "ram", size = "64M" }
fs { fragmentation = 0, fill = 0 }
sync { interval = 0 }

local file

setup (function ()
  file = assert (create "file")
  assert (file:write (0, 3 * 4096))
  sync ()
end)

-- What is cut off is not the whole file: or its flush would wait for the sync,
-- whose request is for the same pages then (docs/model.md 2.4).
thread ("rewriter", function ()
  file:write (4096, 4096)
  file:truncate (4096)
  file:write (2 * 4096, 4096)
end)

thread ("syncer", function ()
  sync ()
end)
