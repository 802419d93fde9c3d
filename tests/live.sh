#!/bin/sh
# Live runs: live.sh [BUILD [SECONDS]]
#
# With one client, every counter of a live run is the simulated one, under all
# pagers; the bytes of its files are those that a simulated run writes; with
# several clients and the periodic sync e2fsck finds nothing in the file; and
# what is wrong with the input is said in one line.  In a build with SAN=thread,
# ThreadSanitizer must say nothing about our own code, and of the rest only what
# tests/live.supp lists.  SECONDS is for each of the runs with several clients
# (1).  The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=$(cd -- "${1-build}" && pwd) || exit 4
seconds=${2-1}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
PATH=$PATH:/usr/sbin:/sbin
disk=$tmp/disk
passed=0
failed=0

# Reports go to files, and do not change what a run ends with.
TSAN_OPTIONS="exitcode=0 log_path=$tmp/race suppressions=$PWD/tests/live.supp"
export TSAN_OPTIONS
races () { nm "$build/pagersim" | grep -q ' __tsan_init$'; }

# check WHAT COMMAND...: the command must succeed.
check ()
{
  what=$1
  shift
  if "$@" >"$tmp/log" 2>&1 </dev/null; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "live: $what"
    head -n 20 "$tmp/log"
  fi
}

# run STATUS ARGUMENT...: the program ends with STATUS; output to $tmp/out.
run ()
{
  wanted=$1
  shift
  timeout 120 "$build/pagersim" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
  status=$?
  [ $status -eq "$wanted" ] || { echo "status $status"; cat "$tmp/err"; }
  [ $status -eq "$wanted" ]
}

