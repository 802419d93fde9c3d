#!/bin/sh
# Power cuts: powercut.sh [BUILD]
#
# A small workload is cut at every store write, under every pager, with and
# without a volatile write cache; nothing that was synced may be lost.  Pagers
# that break a promise are caught: one whose fsync does not wait for the data,
# one whose fsync does not empty the cache, one that writes over what is not
# its own, one that leaves metadata that e2fsck gives up on.  The result is the
# same bytes whatever --jobs is, and after kills.
# The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=$(realpath "${1-build}")
tmp=$(mktemp -d)
built=
# The pagers must not stay among those that `list pagers' shows.
trap 'rm -rf "$tmp"; for p in $built; do rm -rf "$build/pagers/$p.so" \
  "$build"/obj/*/user/"$p"-[0-9]*; done' EXIT
trap 'exit 130' INT TERM HUP
passed=0
failed=0

[ -x "$build/pagersim" ] || {
  echo "powercut: there is no $build/pagersim" >&2
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
    echo "powercut: $what"
    head -n 12 "$tmp/err"
  fi
}

: >"$tmp/err"
cuts () { timeout 120 "$build/pagersim" powercut "$@" 2>"$tmp/err" </dev/null; }
same () { cmp "$1" "$2" >/dev/null 2>&1; }
small="--set file.size=128K --set save.document=48K --set save.rounds=1
  --set save.kept=4"

# verdicts FILE: the verdicts in a CSV, each once, in a line.
verdicts ()
{
  sed 1d "$1" | cut -d , -f 11 | LC_ALL=C sort -u | tr '\n' ' '
}

# sum FILE COLUMN
sum ()
{
  /usr/bin/python3 -c 'import csv, sys
print(sum(int(r[sys.argv[2]]) for r in csv.DictReader(open(sys.argv[1]))))' \
    "$1" "$2"
}

# ---- Written through ----

# shellcheck disable=SC2086 # words
cuts save $small --jobs 2 --out "$tmp/through" >"$tmp/table"
check "written through: nothing that was synced is lost" test $? -eq 0
check "nothing is said" test ! -s "$tmp/err"
check "a line for each pager, and the sum" test "$(wc -l <"$tmp/table")" -eq 7
check "names may be lost" \
  test "$(verdicts "$tmp/through/cuts.csv")" = "lost ok "
check "files were compared" test "$(sum "$tmp/through/cuts.csv" synced)" -gt 400
check "others too" test "$(sum "$tmp/through/cuts.csv" kept)" -gt 500

/usr/bin/python3 - "$tmp/through" >"$tmp/err" <<'END'
import csv, json, sys

rows = list(csv.DictReader(open(sys.argv[1] + "/cuts.csv")))
lines = [json.loads(l) for l in open(sys.argv[1] + "/cuts.jsonl")]
wrong = []
if [{k: str(v) for k, v in l.items() if k != "schema"} for l in lines] != rows:
    wrong.append("CSV and JSON differ")
of = {}
for r in rows:
    of.setdefault(r["pager"], []).append(r)
if list(of) != ["perpage", "chunk", "extent", "adaptive"]:
    wrong.append("pagers: %s" % list(of))
for pager, mine in of.items():
    writes = int(mine[0]["of"])
    cuts = [int(r["cut"]) for r in mine if r["variant"] == "after"]
    if cuts != list(range(writes + 1)):
        wrong.append("%s: cuts" % pager)
    if sum(int(r["possible"]) for r in mine if r["variant"] == "after") \
            != len(mine):
        wrong.append("%s: not all were tried" % pager)
if int(of["perpage"][0]["of"]) <= int(of["extent"][0]["of"]):
    wrong.append("writes")
# Blocks reach the disk in the same order, in pieces of other lengths.
if len(of["perpage"]) != len(of["extent"]):
    wrong.append("images")
print("\n".join(wrong))
sys.exit(bool(wrong))
END
check "rows" test $? -eq 0

