#!/bin/sh
# Faults: faults.sh [BUILD]
#
# Every kind happens, once, and does what it says; a run with faults is a function
# of its input; what a fault does to the data is judged, and each pager judged as
# its known defects say; wrong input gets one line.  The last line is "N passed,
# N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=$(realpath "${1-build}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
passed=0
failed=0

[ -x "$build/pagersim" ] || {
  echo "faults: there is no $build/pagersim" >&2
  exit 2
}

# check WHAT COMMAND...: the command must succeed.
check ()
{
  what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "faults: $what"
    head -n 12 "$tmp/err"
  fi
}

: >"$tmp/err"
# run NAME WORKLOAD [OPTION...]: NAME.json and NAME.status.
run ()
{
  document=$1
  shift
  rm -f "$tmp/$document.json"
  timeout 60 "$build/pagersim" run "$@" --json="$tmp/$document.json" \
    >"$tmp/table" 2>"$tmp/err" </dev/null
  echo $? >"$tmp/$document.status"
}
# lab [OPTION...]: the table on stdout.
lab () { timeout 120 "$build/pagersim" faults "$@" 2>"$tmp/err" </dev/null; }
# field NAME EXPRESSION: of the document, called r.
field ()
{
  /usr/bin/python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$tmp/$1.json" "$2"
}
is () { [ "$(field "$1" "$2")" = "$3" ]; }
status () { [ "$(cat "$tmp/$1.status")" = "$2" ]; }
same () { cmp "$1" "$2" >/dev/null 2>&1; }
# rows FILE EXPRESSION: it holds for each row, a dictionary called r; and there
# are some.
rows ()
{
  /usr/bin/python3 -c 'import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
bad = [r for r in rows if not eval(sys.argv[2])]
print(*bad[:2])
sys.exit(not rows or bool(bad))' "$@" >"$tmp/err"
}

small="--set file.size=1M"
ours="--pager adaptive"

# ---- Each kind ----

run plain seqwrite $small $ours
check "a run without faults is good" status plain 0
check "and says nothing of them" is plain '"faults" in r' False
check "the key is there" is plain 'r["set"]["run.faults"]' none
for kind in eio enospc short bad torn misdirected slow=2s delay=2s memory=2s \
  kill=dd stuck; do
  name=${kind%=*}
  run "$name" seqwrite $small $ours --fault "$kind@2"
  check "$name happens once" is "$name" 'r["faults"]["hits"]' 1
  check "$name has its name" is "$name" \
    'r["faults"]["first"][0]["kind"]' "$name"
  check "$name at the second write" is "$name" \
    'r["faults"]["first"][0]["write"]' 2
  check "$name is in the settings" is "$name" 'r["set"]["run.faults"]' \
    "$kind@2"
  check "$name is another run" test "$(field plain 'r["digest"]')" != \
    "$(field "$name" 'r["digest"]')"
  run again seqwrite $small $ours --set run.faults="$kind@2"
  check "$name is the same by --set" is again 'r["digest"]' \
    "$(field "$name" 'r["digest"]')"
  run bytes seqwrite $small $ours --fault "$kind@2" --set run.contents=bytes
  check "$name is the same with real bytes" is bytes 'r["digest"]' \
    "$(field "$name" 'r["digest"]')"
  [ "$name" = stuck ] || check "$name ends" is "$name" \
    'r["verdict"] in ("ok", "violation")' True
done
check "what is refused once is no failure" status eio 0
check "stuck is a deadlock" is stuck 'r["verdict"]' deadlock
check "and a failure" status stuck 1
check "of one who waits for the device" is stuck \
  'any("device" in f["what"] for f in r["findings"])' True
check "with a command that has the fault" is stuck \
  '"run.faults=stuck@2" in r["findings"][0]["replay"]' True
check "slow is slow" is slow \
  "r['virtual_ns'] - $(field plain 'r["virtual_ns"]') == 2000000000" True
check "a message is late" is delay \
  "r['virtual_ns'] - $(field plain 'r["virtual_ns"]') > 1000000000" True
run memory seqwrite --set file.size=8M --pager perpage --set sync.interval=1ms \
  --fault memory=2s@1
check "memory is short" is memory 'r["counters"]["mach.pauses"] > 0' True

