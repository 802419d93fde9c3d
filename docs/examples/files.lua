-- Many small files: two hundred in each of twenty directories, then one sync.
--
-- What an unpacked archive leaves behind.  Its metadata are many, and lie side
-- by side: tables of inodes, directories, bitmaps.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local n = param ("files.each", 200, "files in a directory")
local every = param ("files.fsync", 0, "fsync every so many files; 0 is never")

sync { interval = 0 }

thread ("unpack", function ()
  for d = 1, 20 do
    assert (mkdir ("d" .. d))
    for i = 1, n do
      local f = assert (create ("d" .. d .. "/f" .. i))
      assert (f:write (0, i * 977 % 30000 + 1))
      if every > 0 and i % every == 0 then assert (f:sync ()) end
      assert (f:close ())
    end
  end
  sync ()
end)
