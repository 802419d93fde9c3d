#!/bin/sh
# The second file system: fatfs.sh [BUILD]
#
# Runs workloads under fatfs and fatfs-perpage, on FAT16 and FAT32, unmounts,
# and lets other people's programs judge the image: fsck.fat must find nothing,
# and mcopy must get out every file with what the workload wrote.  The last line
# is "N passed, N failed"; exit status 1 when one failed.
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
pagers="fatfs fatfs-perpage"
# The second one is large enough for FAT32.
sizes="100M 300M"
size=100M

# check WHAT COMMAND...: the command must succeed.
check ()
{
  what=$1
  shift
  if "$@" >"$tmp/log" 2>&1 </dev/null; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "fatfs: $what"
    head -n 20 "$tmp/log"
  fi
}

# fsck.fat has nothing to say but its version and a sum.
clean ()
{
  fsck.fat -n "$tmp/image" >"$tmp/fsck"
  status=$?
  cat "$tmp/fsck"
  [ $status -eq 0 ] && [ "$(wc -l <"$tmp/fsck")" -eq 2 ]
}

# image PAGER WORKLOAD OPTION...
image ()
{
  pager=$1
  workload=$2
  shift 2
  rm -f "$tmp/image"
  timeout 60 "$build/pagersim" run "$workload" --quiet --pager "$pager" \
    --set store.size=$size --image "$tmp/image" "$@" && clean
}

# again NAME OPTION...: the workload $tmp/NAME.lua under both, in both sizes.
again ()
{
  name=$1
  shift
  for pager in $pagers; do
    for size in $sizes; do
      check "$name under $pager in $size $*" \
        image "$pager" "$tmp/$name.lua" "$@"
    done
  done
}

# everywhere NAME OPTION...: the same, of the workload on standard input.
everywhere ()
{
  cat >"$tmp/$1.lua"
  again "$@"
}

# ---- The workloads that come with pagersim ----