run chance seqwrite $small --pager perpage --fault eio@file:p=50000
check "chance hits some writes" is chance \
  '0 < r["faults"]["hits"] < 100' True
run chance2 seqwrite $small --pager perpage --fault eio@file:p=50000 --seed 2
check "others with another seed" test \
  "$(field chance 'r["faults"]["first"][:4]')" != \
  "$(field chance2 'r["faults"]["first"][:4]')"
run two seqwrite $small --fault slow=1s@1 --fault eio@disk:1
check "two faults" is two 'r["faults"]["hits"]' 2
check "the second on the disk path" is two \
  'r["faults"]["first"][1]["path"]' disk

# ---- In the language ----

# What the store refuses comes back as an error when the page is read again; a
# program can see which pagers say so.
cat >"$tmp/evict.lua" <<'END2'
param ("test.told", "yes", "whether the page-in says so")
param ("test.fsync", "no", "whether fsync does")
machine { memory = "16M" }
sync { interval = 0 }
fault { "bad@file:1" }
setup (function ()
  local g = assert (create "big")
  assert (g:write (0, "24M", { bs = "128K" }))
  g:close ()
end)
thread ("dd", function ()
  local f = assert (create "a")
  assert (f:write (0, "64K"))
  local good, why = f:sync ()
  if param "test.fsync" == "yes" then
    assert (not good and why == "EIO")
  else
    assert (good)
  end
  local g = assert (open "big")
  for i = 1, 3 do assert (g:read (0, "24M", { bs = "128K" })) end
  good, why = f:read (0, 4096)
  if param "test.told" == "yes" then
    assert (not good and why == "EIO")
  else
    assert (good)
  end
  assert (f:read (8192, 4096))
end)
END2
for pager in perpage chunk extent; do
  run e "$tmp/evict.lua" --pager $pager --set test.told=no
  check "$pager tells nobody" is e 'r["faults"]["gave_up"]' 0
  run e "$tmp/evict.lua" --pager $pager
  check "which a program can see" is e 'r["faults"]["gave_up"]' 1
done
run e "$tmp/evict.lua" --pager adaptive
check "adaptive tells at the page-in" is e 'r["faults"]["gave_up"]' 0
check "by one fault of the workload" is e 'r["faults"]["hits"]' 1
run e "$tmp/evict.lua" --pager adaptive --set ext2fs.fixed=yes \
  --set test.fsync=yes
check "and at fsync, where that is repaired" is e 'r["faults"]["gave_up"]' 0
run e "$tmp/evict.lua" --fault eio@9999999 --set test.told=no
check "--fault takes the place of the workload's" is e \
  'r["faults"]["hits"]' 0

# fsync is good again when the page has come to the store, or is cut off.
cat >"$tmp/again.lua" <<'END2'
sync { interval = 0 }
thread ("dd", function ()
  local f = assert (create "a")
  local g = assert (create "b")
  assert (f:write (0, "64K") and g:write (0, "64K"))
  fault { "eio@file:1", "eio@file:2" }
  local good, why = f:sync ()
  assert (not good and why == "EIO")
  good, why = f:sync ()
  assert (not good and why == "EIO")
  assert (g:sync ())
  good, why = sync ()
  assert (not good and why == "EIO")
  assert (f:write (0, "64K"))
  assert (f:sync ())
  assert (sync ())
  assert (f:write (0, "64K"))
  fault { "eio@file:1", "eio@file:2" }
  assert (not f:sync ())
  assert (f:truncate (0))
  assert (f:sync ())
end)
END2
run a "$tmp/again.lua" --pager adaptive --set ext2fs.fixed=yes
check "fsync fails until the page is written" is a 'r["faults"]["gave_up"]' 0
check "four faults" is a 'r["faults"]["hits"]' 4

# An unmount with errors fails, and the file system is not marked as clean.
run u "$tmp/evict.lua" --pager adaptive --set ext2fs.fixed=yes \
  --set test.fsync=yes --image "$tmp/u.img"
check "an unmount tells" grep -q 'cannot be unmounted: Input/output error' \
  "$tmp/err"
check "and fails" status u 1