# shellcheck disable=SC2086
cuts save $small --jobs 1 -q --csv="$tmp/j.csv" --json="$tmp/j.json"
check "--jobs 1: CSV" same "$tmp/j.csv" "$tmp/through/cuts.csv"
check "--jobs 1: JSON" same "$tmp/j.json" "$tmp/through/cuts.jsonl"

# ---- Killed, and begun again ----

# killed TIME DIR: until it comes to its end.
killed ()
{
  kills=0
  # shellcheck disable=SC2086
  while timeout -s KILL "$1" "$build/pagersim" powercut save $small --jobs 2 \
    -q --out "$2" >/dev/null 2>&1 </dev/null
    [ $? -eq 137 ]
  do
    kills=$((kills + 1))
    [ $kills -lt 100 ] || return
  done
}
# However fast the machine is.
for time in 0.4 0.2 0.1 0.05; do
  rm -rf "$tmp/killed"
  killed $time "$tmp/killed" 2>/dev/null
  [ $kills -eq 0 ] || break
done
check "it was killed in the middle" test "$kills" -gt 0 -a "$kills" -lt 100
check "killed: the same bytes" \
  same "$tmp/killed/cuts.csv" "$tmp/through/cuts.csv"
size=$(wc -c <"$tmp/killed/rows.journal")
truncate -s -$((size / 3)) "$tmp/killed/rows.journal"
rm "$tmp/killed/cuts.csv"
# shellcheck disable=SC2086
cuts save $small --jobs 2 -q --out "$tmp/killed"
check "a part is judged again" \
  same "$tmp/killed/cuts.csv" "$tmp/through/cuts.csv"
check "and the rest was kept" \
  test "$(wc -c <"$tmp/killed/rows.journal")" -eq "$size"

# ---- A volatile write cache ----

# shellcheck disable=SC2086
cuts save $small --pager extent --jobs 2 --cache --samples 2 --set ext2fs.flush=yes -q \
  --csv="$tmp/flush.csv"
check "flushed: nothing that was synced is lost" test $? -eq 0
check "flushed: names may be" test "$(verdicts "$tmp/flush.csv")" = "lost ok "
check "flushed: no block is" test "$(sum "$tmp/flush.csv" blocks_lost)" -eq 0
# shellcheck disable=SC2086
cuts save $small --pager extent --jobs 2 --cache --samples 2 -q --csv="$tmp/cache.csv"
check "not flushed: not anybody's fault" test $? -eq 0
check "not flushed: but it is lost" \
  test "$(sum "$tmp/cache.csv" blocks_lost)" -gt 100
check "not flushed: files that nobody wrote to are not" \
  test "$(sum "$tmp/cache.csv" kept_lost)" -eq 0

# ---- Planted defects ----

# One pager, since it takes a while to build: our extent, with a defect that a
# setting chooses, which extent has no other use for.
built="cut-defects"
mkdir "$tmp/cut-defects"
cp pagers/ext2fs/flush.h "$tmp/cut-defects"

# defect NUMBER FILE TEXT DEFECT: TEXT in FILE is DEFECT, in which WHICH is
# whether that is chosen.
defect ()
{
  /usr/bin/python3 - "$tmp/cut-defects/$2" "pagers/ext2fs/$2" "$3" \
    "$(echo "$4" | sed "s/WHICH/(defect == $1)/g")" 2>"$tmp/err" <<'END'
import sys
to, path, text, defect = sys.argv[1:]
source = open(path).read()
assert source.count(text) == 1, text
open(to, "w").write('#include "hurd_api.h"\n#define defect '
                    'hurd_api->setting ("pager.chunk_blocks", 2)\n'
                    + source.replace(text, defect))
END
  check "defect $1 is planted" test $? -eq 0
}

# fsync writes the inode, with the new size, and does not wait for the data.
defect 3 file-map.c "pager_sync (pager, wait)" \
  "pager_sync (pager, wait && !WHICH)"
