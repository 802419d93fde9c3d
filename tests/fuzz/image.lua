-- What the fuzzer does on a file system that may be damaged.
--
-- No call is expected to work.  Each of the four hexadecimal digits of fuzz.calls
-- stands for a group of them.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

param ("fuzz.calls", 0, "which calls to make")
sync { interval = "20ms" }

local names = { "plain", "single", "deep", "dir/linked", "dir/inner/small", "short",
                "dir/device", "many", "many/" .. ("a name that takes some room in the "
                .. "directory, so that it has blocks: 17") }
local calls = {
  function (f) f:read (0, 20000) end,
  function (f) f:read ("4M", 40000) f:read (4299161600, 5000) end,
  function (f) f:write (0, 9000) f:write (30000, 5, { bs = 4096 }) end,
  function (f) f:write ("4M", 9000) end,
  function (f) f:write (4299165000, 5000) f:sync () end,
  function (f) local m = f:map (0, 65536) if m then m:store (5000, 9000) m:close () end end,
  -- Where pages are in memory, a truncation fills the holes behind it first
  -- (docs/model.md 3.10): not those of 4 GiB.
  function (f) if (f:size () or 0) < 1 << 20 then f:truncate (5000) end end,
  function (f)
    if (f:size () or 0) < 1 << 20 then f:truncate (0) f:write (70000, 100) end
  end,
}
local changes = {
  function () for _, name in ipairs (names) do unlink (name) end end,
  function () rename ("plain", "many/plain") rename ("dir", "many/dir") end,
  function () rename ("dir/inner", "empty") rename ("many", "dir/inner/many") end,
  function () rename ("single", "deep") rename ("many/dir", "dir/inner/dir") end,
  function ()
    mkdir "new"
    for i = 1, 40 do
      local f = create ("new/" .. i)
      if f then f:write (0, 5000) f:close () end
    end
  end,
  function () for i = 1, 60, 3 do unlink (names[9]:gsub ("17", i)) end end,
  function () sync () sleep ("50ms") end,
  function () for i = 1, 100 do create ("many/and still another name, for more blocks " .. i) end end,
}

local function call_all (call)
  for _, name in ipairs (names) do
    local f = open (name)
    if f then call (f) f:close () end
  end
end

thread ("fuzz", function ()
  local wanted = param "fuzz.calls"
  for digit = 0, 12, 4 do
    local n = (wanted >> digit & 15) + 1
    if n > #calls then changes[n - #calls] () else call_all (calls[n]) end
  end
end)
