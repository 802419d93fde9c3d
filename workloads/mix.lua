-- Several of these at once: a growing file, logs, a database, a reader.
--
-- A machine that somebody works at: a download grows, eight logs are appended
-- to, a small database commits, somebody reads through files, and a scratch file
-- is written, cut to nothing and written again.  Files have locks and lines of
-- their own; the store, the memory, the workers and the metadata are shared.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "8M", "length that the download grows to")
local bs = param ("write.size", "32K", "bytes of one write of it")
local rate = param ("load.rate", "16M",
                    "LOAD: bytes a second wanted of it, others in proportion")
local others = param ("others.size", "2M", "of each other file, and all logs")

sync { interval = "40ms" }
machine { memory = 2 * size + 4 * others + (64 << 20) }

local logs = 8
local done = false

-- A function that waits for the time of the next LENGTH of ALL, where all take
-- as long as the download does.
local function pacer (all)
  local due = 0
  return function (length)
    if rate > 0 then
      due = due + length * size // all * random (0, 2000) * 1000000 // rate
      if due > now () then sleep (due - now ()) end
    end
  end
end

local function append (name, total, longest, synced)
  local f = assert (open (name))
  local pace = pacer (total)
  local at = 0
  while at < total do
    local length = math.min (random (longest), total - at)
    pace (length)
    assert (f:write (at, length))
    at = at + length
    if synced and random (16) == 1 then assert (f:sync ()) end
  end
end

setup (function ()
  for _, name in ipairs { "download", "scratch" } do
    assert (create (name)):close ()
  end
  for i = 1, logs do assert (create ("log" .. i)):close () end
  for _, name in ipairs { "data", "read" } do
    local f = assert (create (name))
    assert (f:write (0, others, { bs = "128K" }))
    f:close ()
  end
end)

thread ("download", function ()
  local f = assert (open "download")
  local pace = pacer (size)
  for at = 0, size - 1, bs do
    local length = math.min (bs, size - at)
    pace (length)
    assert (f:write (at, length))
  end
  assert (f:sync ())
  done = true
end)

for i = 1, logs do
  thread ("log" .. i, function ()
    append ("log" .. i, others // logs, 4096, i == 1)
  end)
end

thread ("database", function ()
  local f = assert (open "data")
  local m = assert (f:map (0, others))
  local pace = pacer (128)
  for _ = 1, 128 do
    pace (1)
    for _ = 1, 4 do
      assert (m:store ((random (others // 4096) - 1) * 4096, 512))
    end
    assert (f:sync ())
  end
end)

thread ("reader", function ()
  local f = assert (open "read")
  while not done do
    for at = 0, others - 1, 65536 do
      assert (f:read (at, math.min (65536, others - at)))
      sleep "1ms"
    end
  end
end)

thread ("scratch", function ()
  local f = assert (open "scratch")
  local pace = pacer (others)
  local written = 0
  while written < others do
    local length = math.min (256 << 10, others - written)
    assert (f:write (0, length, { bs = "16K" }))
    pace (length)
    assert (f:truncate (0))
    written = written + length
  end
end)
