-- The lived-in machine: one file written while the system goes on living.
--
-- The published figures came from a machine that nobody described: a Hurd in
-- a virtual machine, booted, used for a while, then asked to write 128 MiB.
-- Here is such a machine.  Every figure that was not published is a parameter,
-- with the reason for its value; none was fitted to the result alone.
--
-- What makes it differ from seqwrite.lua: the periodic sync catches the file
-- half-written (frontiers), free space is in pieces (more extents), memory is
-- not much more than the file (pages are evicted one by one), and others write
-- small files meanwhile (lone pages, and their metadata).
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "128M", "length of the file")
local bs = param ("dd.bs", "128K", "block size of dd: bytes of one io_write")
-- The number of metadata writes tells how many syncs found the file being
-- written, and so about how long it took: four to six minutes.  Not all of it
-- is the store's: under the pager with half as many writes it took more than
-- half as long.  The rest is where the data came from.
local source = param ("dd.source", "90ms",
                      "time that dd needs to come by one block of data")
-- dd's exit is followed by `sync'; the figures are read after it.

-- A small virtual machine.  The file does not fit beside what is there.
machine { memory = param ("vm.memory", "200M", "memory of the machine") }
-- Memory that other programs hold: they have been used since boot.
local resident = param ("vm.resident", "24M", "file data read since boot")

-- A root file system that has seen packages installed and removed.
fs { fragmentation = param ("fs.run", 250, "mean length of a free run, blocks"),
     fill = param ("fs.used", 40, "percent of the file system in use") }

-- A disk image on a busy host, written through to the host's own disk: each
-- request takes about a turn of that disk, however long it is.
store { device = "fixed", overhead = "8500us", size = "4G" }

-- The default of the Hurd.  The first sync comes some time after dd began.
sync { interval = "30s", phase = param ("sync.first", "11s",
                                        "when the first sync comes") }

-- syslogd and its like: lines at the end of a few files.
local logs = param ("log.files", 2, "log files that are written meanwhile")
local pause = param ("log.pause", "20s", "mean pause between two lines of one")
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