# A client that is killed: its call goes on, nothing comes behind it, its files
# are closed, others see nothing.
cat >"$tmp/kill.lua" <<'END2'
sync { interval = 0 }
thread ("victim", function ()
  local f = assert (create "v")
  for i = 0, 15 do assert (f:write (i * 65536, 65536) and f:sync ()) end
  assert (create "never")
end)
thread ("other", function ()
  local f = assert (create "o")
  for i = 0, 15 do assert (f:write (i * 65536, 65536) and f:sync ()) end
  sleep "1s"
  assert (not open "never")
  local v = assert (open "v")
  assert (v:size () > 0 and v:size () < 16 * 65536)
  assert (v:read (0, v:size ()))
end)
END2
run k "$tmp/kill.lua" --fault kill=victim@9
check "a client is killed" is k 'r["faults"]["gave_up"]' 0
check "in a call" is k 'r["faults"]["hits"]' 1
run k2 "$tmp/kill.lua" --fault kill=nobody@9
check "or not, when it is not there" is k2 'r["faults"]["gave_up"]' 1

# A program that has nothing to do with the store does not keep a run for ever.
cat >"$tmp/spin.lua" <<'END2'
local done = false
thread ("dd", function ()
  local f = assert (create "a")
  assert (f:write (0, "64K") and f:sync ())
  done = true
end)
thread ("spin", function () while not done do sleep "10ms" end end)
END2
run s "$tmp/spin.lua" --fault stuck@1
check "stuck is a timeout where others go on" is s 'r["verdict"]' timeout
check "that says why" is s 'r["findings"][0]["oracle"]' stuck

# ---- The lab ----

all="seqwrite --set file.size=256K"
lab $all --jobs 1 --csv="$tmp/1.csv" >"$tmp/1.txt"
check "published pagers lose data: exit status 1" test $? -eq 1
lab $all --jobs 4 --csv="$tmp/4.csv" >"$tmp/4.txt"
check "any number of jobs: the table" same "$tmp/1.txt" "$tmp/4.txt"
check "and the rows" same "$tmp/1.csv" "$tmp/4.csv"
check "every row has been judged" rows "$tmp/1.csv" \
  'r["outcome"] == "no end" or int(r["checked"]) == 64'
grep -v ',stuck,' "$tmp/1.csv" >"$tmp/ends.csv"
check "only stuck does not end" rows "$tmp/ends.csv" \
  'r["outcome"] not in ("no end", "crash")'
grep -E 'outcome|,(eio|enospc|short|bad),[0-9]+,file,' "$tmp/1.csv" \
  >"$tmp/refused.csv"
for pager in perpage chunk extent; do
  grep -E "outcome|,$pager," "$tmp/refused.csv" >"$tmp/p.csv"
  check "$pager loses what was refused" rows "$tmp/p.csv" \
    'r["outcome"] == "lost" and int(r["pages_silent"]) > 0'
done
grep -E 'outcome|,adaptive,' "$tmp/refused.csv" >"$tmp/p.csv"
check "adaptive does not" rows "$tmp/p.csv" \
  'r["outcome"] in ("retried", "reported") and r["pages_silent"] == "0"'
grep -E 'outcome|,adaptive,.*,bad,' "$tmp/p.csv" >"$tmp/b.csv"
check "a bad block is reported by the page-in" rows "$tmp/b.csv" \
  'r["pages"] == r["pages_by_read"] == "1" and r["calls"] == "0"'
grep -E 'outcome|,(torn|misdirected),[0-9]+,file,' "$tmp/1.csv" \
  >"$tmp/lies.csv"
check "what the store does not say nobody knows" rows "$tmp/lies.csv" \
  'r["outcome"] == "lost"'
grep -E 'outcome|,(slow|delay|memory|kill),' "$tmp/1.csv" >"$tmp/late.csv"
check "what is only late is not lost" rows "$tmp/late.csv" \
  'r["outcome"] == "harmless"'

lab $all --pager adaptive --kind eio,enospc,short,bad \
  --set ext2fs.fixed=yes --csv="$tmp/f.csv" >"$tmp/f.txt"
check "adaptive loses nothing: exit status 0" test $? -eq 0
grep -E 'outcome|,bad,' "$tmp/f.csv" >"$tmp/b.csv"
check "repaired, a call tells" rows "$tmp/b.csv" \
  'r["outcome"] == "reported" and int(r["calls"]) > 0'
