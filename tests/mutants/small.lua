-- What every mutant runs: two small files written side by side, one of them cut
-- off meanwhile, and pages written again while a sync is at work.
--
-- Calls may fail.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "256K", "length of each file")

sync { interval = "10ms" }

for i = 1, 2 do
  thread ("writer" .. i, function ()
    local f = assert (create ("f" .. i))
    f:write (0, size, { bs = "16K" })
    f:sync ()
    for _ = 1, 40 do
      f:write (0, "64K", { bs = "4K" })
      sleep "3ms"
    end
    f:sync ()
  end)
end

thread ("cutter", function ()
  local f = assert (create "cut")
  for _ = 1, 10 do
    f:write (0, "64K")
    sleep "15ms"
    f:truncate (0)
  end
end)
