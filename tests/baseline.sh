#!/bin/sh
# The baseline: that nothing changed, and that a change is found:
# baseline.sh [BUILD]
#
# The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=${1-build}
case $build in
  /*) ;;
  *) build=$PWD/$build ;;
esac
tmp=$(mktemp -d)
# Pagers of the user's own must not stay among ours.
trap 'rm -rf "$tmp"; for p in asitwas onemore; do rm -rf "$build/pagers/$p.so" \
  "$build"/obj/*/user/"$p"-[0-9]*; done' EXIT
trap 'exit 130' INT TERM HUP
passed=0
failed=0

# expect WHAT COMMAND...: the command must succeed.
expect ()
{
  what=$1
  shift
  if "$@" >"$tmp/said" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "baseline: $what"
    head -n 30 "$tmp/said" "$tmp/out" "$tmp/err"
  fi
}

# check STATUS [OPTION...]: pagersim check ends with STATUS.
check ()
{
  wanted=$1
  shift
  (cd "$tmp" && timeout 120 "$build/pagersim" check "$@" >"$tmp/out" \
    2>"$tmp/err" </dev/null)
  status=$?
  [ $status -eq "$wanted" ] || { echo "exit status $status"; return 1; }
}

# The same, with bad input: one line that says WHAT.
refused ()
{
  what=$1
  shift
  check 2 "$@" || return 1
  [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] \
    && grep -q -- "$what" "$tmp/err"
}

says ()
{
  grep -qE -- "$1" "$tmp/out"
}

is_silent ()
{
  ! says "$1"
}

# build_pager NAME EXPRESSION: write-extent.c, edited by sed.
build_pager ()
{
  mkdir -p "$tmp/$1" \
    && sed "$2" pagers/ext2fs/write-extent.c >"$tmp/$1/write-extent.c" \
    && env -u MAKEFLAGS -u MFLAGS -u PAGER_BASE make -s BUILD="$build" \
      PAGER_DIR="$tmp/$1" user_pager >"$tmp/log" 2>&1 </dev/null
}

# ---- The committed one ----

expect "everything is as in results/baseline (else, if it is meant: \
pagersim check --update)" check 0
cp "$tmp/out" "$tmp/out.committed"
expect "it is small" test "$(wc -c <results/baseline/baseline.json)" -lt 300000

# ---- One of our own ----

mkdir "$tmp/small"
cp results/baseline/blocks.lua "$tmp/small/"
small="--baseline small"
expect "there is none" refused "there is no baseline" $small
expect "one is made" check 0 $small --update --jobs 1
cp "$tmp/small/baseline.json" "$tmp/first.json"
expect "and one by two processes" check 0 $small --update --jobs 2
same_but_speed ()
{
  for f in "$tmp/first.json" "$tmp/small/baseline.json"; do
    grep -v '"slowness_1000"' "$f" >"$f.values"
  done
  cmp "$tmp/first.json.values" "$tmp/small/baseline.json.values"
}
expect "they are the same" same_but_speed
expect "it holds" check 0 $small
expect "it says so" says '^[0-9]+ runs, all as in the baseline'
expect "quiet is quiet" check 0 $small -q
expect "really" test ! -s "$tmp/out"

# ---- A change in a writer ----

changed=$tmp/onemore/write-extent.c
expect "a copy of extent builds" build_pager asitwas ''
expect "it is not different" check 0 $small \
  --replace "extent=$build/pagers/asitwas.so"
expect "a writer with a cap of one block more builds" build_pager onemore \
  's/blocks < pager_cap_blocks/blocks < pager_cap_blocks + 1/'
expect "it was changed" sh -c \
  "! cmp -s pagers/ext2fs/write-extent.c '$changed'"
expect "it is found" check 3 $small --json=out.json \
  --replace "extent=$build/pagers/onemore.so"
expect "by the store writes" says '^  ext2fs\.store_write .*-[0-9.]+ %$'
expect "in the runs with a small cap" says \
  '^blocks: .*pager.name=extent pager.cap_blocks=2$'
expect "and in no others" is_silent '^(blocks: .*pager.name=chunk|reproduce)'
# The most telling first: a counter stands before the digest.
counters_first ()
{
  sed -n '/^blocks/,/^$/p' "$tmp/out" | awk '
    /^blocks/ { seen = 0; next }
    /^  digest / { seen = 1 }
    /^  ext2fs/ && seen { exit 1 }'
}
expect "counters first" counters_first
expect "it is told as JSON" python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
names = {v["name"] for run in j["differences"] for v in run["values"]}
sys.exit(not (j["schema"] == "pagersim.check/1" and j["runs_different"] > 0
              and "ext2fs.store_write" in names and "digest" in names))' \
  "$tmp/out.json"

