-- A database that maps its file: transactions, and a reader.
--
-- A writer stores to a few random pages of the mapping and commits by fsync, as
-- embedded databases do; a reader looks at random pages all the time.  The file
-- is a little more than memory holds.  Nothing grows, so that nobody takes
-- alloc_lock for writing: a store or a load of a page that is not there waits
-- behind the commit's pages in the line of the file's object, and every commit
-- and the periodic sync scan the whole file.
--
-- load.rate counts transactions here, not bytes.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "16M", "length of the file")
local count = param ("commit.count", 128, "how many transactions")
local pages = param ("commit.pages", 16, "pages that one changes, at most")
local rate = param ("load.rate", 256,
                    "LOAD: transactions a second wanted; 0 is no pause")
local rest = param ("reader.pause", "1ms", "from one load to the next, at most")

sync { interval = "40ms" }
machine { memory = math.max (size, 16 << 20) }

local done = false

setup (function ()
  local f = assert (create "data")
  assert (f:write (0, size, { bs = "128K" }))
  f:close ()
end)

local function anywhere ()
  return (random (size // 4096) - 1) * 4096
end

thread ("writer", function ()
  local f = assert (open "data")
  local m = assert (f:map (0, size))
  local due = 0
  for _ = 1, count do
    if rate > 0 then
      due = due + random (0, 2000) * 1000000 // rate
      if due > now () then sleep (due - now ()) end
    end
    for _ = 1, random (pages) do assert (m:store (anywhere (), 512)) end
    assert (f:sync ())
  end
  done = true
end)

thread ("reader", function ()
  local f = assert (open "data")
  local m = assert (f:map (0, size))
  while not done do
    sleep (random (0, rest))
    assert (m:load (anywhere (), 512))
  end
end)
