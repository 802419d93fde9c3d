-- Twenty logs that are appended to, and fsynced now and then.
--
-- A machine with many services: each writes a small record at a time to a file
-- of its own, and some want it on the store.  The files grow side by side, so
-- that their blocks lie between one another, and every sync has a little to
-- write of each.  A record that begins a new page takes the log's alloc_lock;
-- as every file has its own, what the logs wait for in common is the store, the
-- workers and the metadata.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local count = param ("logs.count", 20, "how many logs")
local size = param ("logs.size", "16M", "bytes written to all of them")
local record = param ("record.size", "8K", "longest record")
local every = param ("fsync.every", 32, "records from one fsync to the next")
local rate = param ("load.rate", "16M",
                    "LOAD: bytes a second wanted, of all logs; 0 is no pause")

sync { interval = "40ms" }
machine { memory = 2 * size + (256 << 20) }

setup (function ()
  for i = 1, count do assert (create ("log" .. i)):close () end
end)

for i = 1, count do
  thread ("log" .. i, function ()
    local f = assert (open ("log" .. i))
    local share = size // count
    local due, at, records = 0, 0, 0
    while at < share do
      local length = math.min (random (record), share - at)
      if rate > 0 then
        due = due + length * count * random (0, 2000) * 1000000 // rate
        if due > now () then sleep (due - now ()) end
      end
      assert (f:write (at, length))
      at = at + length
      records = records + 1
      if every > 0 and (records + i) % every == 0 then assert (f:sync ()) end
    end
  end)
end
