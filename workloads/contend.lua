-- A writer, a truncater and an fsync loop on one file.
--
-- The worst of neighbours, as a test of file systems would make them: one
-- program appends to a file, another cuts it back now and then, a third calls
-- fsync without end.  Growing and cutting take alloc_lock for writing, and the
-- fsync's write-back, which they meet all the time, holds it for reading.
-- Truncation also waits until all that the file's object has in its line is
-- done, twice.
--
-- Half of the cuts are at a page, as most are, the rest anywhere.  A writer
-- whose blocks are cut from under it is what the pagers' defects show with.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "16M", "bytes that the writer appends in all")
local bs = param ("write.size", "32K", "bytes of one write")
local rate = param ("load.rate", "32M",
                    "LOAD: bytes a second wanted; 0 is no pause")
local every = param ("truncate.every", "20ms", "mean time between two cuts")
local cut = param ("truncate.size", "512K", "most bytes that a cut takes")
local rest = param ("fsync.pause", "5ms", "from one fsync to the next")

sync { interval = "40ms" }
machine { memory = 2 * size + (256 << 20) }

local due, done = 0, false
local function pace (length)
  if rate > 0 then
    due = due + length * random (0, 2000) * 1000000 // rate
    if due > now () then sleep (due - now ()) end
  end
end

setup (function ()
  assert (create "shared"):close ()
end)

thread ("writer", function ()
  local f = assert (open "shared")
  for from = 0, size - 1, bs do
    local length = math.min (bs, size - from)
    pace (length)
    assert (f:write (f:size (), length))
  end
  done = true
end)

thread ("truncater", function ()
  local f = assert (open "shared")
  while not done do
    sleep (random (0, 2 * every))
    local length = math.max (0, f:size () - random (cut))
    if random (2) == 1 then length = length // 4096 * 4096 end
    assert (f:truncate (length))
  end
end)

thread ("fsync", function ()
  local f = assert (open "shared")
  repeat
    sleep (rest)
    assert (f:sync ())
  until done
end)