# one_line TEXT ARGUMENT...: refused in one line with TEXT.
one_line ()
{
  text=$1
  shift
  run 2 "$@" && [ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q "$text" "$tmp/err"
}

sound () { e2fsck -fn "$disk"; }

# ---- One client ----

# Files stay open: when a file is closed, what the server does about it goes on
# beside the client.
cat >"$tmp/one.lua" <<'EOF'
local size = param ("file.size", "4M", "length of the file")
local open_files = {}
sync { interval = 0 }
setup (function ()
  open_files[0] = assert (create "big")
  assert (mkdir "dir")
  sync ()
end)
thread ("client", function ()
  local f = open_files[0]
  assert (f:write (0, size, { bs = "128K" }))
  assert (f:sync ())
  for i = 1, 20 do
    local g = assert (create ("dir/file" .. i))
    open_files[i] = g
    assert (g:write (0, random (200000)))
    assert (g:write (300000, 5000))
    if i % 3 == 0 then assert (g:sync ()) end
    if i % 4 == 0 then assert (g:truncate (random (100000))) end
    if i % 5 == 0 then assert (rename ("dir/file" .. i, "moved" .. i)) end
    if i % 7 == 1 then
      assert (unlink ((i % 5 == 0 and "moved" or "dir/file") .. i))
    end
  end
  assert (f:truncate (size // 2 + 100))
  assert (f:write (size // 2, 1000000, { bs = 10000 }))
  local m = assert (f:map (0, size // 2))
  for _ = 1, 200 do
    assert (m:store ((random (size // 8192) - 1) * 4096, 512))
  end
  for _ = 1, 50 do
    assert (m:load ((random (size // 8192) - 1) * 4096, 8))
  end
  assert (f:read (0, size // 4, { bs = "64K" }))
  assert (f:sync ())
  sync ()
end)
EOF

# same FILE: the JSON there has the counters of its simulated run; those that
# must not be 0 are not.
same ()
{
  /usr/bin/python3 -c '
import json, sys
document = json.load(open(sys.argv[1]))
live, simulated = (document[k]["counters"] for k in ("live", "simulated"))
for name in "mach.data_return", "client.write", "libpager.read_page":
    assert live[name] > 0, name
wrong = [n for n in sorted(simulated) if live[n] != simulated[n]]
for n in wrong:
    print(n, live[n], simulated[n])
sys.exit(bool(wrong) or set(live) != set(simulated))' "$1"
}

for pager in perpage chunk extent adaptive fatfs fatfs-perpage; do
  for set in fs.fragmentation=0 fs.fragmentation=3; do
    rm -f "$disk"
    what="$pager, $set"
    check "$what: a run" run 0 live "$tmp/one.lua" --pager $pager \
      --store "$disk" --set $set --set fs.fill=30 --set store.size=256M \
      --json="$tmp/one.json" -q
    check "$what: the counters of the simulation" same "$tmp/one.json"
    case $pager in
      fatfs*) ;;
      *) check "$what: e2fsck" sound ;;
    esac
  done
done
check "a paper's run" run 0 live seqwrite --pager extent --store "$disk" \
  --set file.size=24M --json="$tmp/one.json" -q
check "and its counters" same "$tmp/one.json"
sed '0,/"mach.data_return": /s//&1/' "$tmp/one.json" >"$tmp/other.json"
differs () { ! same "$1"; }
check "another count is seen" differs "$tmp/other.json"

# The bytes.
check "a run for its bytes" run 0 live "$tmp/one.lua" --pager extent \
  --store "$disk" --set store.size=256M -q
check "a simulated one" run 0 run "$tmp/one.lua" --pager extent \
  --set run.contents=bytes --set store.size=256M --image "$tmp/image" -q
for file in big dir/file3 moved5 dir/file12; do
  for side in disk image; do
    debugfs -R "dump /$file $tmp/$side.bytes" "$tmp/$side" 2>/dev/null
  done
  check "/$file is not empty" test -s "$tmp/disk.bytes"
  check "/$file has the same bytes" cmp "$tmp/disk.bytes" "$tmp/image.bytes"
done

# ---- Several clients and the periodic sync ----

# The originals' preallocation can lose blocks here (docs/live.md): what they
# leave is not judged.
for pager in perpage extent adaptive; do
  for workload in mix contend; do
    check "$workload under $pager" run 0 live $workload --pager $pager \
      --store "$disk" --set file.size=2M --set store.size=256M \
      --set ext2fs.fixed=yes --alone \
      --seconds "$seconds"
    check "$workload under $pager: there were syncs" \
      grep -q '^sync.runs  *[1-9]' "$tmp/out"
    [ $pager != adaptive ] || check "$workload under $pager: e2fsck" sound
  done
done
for workload in workloads/races/*.lua; do
  check "$workload under adaptive" run 0 live "$workload" --pager adaptive \
    --store "$disk" --alone -q
  check "$workload: e2fsck" sound
done

# ---- How it ends ----

check "an hour's work ends after a second" run 0 live mix --store "$disk" \
  --set load.rate=1K --set store.size=256M --alone --seconds 1
check "and says so" grep -q 'when its time was over' "$tmp/out"
check "with a sound file" sound
"$build/pagersim" live mix --store "$disk" --set load.rate=1K \
  --set store.size=256M --alone >"$tmp/out" 2>"$tmp/err" </dev/null &
pid=$!
sleep 1
check "a store in use" one_line 'another run is using it' live mix \
  --store "$disk" --alone
kill -INT $pid
wait $pid
check "an interrupt ends it with 130" test $? -eq 130
check "and a sound file" sound

# ---- Errors of the user ----

echo 'thread ("x", function () error ("so") end)' >"$tmp/bad.lua"
echo 'some text that somebody has written' >"$tmp/text"
mkfifo "$tmp/fifo"
check "no workload" one_line 'which WORKLOAD' live --store "$disk"
check "no store" one_line 'store FILE is needed' live seqwrite
check "no such workload" one_line 'No such file' live nowhere.lua \
  --store "$disk"
check "no such pager" one_line 'no pager' live seqwrite --store "$disk" \
  --pager nopager
check "no such directory" one_line 'No such file' live seqwrite \
  --store "$tmp/nowhere/disk"
check "a directory" one_line 'Is a directory' live seqwrite --store "$tmp"
check "a device" one_line 'regular file' live seqwrite --store /dev/null
check "a pipe" one_line 'regular file' live seqwrite --store "$tmp/fifo"
check "a workload as a store" one_line 'over a workload' live seqwrite \
  --store "$tmp/one.lua"
check "something else than a file system" one_line 'not overwritten' live \
  seqwrite --store "$tmp/text"
check "which is still there" grep -q 'has written' "$tmp/text"
check "the same file twice" one_line 'same file' live seqwrite \
  --store "$disk" --json "$disk"
check "no time at all" one_line 'seconds' live seqwrite --store "$disk" \
  --seconds 0
check "a trace" one_line 'simulated run only' live replay --store "$disk"
check "faults" one_line 'simulated runs only' live seqwrite --store "$disk" \
  --set run.faults=eio@1
check "an image" one_line 'formats its store' live seqwrite --store "$disk" \
  --set store.image=x
check "an error in the workload" one_line 'bad.lua:1: so' live \
  "$tmp/bad.lua" --store "$disk"
check "more than the memory" one_line 'machine.memory' live seqwrite \
  --store "$disk" --set machine.memory=16M --set file.size=32M --alone
check "a file that may not be so long" sh -c "
  ulimit -f 1000
  '$build/pagersim' live seqwrite --store '$tmp/short' --alone 2>'$tmp/err'
  [ \$? -eq 2 ] && grep -q 'File too large' '$tmp/err'"

# A full disk, where this user may mount one.
mkdir "$tmp/full"
if unshare -rm mount -t tmpfs -o size=1m none "$tmp/full" 2>/dev/null; then
  for pager in perpage extent adaptive; do
    check "a full disk under $pager" unshare -rm sh -c "
      mount -t tmpfs -o size=8m none '$tmp/full' || exit 1
      '$build/pagersim' live seqwrite --set file.size=16M --alone \
        --pager $pager --store '$tmp/full/disk' 2>'$tmp/err'
      [ \$? -eq 2 ] && [ \$(wc -l <'$tmp/err') -eq 1 ] \
        && grep -q 'No space left' '$tmp/err'"
  done
fi

# ---- Races ----

if races; then
  cat "$tmp"/race.* >"$tmp/races" 2>/dev/null
  check "no race in our own code" sh -c "
    ! awk '/^  #0|^    #0|^    #1/ && /\/sim\//' '$tmp/races' | grep ."
  check "no other race than tests/live.supp says" test ! -s "$tmp/races"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