for workload in workloads/*.lua; do
  name=${workload#workloads/}
  name=${name%.lua}
  length=file.size
  case $name in
    logs) length=logs.size ;;
    replay) continue ;; # traces.sh
  esac
  cp "$workload" "$tmp/"
  again "$name" --set $length=4M
  again "$name" --set $length=4M --set fs.fragmentation=5 --set fs.fill=30
done

# ---- Contents ----

# Every page of every file holds the words that a client's stores leave, or
# zeros: the same file throughout, and the place of the page
# (sim/world/vm_copy.c).  SPEC is NAME|LENGTH or NAME|LENGTH|FIRST-LAST, the bytes
# that were written (all), or NAME, whole pages of which were.  Nothing else may
# be on the volume but what was there.
cat >"$tmp/contents.py" <<'END'
import os, struct, sys
top, specs = sys.argv[1], sys.argv[2:]
MASK = (1 << 64) - 1
bad = []

def written(data, page, first, last):
    """The file's number in bytes FIRST..LAST of the page, None if wrong."""
    base = page << 12
    for version in range(1, 200):
        mix = version * 0x9e3779b97f4a7c15 & MASK
        word = struct.unpack_from("<Q", data, base + (first & ~7))[0]
        file = ((word - first // 8) & MASK) ^ base ^ mix
        if file & (1 << 40) - 1 or file == 0 or file >> 60:
            continue
        start = (file ^ base ^ mix) & MASK
        want = b"".join(struct.pack("<Q", start + i & MASK)
                        for i in range(512))
        if data[base + first:base + last] == want[first:last]:
            return file >> 40
    return None

seen = set()
for spec in specs:
    name, *span = spec.split("|")
    path = os.path.join(top, name)
    seen.add(path)
    data = open(path, "rb").read() if os.path.exists(path) else b""
    first, last = 0, len(data)
    if span and len(data) != int(span[0]):
        bad.append(f"{name}: {len(data)} bytes")
        continue
    if len(span) == 2:
        first, last = map(int, span[1].split("-"))
    if any(data[:first]) or any(data[last:]):
        bad.append(f"{name}: not zeros around what was written")
    files = set()
    for page in range(first >> 12, (last + 4095) >> 12):
        if not span and not any(data[page << 12:(page + 1) << 12]):
            continue
        files.add(written(data, page, max(first - (page << 12), 0),
                          min(last - (page << 12), 4096)))
    if len(files) != (last > first) or None in files:
        bad.append(f"{name}: what was written is not there, or another file's")
found = {os.path.join(d, n) for d, _, names in os.walk(top) for n in names
         if d != os.path.join(top, "AGED")}
bad += [f"{n}: not asked for" for n in sorted(found - seen)]
print("\n".join(bad))
sys.exit(bool(bad))
END

# contents SPEC...: of the last image.
contents ()
{
  rm -rf "$tmp/files" && mkdir "$tmp/files"
  mcopy -s -n -i "$tmp/image" :: "$tmp/files" \
    && /usr/bin/python3 "$tmp/contents.py" "$tmp/files" "$@"
}

# Most of what is free is written and given back first, so that a cluster that
# was never written would show what it held before.
scratch='setup (function ()
  local f = assert (create "scratch")
  assert (f:write (0, "95M", { bs = "1M" }))
  assert (f:sync ())
  assert (f:close ())
  assert (unlink "scratch")
  sleep "1s"
end)'
cat >"$tmp/bytes.lua" <<END
$scratch
thread ("bytes", function ()
  local function write (name, offset, length)
    local f = assert (create (name))
    assert (f:write (offset, length, { bs = "100K" }))
    return f
  end
  write ("filler", 0, "9M")
  write ("odd", 0, 5000001)
  write ("README.TXT", 0, "128K")
  write ("tail", 0, 50000):truncate (8192)
  write ("gap", "5M", 4096)
  write ("Mixed Case, and long", 0, "64K")
  write ("empty", 0, 1):truncate (0)
  local f = assert (create "longer")
  assert (f:write (0, "8K"))
  assert (f:truncate ("3M"))
  f = assert (create "mapped")
  assert (f:truncate ("2M"))
  local m = assert (f:map (0, "2M"))
  assert (m:store ("1M", "256K"))
  assert (m:close ())
  assert (mkdir "directory")
  assert (mkdir "directory/another one")
  write ("directory/another one/Grüße.data", 0, "24K")
  write ("directory/a.b.c", 0, "12K")
end)
END
# One writes behind the end while the other cuts it off.
cat >"$tmp/race.lua" <<END
$scratch
local function at_random (name, act)
  thread (name, function ()
    local f = assert (create "raced")
    for _ = 1, 60 do act (f) end
  end)
end
thread ("filler", function ()
  assert (assert (create "filler"):write (0, "9M", { bs = "1M" }))
end)
at_random ("writer", function (f)
  assert (f:write (4096 * random (0, 500), 4096 * random (8)))
end)
at_random ("cutter", function (f)
  assert (f:truncate (4096 * random (0, 100)))
end)
END
aged=0
for size in $sizes; do
  for pager in $pagers; do
    check "bytes under $pager in $size" image "$pager" "$tmp/bytes.lua" \
      --set run.contents=bytes --set fs.fill=$aged
    check "contents under $pager in $size" contents "odd|5000001" \
      "README.TXT|131072" "tail|8192" "gap|5246976|5242880-5246976" \
      "Mixed Case, and long|65536" "empty|0" "longer|3145728|0-8192" \
      "mapped|2097152|1048576-1310720" "filler|9437184" \
      "directory/another one/Grüße.data|24576" "directory/a.b.c|12288"
    check "race under $pager in $size" image "$pager" "$tmp/race.lua" \
      --set run.contents=bytes --set fs.fill=$aged --set machine.cpus=2
    check "race's contents under $pager in $size" contents "filler|9437184" \
      raced
  done
  # So much of the larger store is in use that the rest is as large.
  aged=65
done
# The image's own names, as others see them.
check "image for names" image fatfs "$tmp/bytes.lua"
check "long names" sh -c "mdir -i '$tmp/image' :: | grep -q 'MIXEDC~1 .*Mixed Case, and long'"
check "small letters" sh -c "mdir -b -i '$tmp/image' :: | grep -qx '::/odd'"

for pager in $pagers; do
  check "seqwrite's bytes under $pager" image "$pager" workloads/seqwrite.lua \
    --set file.size=8M --set run.contents=bytes --set fs.fragmentation=3
  check "seqwrite's contents under $pager" contents "big|8388608"
done

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

# No file is longer than 4 GiB less a byte.
everywhere longest <<'END'
thread ("longest", function ()
  local f = assert (create "long")
  local ok, why = f:truncate ("4G")
  assert (not ok and why == "EFBIG", why)
  ok, why = f:write ("4G", 1)
  assert (not ok and why == "EFBIG", why)
end)
END

# ---- Names ----

everywhere many --set sync.interval=50ms <<'END'
thread ("many", function ()
  for d = 1, 4 do
    assert (mkdir ("d" .. d))
    for i = 1, 300 do
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
again many --set fs.fragmentation=1 --set fs.fill=40 --set machine.cpus=3

everywhere names <<'END'
local function refused (name, want)
  local ok, why = mkdir (name)
  assert (not ok and why == want, name .. ": " .. tostring (why))
end
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
  -- One name, however it is written; and what cannot be one.
  assert (create "Letter.txt")
  refused ("LETTER.TXT", "EEXIST")
  assert (open "letter.TXT")
  assert (create "a long name")
  refused ("A LONG NAME", "EEXIST")
  assert (open "ALONGN~1")
  for _, name in ipairs { "a?", "dot.", "space ", "\127\1", "\xff" } do
    refused (name, "EINVAL")
  end
  assert (create (("x"):rep (255)))
  -- The others stay open, some of them without a name.
end)
END

# ---- A full disk ----

full_sizes=$sizes
sizes="24M"
everywhere full <<'END'
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
  -- There are no holes: what lies before would have to be there.
  ok, why = f:write ("39M", 300000, { bs = "64K" })
  assert (not ok and why == "ENOSPC", why)
  assert (f:sync ())
  assert (f:close ())
  assert (unlink "fill")
  sleep ("1s")
  local after = assert (create "after")
  assert (after:write (0, "5M", { bs = "64K" }))
end)
END
again full --set fs.fragmentation=2 --set fs.fill=30
check "a store that is too large" test "$("$build/pagersim" run seqwrite \
  --pager fatfs --set store.size=2048G --quiet 2>&1 | grep -c 'no file system')" \
  -eq 1
sizes=$full_sizes

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
for seed in 2 3; do
  again together --seed $seed --set machine.cpus=2 --set machine.memory=16M \
    --set sync.interval=3ms --set machine.quantum=50us
done
again together --set libpager.serial=no --set machine.cpus=2
again together --set libpager.workers=1 --set pager.disk_bulk=yes

# ---- Counts ----

# counter PAGER NAME: of a clean sequential write of 4 MiB.
counter ()
{
  "$build/pagersim" run seqwrite --pager "$1" --set file.size=4M --csv \
    | awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++)
                                        if ($i == name) column = i }
                            NR == 2 { print $column }'
}

# Runs of 32 pages, or 1024 single ones; nobody asks twice for a page.
check "bulk store writes" test "$(counter fatfs ext2fs.store_write)" = 32
check "single store writes" \
  test "$(counter fatfs-perpage ext2fs.store_write)" = 1024
# Nor does a new page come from the store.
check "nothing old is read" test "$(counter fatfs store.read)" -lt 10
check "no page is unlocked" test "$(counter fatfs mach.data_unlock)" = 0
check "both FATs are written" test "$(counter fatfs disk.store_write)" \
  -gt "$(counter fatfs libpager.write_page)"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
