-- The lived-in machine: one file written while the system goes on living.
--
-- The published figures came from a machine that nobody described: a Hurd in
-- a virtual machine, booted, used for a while, then asked to write 128 MiB.
-- Here is such a machine.  Every figure that was not published is a key with a
-- reason for its value, and a range in which it may lie (docs/calibration.md);
-- the two boots in which the rows `before' and `after' were measured may
-- differ in what belongs to a boot: the seed, when the first periodic sync
-- came, and what else was written, when and how much.
--
-- What makes it differ from seqwrite.lua: the copies that a sync makes do not
-- fit beside the file, so the oldest pages are evicted one by one; a sync may
-- catch the file half-written; free space is in pieces; and others write
-- meanwhile, small files and their metadata.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "128M", "length of the file")
local bs = param ("dd.bs", "128K", "block size of dd: bytes of one io_write")

-- A small virtual machine.  The file fits into its memory, but not a second
-- time: a sync copies every dirty page and needs a free page for each.
machine { memory = "213M" }
-- Memory that other programs hold: they have been used since boot.
local resident = param ("vm.resident", "24M", "file data read since boot")

-- A root file system that has seen packages installed and removed.
fs { fragmentation = 250, fill = 40 }

-- A disk image on a busy host, without a cache that lies: each request takes
-- several milliseconds, and the emulated controller moves bytes slowly.
store { device = "fixed", overhead = "8600us", bandwidth = "1440K",
        size = "4G" }

-- The default of the Hurd.  The first sync comes some time after dd began.
sync { interval = "30s", phase = "11s" }

-- syslogd and its like: lines at the end of a few files.
local logs = param ("log.files", 1, "log files that are written meanwhile")
local log_pause = param ("log.pause", "20s", "mean pause between two lines")
local line = param ("log.line", 120, "bytes of a line")

-- Daemons that keep their state in a small file, written anew each time:
-- into a temporary file, which is then renamed.
local state_pause = param ("state.pause", "30s",
                           "mean pause between two writes of a state file")
local state_size = param ("state.size", "2K", "length of a state file")

-- Programs that only look: each read sets the time of a file's last access.
local looked = param ("look.files", 4, "files that are looked at, each in a directory of its own")
local look_pause = param ("look.pause", "60s", "mean pause between two looks")

-- Something that wakes up once: cron, a package's trigger, a shell's history.
local job_at = param ("job.at", "20s", "when a job begins")
local job_size = param ("job.size", "0K", "what it writes, into one file")

-- What calibrate may draw.  Common to both rows: the machine, the store, the
-- file system and what dd does.  The onset of eviction is where the file, what
-- other programs hold and the reserve of a tenth just fit into memory.
range ("machine.memory", "140M", "240M")
range ("vm.resident", "8M", "64M")
range ("fs.fragmentation", 100, 400)
range ("fs.fill", 20, 70)
range ("store.overhead", "5ms", "15ms")
range ("store.bandwidth", "1M", "20M")
-- Of one boot: when, what else, and how much.
range ("sync.phase", "0s", "30s", "boot")
range ("log.files", 0, 4, "boot")
range ("log.pause", "5s", "120s", "boot")
range ("state.pause", "10s", "200s", "boot")
range ("look.files", 0, 8, "boot")
range ("look.pause", "10s", "200s", "boot")
range ("job.at", "1s", "200s", "boot")
range ("job.size", "0", "1M", "boot")

local done = false

-- Sleep about PAUSE, between half of it and one and a half, or until dd ends.
local function rest (pause)
  local left = pause // 2 + random (pause)
  while left > 0 and not done do
    local step = math.min (left, 500000000)
    sleep (step)
    left = left - step
  end
end

setup (function ()
  assert (mkdir "var")
  assert (mkdir "var/log")
  assert (mkdir "var/lib")
  for i = 1, logs do
    local f = assert (create ("var/log/" .. i))
    assert (f:write (0, 10000 + 777 * i))
    f:close ()
  end
  if state_pause > 0 then
    local f = assert (create "var/lib/state")
    assert (f:write (0, state_size))
    f:close ()
  end
  for i = 1, looked do
    assert (mkdir ("var/" .. i))
    local f = assert (create ("var/" .. i .. "/file"))
    assert (f:write (0, 3000))
    f:close ()
  end
  if resident > 0 then
    local f = assert (create "lib")
    assert (f:write (0, resident, { bs = "128K" }))
    f:close ()
  end
  sync ()
end)

thread ("dd", function ()
  local f = assert (create "big")
  assert (f:write (0, size, { bs = bs }))
  f:close ()
  sync ()
  done = true
end)

for i = 1, logs do
  thread ("syslogd" .. i, function ()
    local f = assert (open ("var/log/" .. i))
    local at = f:size ()
    while not done do
      rest (log_pause)
      if not done then
        assert (f:write (at, line))
        at = at + line
      end
    end
  end)
end

if state_pause > 0 then
  thread ("daemon", function ()
    while not done do
      rest (state_pause)
      if not done then
        local f = assert (create "var/lib/state.new")
        assert (f:write (0, state_size))
        f:close ()
        assert (rename ("var/lib/state.new", "var/lib/state"))
      end
    end
  end)
end

for i = 1, looked do
  thread ("looker" .. i, function ()
    while not done do
      rest (look_pause)
      if not done then
        local f = assert (open ("var/" .. i .. "/file"))
        assert (f:read (0, 3000))
        f:close ()
      end
    end
  end)
end

if job_size > 0 then
  thread ("job", function ()
    sleep (job_at)
    local f = assert (create "var/job")
    assert (f:write (0, job_size, { bs = "4K" }))
    f:close ()
  end)
end
