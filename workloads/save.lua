-- A program saves its files the usual ways; others lie beside them.
--
-- For power cuts (pagersim powercut): a document is replaced by a new file and
-- a rename, with and without an fsync before it; a log grows, and is synced
-- now and then; a table is written over in place; a large file is written and
-- synced.  The files in kept/ are there before, and nobody writes to them.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local size = param ("file.size", "1M", "length of the large file")
local document = param ("save.document", "96K", "length of the document")
local rounds = param ("save.rounds", 4, "how often each file is saved")
local kept = param ("save.kept", 12, "files that nobody writes to")

fs { fragmentation = 0, fill = 0 }
sync { interval = "200ms" }

local function write_new (path, length)
  local f = assert (create (path))
  assert (f:write (0, length, { bs = "32K" }))
  return f
end

-- Each a block longer than the last, so that some have an indirect block.
setup (function ()
  for _, dir in ipairs { "kept", "kept/deep", "work" } do
    assert (mkdir (dir))
  end
  for i = 1, kept do
    local dir = i % 3 == 0 and "kept/deep/" or "kept/"
    write_new (dir .. "file" .. i, i * 6000 + 1):close ()
  end
  for _, name in ipairs { "safe", "unsafe", "table" } do
    write_new ("work/" .. name, document):close ()
  end
  sync ()
end)

-- A new file in the place of the old one.
local function replace (name, synced)
  for i = 1, rounds do
    local f = write_new ("work/" .. name .. ".new", document + 4096 * i)
    if synced then assert (f:sync ()) end
    assert (f:close ())
    assert (rename ("work/" .. name .. ".new", "work/" .. name))
    sleep ("30ms")
  end
end

thread ("safe", function () replace ("safe", true) end)
thread ("unsafe", function () replace ("unsafe", false) end)

thread ("log", function ()
  local f = assert (create "work/log")
  local at = 0
  for i = 1, 8 * rounds do
    local line = 500 + 700 * (i % 5)
    assert (f:write (at, line))
    at = at + line
    if i % 4 == 0 then assert (f:sync ()) end
    sleep ("9ms")
  end
end)

thread ("table", function ()
  local f = assert (open "work/table")
  for i = 1, rounds do
    for record = 1, 6 do
      assert (f:write (4096 * ((i * 7 + record * 5) % (document // 4096)),
                       4096))
    end
    assert (f:sync ())
    sleep ("25ms")
  end
end)

thread ("large", function ()
  local f = write_new ("work/large", size)
  assert (f:sync ())
  assert (f:close ())
end)
