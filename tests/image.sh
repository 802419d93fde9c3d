#!/bin/sh
# What is on the store after a run, judged by e2fsck: image.sh [BUILD]
#
# Each workload runs under every pager; the file system is then unmounted and
# its image checked.  What fsck cannot see, the contents' sizes, debugfs shows.
# The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
PATH=$PATH:/usr/sbin:/sbin
build=${1-build}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0
pagers="perpage chunk extent adaptive"

# check WHAT COMMAND...: the command must succeed.
check ()
{
  what=$1
  shift
  if "$@" >"$tmp/log" 2>&1 </dev/null; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "image: $what"
    head -n 20 "$tmp/log"
  fi
}

# image PAGER WORKLOAD OPTION...: run it, and let e2fsck see what is left.
image ()
{
  pager=$1
  workload=$2
  shift 2
  rm -f "$tmp/image"
  timeout 60 "$build/pagersim" run "$workload" --quiet --pager "$pager" \
    --set store.size=256M --image "$tmp/image" "$@" \
    && e2fsck -fn "$tmp/image" && [ ! "$(clean_state)" = "not clean" ]
}

clean_state ()
{
  dumpe2fs -h "$tmp/image" 2>/dev/null | sed -n 's/^Filesystem state: *//p'
}

# everywhere NAME OPTION...: the workload on standard input, under all pagers.
everywhere ()
{
  name=$1
  shift
  cat >"$tmp/$name.lua"
  for pager in $pagers; do
    check "$name under $pager $*" image "$pager" "$tmp/$name.lua" "$@"
  done
}

# again NAME OPTION...: the same workload with other keys.
again ()
{
  name=$1
  shift
  for pager in $pagers; do
    check "$name under $pager $*" image "$pager" "$tmp/$name.lua" "$@"
  done
}

# Every page of every file on the last image is zeros, or the stamp of that
# page of that file: its inode number stands in it (sim/world/device.h).
cat >"$tmp/stamps.py" <<'END'
import os, struct, sys
bad = stamped = 0
for directory, _, names in os.walk(sys.argv[1]):
    for name in names:
        data = open(os.path.join(directory, name), "rb").read()
        inodes = set()
        for at in range(0, len(data) - 23, 4096):
            magic, inode, _, page = struct.unpack_from("<QIIQ", data, at)
            if any(data[at:at + 24]):
                stamped += 1
                inodes.add(inode)
                bad += magic != 0x9d2c5680a7e3b14f or page != at // 4096
                bad += any(data[at + 24:at + 4096])
        bad += len(inodes) > 1
print(stamped, "pages with a stamp,", bad, "wrong")
sys.exit(bad > 0 or stamped == 0)
END

stamps ()
{
  rm -rf "$tmp/files" && mkdir "$tmp/files"
  check "stamps $1" sh -c "debugfs -R 'rdump / $tmp/files' '$tmp/image' \
    && /usr/bin/python3 '$tmp/stamps.py' '$tmp/files'"
}

# ---- One file ----

everywhere sequential <<'END'
thread ("dd", function ()
  local f = assert (create "big")
  assert (f:write (0, "12M", { bs = "128K" }))
  assert (f:sync ())
  assert (f:close ())
end)
END
again sequential --set fs.fragmentation=20 --set fs.fill=40
again sequential --set fs.fragmentation=1 --set fs.fill=50
again sequential --set machine.memory=16M --set sync.interval=20ms
again sequential --set machine.cpus=4 --set machine.memory=16M --seed 7

# Left to the unmount, with a mapping's pages and a hole.
everywhere unsynced --set store.device=hdd --set sync.interval=1s <<'END'
thread ("mapper", function ()
  local f = assert (create "holes")
  assert (f:write (0, 5000))
  assert (f:truncate ("30M"))
  local m = assert (f:map (0, "30M"))
  for i = 0, 25 do
    assert (m:store ((i << 20) + 4096 * i, 3 * 4096))
  end
  assert (f:write ("20000K", "3M", { bs = 50000 }))
  assert (f:read (0, "30M", { bs = "1M" }))
  assert (m:close ())
end)
END
again unsynced --set machine.memory=20M

