#!/bin/sh
# Mutants: each has one defect, and the oracle for it must fire.
#
# mutants.sh [BUILD].  docs/oracles.md has the table.  Those in mutants/writer.c
# are chosen by a key; others are files of ours in which one line is changed.
# A writer without a defect must run without a finding.  The last line is
# "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=${1-build}
here=tests/mutants
tmp=$(mktemp -d)
built=
# The pagers must not stay among those that `list pagers' shows.
trap 'rm -rf "$tmp"; for p in $built; do rm -rf "$build/pagers/$p.so" \
  "$build"/obj/*/user/"$p"-[0-9]*; done' EXIT
trap 'exit 130' INT TERM HUP
passed=0
failed=0

[ -x "$build/pagersim" ] || {
  echo "mutants: there is no $build/pagersim" >&2
  exit 2
}

# check WHAT COMMAND...: the command must succeed.
check ()
{
  what=$1
  shift
  if "$@" >"$tmp/said" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "mutants: $what"
    head -n 12 "$tmp/said" "$tmp/log"
  fi
}

# build_mutant NAME BASE: from $tmp/mutant-NAME.
build_mutant ()
{
  built="$built mutant-$1"
  env -u MAKEFLAGS -u MFLAGS -u PAGER_DIR -u PAGER_BASE make -s \
    BUILD="$build" PAGER_DIR="$tmp/mutant-$1" PAGER_BASE="$2" user_pager \
    >"$tmp/log" 2>&1 </dev/null
}

