-- The lived-in machine: one file written while the system goes on living.
--
-- The published figures came from a machine that nobody described: a Hurd in
-- a virtual machine, booted, used for a while, then asked to write 128 MiB.
-- Here is such a machine.  What was not published is a parameter, with the
-- reason for its value.  Values are round.  Where several were as likely, the
-- one that comes nearer to the published counts was taken: that is so for
-- sync.phase and log.files.
--
-- What makes it differ from seqwrite.lua: the periodic sync catches the file
-- half-written (frontiers), free space is in pieces (more extents), memory is
-- not much more than the file (with less of it, pages are evicted one by one),
-- and a daemon writes its log meanwhile (lone pages, and their metadata).
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "128M", "length of the file")
local bs = param ("dd.bs", "128K", "block size of dd: bytes of one io_write")
-- The published metadata writes tell how many syncs found the file being
-- written, and so how long it took: about four minutes, and six with twice as
-- many writes of the store (docs/model.md 7.4).  Both hold if a write takes
-- some 8.5 ms and dd needs some 90 s to come by its data, as it does when it
-- reads it from a slow source.
local source = param ("dd.source", "90ms",
                      "time that dd needs to come by one block of data")

-- A small virtual machine, and what its programs have read since boot.
machine { memory = "200M" }
local resident = param ("boot.resident", "24M", "file data cached since boot")

-- A root file system that has seen packages installed and removed: a free run
-- is a megabyte long.
fs { fragmentation = 250, fill = 40 }

-- A disk image on a host that writes it through to its own disk: a request
-- takes about a turn of that disk, however long it is.
store { device = "fixed", overhead = "8500us", size = "4G" }

-- The default of the Hurd.  dd begins at no special time between two syncs.
sync { interval = "30s", phase = "20s" }

-- syslogd and its like: lines at the end of a file.
local logs = param ("log.files", 1, "log files that are written meanwhile")
local pause = param ("log.pause", "20s", "mean pause between two lines")
local line = param ("log.line", 120, "bytes of a line")

local done = false

setup (function ()
  assert (mkdir "var")
  assert (mkdir "var/log")
  for i = 1, logs do
    local f = assert (create ("var/log/" .. i))
    assert (f:write (0, 10000 + 777 * i))
  end
  if resident > 0 then
    local f = assert (create "lib")
    assert (f:write (0, resident, { bs = "128K" }))
  end
  sync ()
end)

thread ("dd", function ()
  local f = assert (create "big")
  for offset = 0, size - 1, bs do
    sleep (source)
    assert (f:write (offset, math.min (bs, size - offset)))
  end
  assert (f:close ())
  sync ()
  done = true
end)

for i = 1, logs do
  thread ("syslogd" .. i, function ()
    local f = assert (open ("var/log/" .. i))
    local at = assert (f:size ())
    while not done do
      -- Between half the pause and one and a half.
      local wait = pause // 2 + random (pause)
      while wait > 0 and not done do
        local step = math.min (wait, 1000000000)
        sleep (step)
        wait = wait - step
      end
      if not done then
        assert (f:write (at, line))
        at = at + line
      end
    end
  end)
end