# fsync does as if it had emptied the cache.
defect 4 flush.c "if (flush_wanted (wait))" \
  "if (flush_wanted (wait) && !WHICH)"
# One write behind setup's goes to the place of a file in kept/; or, by 6, to
# that of the superblock, of which so small a file system has no copy.
defect 5 pending-blocks.c "if (pb->num == 0)" \
  "static int n;
  if (++n == 30 && (WHICH || defect == 6))
    dev_block = WHICH ? 277 * 8 : 0;
  if (pb->num == 0)"
check "the defects build" env -u MAKEFLAGS -u MFLAGS -u PAGER_BASE make -s \
  BUILD="$build" OPT=-O0 PAGER_DIR="$tmp/cut-defects" user_pager \
  >"$tmp/err" 2>&1 </dev/null

# caught NAME NUMBER VERDICT OPTION...: and the command that is printed shows it again.
caught ()
{
  name=$1 number=$2 verdict=$3
  shift 3
  # shellcheck disable=SC2086
  cuts save $small --pager "$build/pagers/cut-defects.so" --samples 1 \
    --jobs 2 -q --csv="$tmp/$name.csv" --out "$tmp/out-$name" \
    --set pager.chunk_blocks="$number" "$@"
  check "$name: exit status" test $? -eq 1
  check "$name: $verdict" \
    sh -c "cut -d , -f 11 '$tmp/$name.csv' | grep -qx $verdict"
  check "$name: the image is kept" test -s "$tmp/out-$name/cut-1.img"
  again=$(sed -n 's/^  pagersim powercut \(.* --image \).*/\1/p' "$tmp/err" \
    | head -n 1)
  cp "$tmp/err" "$tmp/said"
  # shellcheck disable=SC2086
  eval "cuts ${again:-nothing}'$tmp/again.img'" >"$tmp/one"
  check "$name: again: exit status" test $? -eq 1
  check "$name: the same verdict" sh -c \
    "grep -qF \"\$(cat '$tmp/one')\" '$tmp/said'"
  check "$name: the same image" same "$tmp/again.img" \
    "$tmp/out-$name/cut-1.img"
}

# shellcheck disable=SC2086
cuts save $small --pager "$build/pagers/cut-defects.so" --jobs 2 -q
check "none is chosen, and nothing is lost" test $? -eq 0
caught early 3 synced
caught lie 4 synced --cache --set ext2fs.flush=yes
caught stray 5 kept
caught super 6 fsck

# ---- What is wrong with the input ----

line ()
{
  status=$1
  what=$2
  shift 2
  cuts "$@" >/dev/null
  check "$what: exit status" test $? -eq "$status"
  check "$what: one line" test "$(wc -l <"$tmp/err")" -eq 1
}
line 2 "no workload"
line 2 "another file system" save --pager fatfs
line 2 "no such cut" save --pager extent --cut 99999999
line 2 "no such image of it" save --pager extent --cut 1:none
line 2 "a cut of several pagers" save --cut 1
line 2 "an image without a cut" save --image "$tmp/x"
line 2 "a store too large" save --set store.size=8G

# e2fsck is looked for in PATH and where Debian has it: hide both.
if unshare -rm true 2>/dev/null; then
  : >"$tmp/none"
  chmod 0 "$tmp/none"
  # shellcheck disable=SC2016 # the inner shell's
  unshare -rm sh -c 'for f in /usr/sbin/e2fsck /sbin/e2fsck; do
      mount --bind /dev/null $f || exit 99; done
    PATH=/nowhere exec "$0" powercut save' "$build/pagersim" \
    >/dev/null 2>"$tmp/err" </dev/null
  check "no e2fsck: exit status" test $? -eq 2
  check "no e2fsck: is said" grep -q 'e2fsck, which is not in PATH' "$tmp/err"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