# ---- Sizes that change ----

everywhere truncate <<'END'
thread ("cutter", function ()
  local f = assert (create "cut")
  for i, length in ipairs { "20M", 4096 * 13, 4096 * 12, 1, 0, 5000000,
                            4096 * 1036, 4096 * 1035 + 7, 4096 * 11, 3 } do
    assert (f:write (0, "24M", { bs = "300K" }))
    if i % 2 == 0 then assert (f:sync ()) end
    assert (f:truncate (length))
    if i % 3 == 0 then sync () end
  end
  assert (f:write ("9M", "1M"))
  assert (f:truncate (4096 * 1036))
  assert (f:truncate ("30M"))
  assert (f:write ("29M", 4096))
end)
END
again truncate --set machine.memory=16M --set sync.interval=10ms
again truncate --set fs.fragmentation=3 --set fs.fill=30 --set machine.cpus=2

# ---- Names ----

everywhere many --set sync.interval=50ms <<'END'
thread ("many", function ()
  for d = 1, 4 do
    assert (mkdir ("d" .. d))
    for i = 1, 400 do
      local name = "d" .. d .. "/a file with a longer name " .. i
      local f = assert (create (name))
      assert (f:write (0, (i * 977) % 30000 + 1))
      assert (f:close ())
      if i % 3 == 0 then
        assert (unlink (name))
      elseif i % 7 == 1 then
        assert (rename (name, "d" .. d .. "/" .. i))
      elseif i % 11 == 1 and d > 1 then
        assert (rename (name, "d" .. d - 1 .. "/moved" .. i))
      end
    end
  end
end)
END
again many --set machine.memory=16M --set machine.cpus=3

everywhere names <<'END'
thread ("names", function ()
  assert (mkdir "a")
  assert (mkdir "a/b")
  assert (mkdir "c")
  assert (rename ("a/b", "c/b"))
  assert (mkdir "empty")
  assert (mkdir "c/other")
  assert (rename ("c/other", "empty"))
  assert (mkdir "empty/inner")
  local open_files = {}
  for i = 1, 30 do
    local f = assert (create ("c/b/" .. i))
    assert (f:write (0, i * 10000))
    open_files[i] = f
  end
  for i = 1, 30, 2 do assert (unlink ("c/b/" .. i)) end
  for i = 2, 30, 4 do assert (rename ("c/b/" .. i, "a/" .. i)) end
  assert (rename ("a/2", "a/6"))
  for i = 1, 10 do
    open_files[i]:write ("1M", 9000)
    open_files[i]:close ()
  end
  -- The others stay open, some of them without a name.
end)
END

everywhere unlink <<'END'
thread ("dropper", function ()
  for i = 1, 6 do
    local f = assert (create "same")
    assert (f:write (0, "9M", { bs = "128K" }))
    if i % 2 == 0 then assert (f:sync ()) end
    local m = assert (f:map (0, "1M"))
    assert (m:store (0, 4096 * i))
    assert (unlink "same")
    assert (f:write ("9M", "2M"))
    assert (m:close ())
    assert (f:close ())
  end
end)
END
again unlink --set machine.cpus=2 --set machine.memory=16M

# ---- A full disk ----

# The file is not truncated while it is open: to poke pages that cannot have a
# block (docs/model.md 3.10, step 5) ends the server.
everywhere full --set store.size=24M <<'END'
thread ("filler", function ()
  for i = 1, 20 do
    local f = assert (create ("old" .. i))
    assert (f:write (0, 50000 + 4096 * i))
    assert (f:close ())
  end
  local f = assert (create "fill")
  local ok, why = f:write (0, "40M", { bs = "64K" })
  assert (not ok and why == "ENOSPC", why)
  for i = 1, 200 do
    local g = create ("small" .. i)
    if g then g:write (0, 5000) g:close () end
  end
  mkdir "dir"
  sync ()
  for i = 1, 20, 2 do assert (unlink ("old" .. i)) end
  assert (f:write ("39M", 300000, { bs = "64K" }))
  assert (f:sync ())
  assert (f:close ())
  assert (unlink "fill")
  sleep ("1s")
  local after = assert (create "after")
  assert (after:write (0, "5M", { bs = "64K" }))
end)
END
again full --set store.size=24M --set machine.memory=16M \
  --set fs.fragmentation=2 --set fs.fill=30