# ---- A change in a value ----

# edit EXPRESSION: the baseline, by sed.
edit ()
{
  sed "$1" "$tmp/first.json" >"$tmp/small/baseline.json"
  ! cmp -s "$tmp/first.json" "$tmp/small/baseline.json"
}
expect "a counter is edited" edit \
  's/^"ext2fs.store_write_bytes": 2097152/"ext2fs.store_write_bytes": 1048576/'
expect "it is found" check 3 $small
expect "with its size" says \
  '^  ext2fs.store_write_bytes +1048576 +2097152  \+100.00 %$'
expect "and the digest is not" is_silent '^  digest'
expect "a percentile is edited" edit 's/"p999":/"p999":1/'
expect "it is found" check 3 $small
expect "by its name" says '^  client.write_ns.p999 '
expect "a hash is edited" edit 's/^"rest": "./"rest": "g/'
expect "it is found" check 3 $small
expect "a verdict is edited" edit 's/^"verdict": "ok"/"verdict": "crash"/'
expect "it is found" check 3 $small
expect "a value is taken away" edit '/^"mach.faults"/d'
expect "it is found" check 3 $small
expect "by its name" says '^  mach.faults +0 '
expect "a run is renamed" edit 's/^"blocks: extend fs.frag/&x/'
expect "it is found" check 3 $small
expect "the one" says 'is not in the baseline'
expect "and the other" says 'in no grid any more'

expect "the speed is edited" edit \
  's/^"slowness_1000": .*/"slowness_1000": 1,/'
expect "it fails nothing" check 0 $small
expect "but warns" grep -q 'warning: the runs took .* times as long' "$tmp/err"

# ---- Another workload ----

mkdir "$tmp/own"
cp workloads/seqwrite.lua "$tmp/w.lua"
echo 'workload ("w.lua", { ["file.size"] = "1M" })' >"$tmp/own/own.lua"
expect "a baseline of another workload" check 0 --baseline own --update
echo '-- Other words.' >>"$tmp/w.lua"
expect "it does not fit any more" check 3 --baseline own
expect "and says why" says '^The baseline is of another w.lua\.$'
expect "that is all" says '^1 runs are not compared; .*--update'

# ---- A baseline is whole or as it was ----

kills ()
{
  for after in 0.1 0.3 0.6 0.9; do
    (cd "$tmp" && exec timeout -s KILL $after "$build/pagersim" check $small \
      --update >"$tmp/out" 2>"$tmp/err" </dev/null)
    python3 -m json.tool "$tmp/small/baseline.json" /dev/null || return 1
  done
}
cp "$tmp/first.json" "$tmp/small/baseline.json"
expect "killed at any moment" kills
rm -f "$tmp/small"/baseline.json*
mkdir "$tmp/small/baseline.json"
expect "one that is a directory" refused "directory" $small --update
rmdir "$tmp/small/baseline.json"
ln -s /dev/full "$tmp/small/baseline.json"
expect "a full disk" refused "No space left" $small --update
rm "$tmp/small/baseline.json"

# ---- Bad input ----

echo '{' >"$tmp/small/baseline.json"
expect "half a file" refused "baseline.json:[0-9]" $small
echo '{"schema": "pagersim.run/1"}' >"$tmp/small/baseline.json"
expect "another schema" refused "not a baseline" $small
sed 's/^"common": {/"common": 1, "x": {/' "$tmp/first.json" \
  >"$tmp/small/baseline.json"
expect "a part is wrong" refused "half a baseline" $small
cp "$tmp/first.json" "$tmp/small/baseline.json"
expect "no directory" refused "No such file" --baseline gone --update
mkdir "$tmp/empty"
expect "no grid" refused "no grid" --baseline empty --update
expect "a replacement that is not there" refused "gone.so" $small \
  --replace extent=./gone.so
expect "a replacement for nothing" refused "no pager" $small \
  --replace "extemt=$build/pagers/extent.so"
expect "a replacement of no form" refused "NAME=FILE" $small --replace extent
expect "an update with another pager" refused "our own pagers" $small \
  --update --replace "extent=$build/pagers/chunk.so"
expect "a word too much" refused "too many" $small other
expect "no processes" refused "out of range" $small --jobs 0
echo 'vary ("lock.policy", 5)' >>"$tmp/small/blocks.lua"
expect "a bad grid" refused "^small/blocks.lua:[0-9]" $small

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
