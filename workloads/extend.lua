-- A file that grows beside the periodic sync.
--
-- What a download, a copy or an unpacking is: one program appends to one file
-- at some rate, and every few writes the periodic sync goes through what is
-- dirty.  Growing takes alloc_lock for writing, and so does the first store to
-- a page; writing back holds it for reading.  The sync's messages and the
-- writer's faults stand in one line besides, that of the file's object.
--
-- load.rate is the LOAD of the sweep: what the program would write in a second
-- if nothing made it wait.  It does not slow down because it had to wait, but
-- catches up; so beyond what the store takes it writes without a pause.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "16M", "length that the file grows to")
local bs = param ("write.size", "32K", "bytes of one write")
local rate = param ("load.rate", "32M",
                    "LOAD: bytes a second wanted; 0 is no pause")

sync { interval = "40ms" }
machine { memory = 2 * size + (256 << 20) }

-- Wait for the time of the next LENGTH bytes: on average RATE of them a second.
local due = 0
local function pace (length)
  if rate > 0 then
    due = due + length * random (0, 2000) * 1000000 // rate
    if due > now () then sleep (due - now ()) end
  end
end

setup (function ()
  assert (create "grows"):close ()
end)

thread ("writer", function ()
  local f = assert (open "grows")
  for at = 0, size - 1, bs do
    local length = math.min (bs, size - at)
    pace (length)
    assert (f:write (at, length))
  end
  assert (f:sync ())
end)