# Without a name, and open to the end.
everywhere full-unlinked --set store.size=24M <<'END'
thread ("filler", function ()
  local f = assert (create "fill")
  local ok, why = f:write (0, "40M", { bs = "64K" })
  assert (not ok and why == "ENOSPC", why)
  assert (unlink "fill")
end)
END

# ---- Several at once ----

everywhere together --set machine.cpus=4 --set sync.interval=5ms \
  --set fs.fragmentation=40 --set fs.fill=20 <<'END'
for t = 1, 5 do
  thread ("t" .. t, function ()
    local f = assert (create ("f" .. t))
    for i = 1, 12 do
      assert (f:write (random (0, 3000000), random (400000),
                       { bs = random (100000) }))
      if i % 4 == 0 then assert (f:truncate (random (0, 2000000))) end
      if i % 5 == t then assert (f:sync ()) end
    end
    if t == 3 then assert (unlink "f3") end
    assert (f:close ())
  end)
end
END
stamps "after 'together'"
for seed in 2 3 4; do
  again together --seed $seed --set machine.cpus=2 --set machine.memory=16M \
    --set sync.interval=3ms --set machine.quantum=50us
  stamps "after 'together', seed $seed"
done

# ---- Contents ----

# size NAME BYTES: what debugfs takes out of the image is as long.
size ()
{
  debugfs -R "dump $1 $tmp/dump" "$tmp/image"
  [ "$(wc -c <"$tmp/dump")" -eq "$2" ]
}

cat >"$tmp/bytes.lua" <<'END'
thread ("bytes", function ()
  local f = assert (create "odd")
  assert (f:write (0, 5000001, { bs = "100K" }))
  f = assert (create "tail")
  assert (f:write (0, 50000))
  assert (f:truncate (12345))
  f = assert (create "hole")
  assert (f:truncate ("6M"))
  assert (f:write ("5M", 1))
end)
END
for pager in $pagers; do
  check "bytes under $pager" \
    image "$pager" "$tmp/bytes.lua" --set run.contents=bytes
  check "size of odd" size odd 5000001
  check "odd is not empty" sh -c "tr -d '\\0' <'$tmp/dump' | grep -q ."
  check "size of tail" size tail 12345
  check "size of hole" size hole 6291456
done

# ---- The option ----

# A failed run leaves the image as it was.
printf 'thread ("t", function () error "no" end)\n' >"$tmp/wrong.lua"
echo old >"$tmp/old"
"$build/pagersim" run "$tmp/wrong.lua" --image "$tmp/old" >/dev/null 2>&1
check "status of a wrong workload" test $? -eq 2
check "the file is left" test "$(cat "$tmp/old")" = old
"$build/pagersim" run "$tmp/wrong.lua" --image - >/dev/null 2>&1
check "an image is not written to stdout" test $? -eq 2
"$build/pagersim" run "$tmp/sequential.lua" --image "$tmp/none/x" \
  >/dev/null 2>&1
check "no such directory" test $? -eq 2
# The unmount is not counted.
"$build/pagersim" run "$tmp/unsynced.lua" --csv="$tmp/without.csv" --quiet
"$build/pagersim" run "$tmp/unsynced.lua" --csv="$tmp/with.csv" --quiet \
  --image "$tmp/image"
check "the counts are the same" test \
  "$(sed 1q "$tmp/with.csv")" = "$(sed 1q "$tmp/without.csv")"
check "an image is sparse" test "$(du -k "$tmp/image" | cut -f 1)" -lt 100000

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
