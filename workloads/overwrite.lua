-- Random overwrites of 4 KiB in a file that is there.
--
-- A disk image, a database that writes, a file of records: the blocks are
-- allocated, so that no write takes alloc_lock, and what the periodic sync
-- finds dirty lies scattered, in runs of a page or two.  The file is a little
-- more than memory holds: a page that is not there is asked for behind all that
-- the file's object has to write, and that is what a writer waits for here.
-- With more machine.memory it waits for nothing.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "16M", "length of the file")
local bs = param ("write.size", "4K", "bytes of one write, and where it may be")
local count = param ("write.count", 2048, "how many writes")
local rate = param ("load.rate", "8M",
                    "LOAD: bytes a second wanted; 0 is no pause")

sync { interval = "40ms" }
machine { memory = math.max (size, 16 << 20) }

setup (function ()
  local f = assert (create "image")
  assert (f:write (0, size, { bs = "128K" }))
  f:close ()
end)

thread ("writer", function ()
  local f = assert (open "image")
  local due = 0
  for _ = 1, count do
    if rate > 0 then
      due = due + bs * random (0, 2000) * 1000000 // rate
      if due > now () then sleep (due - now ()) end
    end
    assert (f:write ((random (size // bs) - 1) * bs, bs))
  end
  assert (f:sync ())
end)