# changed NAME BASE FILE EXPRESSION: FILE with one line changed by sed.
changed ()
{
  mkdir "$tmp/mutant-$1"
  sed "$4" "$3" >"$tmp/mutant-$1/${3##*/}"
  check "$1: one line is changed" test "$(diff "$3" \
    "$tmp/mutant-$1/${3##*/}" | grep -c '^<')" -eq 1
  check "$1 builds" build_mutant "$1" "$2"
}

# run NAME [OPTION...]
run ()
{
  name=$1
  shift
  rm -f "$tmp/run.json"
  timeout 60 "$build/pagersim" run --quiet --json="$tmp/run.json" \
    --pager "$build/pagers/mutant-$name.so" "$@" >"$tmp/log" 2>&1 </dev/null
}

# fires ORACLE WHAT: with a text (a regular expression) in the last run.
fires ()
{
  /usr/bin/python3 - "$1" "$2" "$tmp/run.json" <<'END2'
import json, re, sys

oracle, what, path = sys.argv[1:]
r = json.load(open(path))
found = [f for f in r["findings"] if f["oracle"] == oracle]
if r["verdict"] == "ok" or not any(re.search(what, f["what"]) for f in found):
    print(r["verdict"], [(f["oracle"], f["what"]) for f in r["findings"]])
    sys.exit(1)
END2
}

is_ok ()
{
  grep -q '"verdict": *"ok"' "$tmp/run.json"
}

# number_of DEFECT: what pager.chunk_blocks must be for it.
number_of ()
{
  sed -n '/^enum defect/,/^}/s/^  \([A-Z_]*\).*/\1/p' $here/writer.c \
    | grep -n "^$1\$" | sed 's/:.*//'
}

# defect NAME ORACLE WHAT [OPTION...]: of mutants/writer.c.
defect ()
{
  number=$(number_of "$1")
  oracle=$2
  what=$3
  title="$1: $2"
  shift 3
  run writer $here/small.lua --set "pager.chunk_blocks=${number:-0}" "$@"
  check "$title fires" fires "$oracle" "$what"
}

# ---- The writer ----

mkdir "$tmp/mutant-writer"
cp $here/writer.c "$tmp/mutant-writer"
check "the writer builds" build_mutant writer extent
for fault in none eio@3 short@3 enospc@3; do
  run writer $here/small.lua --set pager.chunk_blocks=1 \
    --set "run.faults=$fault"
  check "the writer without a defect is right, fault $fault" is_ok
done
# Of one file that nobody cuts: a server that pokes a page of which the store has
# refused a write ends by SIGBUS.
for kind in eio short enospc; do
  run writer seqwrite --set file.size=4M --set pager.chunk_blocks=1 \
    --set "run.faults=$kind@p=100000"
  check "the writer without a defect is right, often $kind" is_ok
done

defect REACH reach 'page 5 of f1 .* never sent to the store'
defect OWNER owner 'page 5 of f1 is written to block .* has it at block'
defect STALE owner 'page 5 of cut is written to block .* has it at block'
defect UNLOCKED alloc_lock 'page 5 of f1 .* does not hold its alloc_lock'
defect REFUSED refused 'refused page .* was told that it was written' \
  --fault eio@3
defect WRITTEN_LONG written 'has written .* bytes of'
defect WRITTEN_PART written 'no whole pages'
defect WRITTEN_CLAIM written 'page 5 is not on the store'
defect ERROR_PAGE errors 'pager_write_page answers'
defect ERROR_BULK errors 'that it has written 4096 bytes'
defect ERROR_READ errors 'pager_read_page answers'
defect HELD held 'which is idle, holds mutex'
defect RELEASED_TWICE memory 'munmap of memory that is not mapped'
defect TWICE identity 'bytes were written to the store'
defect KEPT held 'which is idle, holds alloc_lock'
defect WAITS progress 'the last fault was at' --fault eio@3

# Who was told is not known before the end: that oracle is the lab's.
# lost DEFECT: whether data was lost in silence.
lost ()
{
  timeout 60 "$build/pagersim" faults seqwrite --kind eio \
    --set file.size=256K --pager "$build/pagers/mutant-writer.so" \
    --set "pager.chunk_blocks=$(number_of "$1")" \
    --csv="$tmp/lab.csv" >"$tmp/log" 2>&1 </dev/null
  tail -n +2 "$tmp/lab.csv" | grep -q ',eio,' || return 2
  grep -q ',lost,' "$tmp/lab.csv"
}
check "REFUSED: contents fires" lost REFUSED
lost NONE
check "the writer without a defect loses nothing" test $? -eq 1

# ---- libpager ----

mkdir "$tmp/mutant-order"
cp $here/order.c "$tmp/mutant-order"
check "order builds" build_mutant order extent
run order $here/small.lua --set libpager.serial=no
check "order fires" fires order 'written behind a version'
changed release extent pagers/libpager/data-return.c \
  '/munmap ((void \*)page_data (r, i), __vm_page_size);/s/munmap/(void)/'
run release $here/small.lua
check "release fires" fires release 'was not given back'
changed marks extent pagers/libpager/data-return.c \
  's/^  \*entry &= ~(PM_PAGINGOUT/  if (i != 5) &/'
run marks seqwrite --set file.size=256K --set sync.interval=0
check "marks fires" fires marks 'page .* still marked as being written'

# ---- File systems ----

changed shared extent pagers/ext2fs/balloc.c \
  's/^  set_bit (bit, bitmap);/  (void)bit;/'
run shared $here/small.lua
check "blocks fires: two owners" fires blocks "and somebody else's, too"
changed unmarked extent pagers/ext2fs/balloc.c \
  's/if (set_bit (bit + k, bitmap))/if (test_bit (bit + k, bitmap))/'
run unmarked seqwrite --set file.size=48K
check "blocks fires: not marked" fires blocks "somebody's, and marked as free"
changed leaked extent pagers/ext2fs/balloc.c \
  's/if (clear_bit (bit + k, bitmap))/if (bitmap)/'
run leaked $here/small.lua
check "blocks fires: nobody's" fires blocks "as used, and is nobody's"
changed fat fatfs pagers/fatfs/fat.c 's/^  free_count -= got;//'
run fat $here/small.lua
check "blocks fires: FAT" fires blocks 'free in the table'
changed fat-block fatfs pagers/fatfs/write-bulk.c \
  's/write_blocks (cluster_block (first), buf/write_blocks (cluster_block (first) + 1, buf/'
run fat-block $here/small.lua
check "owner fires: FAT" fires owner 'is written to block .* has it at block'
changed fat-lock fatfs pagers/fatfs/write-bulk.c \
  's/^      pthread_rwlock_rdlock (lock);/      (void)lock;/'
run fat-lock $here/small.lua
check "alloc_lock fires: FAT" fires alloc_lock 'does not hold its alloc_lock'
check "lock fires: FAT" fires lock 'alloc_lock is unlocked, but'

# ---- The kernel ----

rm -f "$tmp/run.json"
timeout 60 "$build/pagersim" run $here/shortage.lua --quiet --pager perpage \
  --seed 4 --json="$tmp/run.json" >"$tmp/log" 2>&1 </dev/null
check "the kernel's hole is found" fires order 'the kernel sends a copy'

# ---- The table ----

"$build/pagersim" list oracles >"$tmp/oracles"
for name in $(grep -rhoE 'world_(finding|crash) \("[^"]*"' sim \
  | sed 's/.*("//; s/"//' | sort -u); do
  check "$name is listed" grep -q "^$name " "$tmp/oracles"
done
for name in $(sed 's/ .*//' "$tmp/oracles"); do
  check "$name is in docs/oracles.md" grep -q "^| \`$name\` |" docs/oracles.md
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