lab seqwrite --set file.size=64K --pager fatfs --pager fatfs-perpage \
  --kind eio,bad --csv="$tmp/fat.csv" >"$tmp/fat.txt"
check "another file system" rows "$tmp/fat.csv" \
  'r["outcome"] in ("retried", "reported", "harmless")'

lab $all --pager extent --kind eio --limit 4 --csv="$tmp/l.csv" >"$tmp/l.txt"
check "a sample is stated" grep -q '^extent: 4 of 10 store writes tried$' \
  "$tmp/l.txt"
check "first and last are in it" test \
  "$(cut -d, -f6 "$tmp/l.csv" | sort -n | sed -n '2p;$p' | tr '\n' ' ')" \
  = "1 10 "
lab $all --pager extent --kind eio --path disk --csv="$tmp/d.csv" \
  >"$tmp/d.txt"
check "one path alone" rows "$tmp/d.csv" \
  'r["path"] == "disk" and "@disk:" in r["fault"]'

# A row is a run that can be done again.
fault=$(sed -n '2s/[^,]*,[^,]*,[^,]*,\([^,]*\),.*/\1/p' "$tmp/1.csv")
limit=$(sed -n '2s/.*,\([^,]*\),[^,]*$/\1/p' "$tmp/1.csv")
run r $all --pager perpage --fault "$fault" --set run.limit="$limit"
check "a row is a run" is r 'r["digest"]' "$(sed -n '2s/.*,//p' "$tmp/1.csv")"

# Stopped and begun again.
lab $all --out "$tmp/out" --quiet --jobs 1 &
pid=$!
sleep 0.3
kill -INT $pid 2>/dev/null
wait $pid
lab $all --out "$tmp/out" --quiet
check "a lab that was stopped goes on" same "$tmp/1.csv" \
  "$tmp/out/faults.csv"
before=$(wc -c <"$tmp/out/rows.journal")
lab $all --out "$tmp/out" --quiet
check "and does nothing twice" test "$before" -eq \
  "$(wc -c <"$tmp/out/rows.journal")"

# ---- Wrong input ----

# wrong WORD COMMAND...: exit status 2, and one line with WORD.
wrong ()
{
  word=$1
  shift
  timeout 60 "$build/pagersim" "$@" >"$tmp/out.txt" 2>"$tmp/err" </dev/null
  [ $? -eq 2 ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] \
    && grep -qF -- "$word" "$tmp/err" && [ ! -s "$tmp/out.txt" ]
}
check "no such fault" wrong "did you mean 'eio'? (eio, enospc, short" \
  run seqwrite --fault eoi@3
check "no time" wrong 'KIND@N is at the N-th store write' \
  run seqwrite --fault eio
check "no such write" wrong 'out of range (behind the @: N,' \
  run seqwrite --fault eio@0
check "no such path" wrong "no path (any, file, disk)" \
  run seqwrite --fault eio@net:1
check "in the key" wrong "no fault 'foo'" run seqwrite --set run.faults=foo@1
check "kinds" wrong "no fault 'foo'" faults seqwrite --kind eio,foo
check "a kind twice" wrong 'there twice' faults seqwrite --kind eio,eio
check "a path" wrong "no 'net' (any, file, disk)" faults seqwrite --path net
check "no workload" wrong 'which WORKLOAD?' faults
check "no such pager" wrong 'no pager' faults seqwrite --pager nothing
check "no such key" wrong 'no key' faults seqwrite --set file.sice=1M
check "contents" wrong 'seen by stamps' faults $all --set run.contents=bytes
check "its own key" wrong 'what this command varies' \
  faults seqwrite --set run.faults=eio@1
check "a disk that is too small" wrong 'ENOSPC' \
  faults seqwrite --set store.size=16M --set fs.fill=90 --set file.size=64M
for text in 'fault { "eoi@3" }' 'fault { 3 }' 'fault {}' 'fault "eio@3"' \
  'setup (function () fault { "eio@3" } end)'; do
  printf '%s\nthread ("t", function () end)\n' "$text" >"$tmp/wrong.lua"
  check "$text" wrong 'wrong.lua:1:' run "$tmp/wrong.lua"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
