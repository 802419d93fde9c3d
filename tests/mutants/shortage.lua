-- Two files that are written to all the time, on a slow store, in little memory.
--
-- Every sync copies what is dirty, and the copies wait for the store.  When they
-- fill memory, a scan sleeps in the middle of a batch; pages that it has copied
-- are stored to, evicted, and so on their way before the batch is
-- (docs/model.md 1.6).  The store then keeps the older version.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "1536K", "length of each file")
local run = param ("write.pages", 8, "pages of a write, at most")
local pause = param ("write.pause", "20us", "from one write to the next, at most")
local upto = param ("write.until", "500ms", "when the writers stop")
local pages = size // 4096

sync { interval = "100ms" }
machine { memory = "16M" }
store { device = "hdd" }

setup (function ()
  for i = 1, 2 do
    local f = assert (create ("f" .. i))
    assert (f:write (0, size, { bs = "128K" }))
    f:close ()
  end
end)

for i = 0, 3 do
  thread ("writer" .. i, function ()
    local f = assert (open ("f" .. i % 2 + 1))
    while now () <= upto do
      local at = random (pages) - 1
      local n = math.min (random (run), pages - at)
      assert (f:write (at * 4096, n * 4096, { bs = "64K" }))
      sleep (random (0, pause))
    end
  end)
end
