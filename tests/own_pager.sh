#!/bin/sh
# A pager built out of tree, as docs/own-pager.md shows it: own_pager.sh [BUILD]
#
# The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=${1-build}
tmp=$(mktemp -d)
# The pager must not stay among those that `list pagers' shows.
mine="onepage mine return whole headers twice"
trap 'rm -rf "$tmp"; for p in $mine; do rm -rf "$build/pagers/$p.so" \
  "$build"/obj/*/user/"$p"-[0-9]*; done' EXIT
trap 'exit 130' INT TERM HUP
passed=0
failed=0

# check WHAT COMMAND...: the command must succeed.
check ()
{
  what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "own_pager: $what"
    head -n 10 "$tmp/log" 2>/dev/null
  fi
}

build_pager ()
{
  env -u MAKEFLAGS -u MFLAGS -u PAGER_DIR -u PAGER_BASE make -s \
    BUILD="$build" "$@" user_pager >"$tmp/log" 2>&1 </dev/null
}

# Refused with status 2 and one line, which says WHAT.
refused ()
{
  what=$1
  shift
  build_pager "$@"
  [ $? -eq 2 ] && [ "$(wc -l <"$tmp/log")" -eq 1 ] && grep -q "$what" "$tmp/log"
}

run_pager ()
{
  timeout 60 "$build/pagersim" run workloads/seqwrite.lua --pager "$1" \
    --set file.size=4M --json >"$tmp/$2.json" 2>"$tmp/log" </dev/null
}

# value FILE NAME: one counter.
value ()
{
  tr -d '\n ' <"$tmp/$1.json" | grep -oE "\"$2\":[0-9]+" | head -n 1 \
    | sed 's/.*://'
}

# ---- The example ----

check "the example builds" build_pager PAGER_DIR=docs/examples/onepage
check "the example asks for an executable stack" sh -c \
  "readelf -lW '$build/pagers/onepage.so' | grep -q 'GNU_STACK.* RWE '"
check "it runs by name" run_pager onepage byname
check "it runs as a file" run_pager "$build/pagers/onepage.so" byfile
check "its verdict is ok" grep -q '"verdict": *"ok"' "$tmp/byname.json"
check "it is called in bulk" test "$(value byname libpager.write_pages)" -gt 0
check "it writes every page by itself" test \
  "$(value byname ext2fs.store_write_bytes)" -eq \
  $(($(value byname ext2fs.store_write) * 4096))
check "all of the file is written" test \
  "$(value byname ext2fs.store_write)" -ge 1024

# ---- A copy elsewhere, with a header of its own, from another directory ----

mkdir "$tmp/mine"
cp docs/examples/onepage/*.c "$tmp/mine"
echo '/* Nothing.  */' >"$tmp/mine/own.h"
check "a directory outside builds, against its headers" \
  build_pager PAGER_DIR="$tmp/mine/" PAGER_BASE=perpage
check "and runs" run_pager "$build/pagers/mine.so" mine
check "with the counts of the example" test \
  "$(value mine ext2fs.store_write)" -eq "$(value byname ext2fs.store_write)"

# ---- Files of a Hurd tree: whole, under their names there ----

# Everything of ext2fs/pager.c is in several files of ours.
hurd_pager_c ()
{
  for f in pager-settings page-bufs pager-callbacks find-block pending-blocks \
    write-page write-extent read-blocks unlock-page grow file-map file-pager \
    disk-cache disk-pager create-disk-pager sync-everything pager-users
  do
    cat "pagers/ext2fs/$f.c"
  done
}

# as_extent NAME: it builds, runs, and counts what extent counts.
as_extent ()
{
  check "$1 builds" build_pager PAGER_DIR="$tmp/$1"
  check "$1 runs" run_pager "$1" "$1"
  check "$1 counts as extent does" sh -c "sed -n '/\"counters\"/,/}/p' \
    '$tmp/$1.json' | diff - '$tmp/extent.counters' >'$tmp/log'"
}

run_pager extent extent
sed -n '/"counters"/,/}/p' "$tmp/extent.json" >"$tmp/extent.counters"
mkdir "$tmp/return" "$tmp/whole" "$tmp/headers"
# Edited, as its owner would.
{
  cat pagers/libpager/data-return.c
  echo 'int my_data_return = 1;'
} >"$tmp/return/data-return.c"
hurd_pager_c >"$tmp/whole/pager.c"
hurd_pager_c >"$tmp/headers/pager.c"
cp pagers/libpager/data-return.c pagers/include/priv.h \
  pagers/include/ext2fs.h "$tmp/headers"
as_extent return
as_extent whole
as_extent headers

# ---- One that writes every page twice ----

mkdir "$tmp/twice"
sed 's/= \(pager_write_page (.*)\);/= \1, \1;/' \
  pagers/libpager/data-return.c >"$tmp/twice/data-return.c"
check "twice is an edit" sh -c \
  "! cmp -s pagers/libpager/data-return.c '$tmp/twice/data-return.c'"
check "twice builds" build_pager PAGER_DIR="$tmp/twice" PAGER_BASE=perpage
run_pager twice twice
check "twice fails with status 1" test $? -eq 1
check "an identity is violated" grep -q '"oracle": "identity"' "$tmp/twice.json"
check "it says how often a page was written" \
  grep -q "pager_write_page was called 2 times" "$tmp/twice.json"

# ---- What is refused ----

mkdir "$tmp/empty" "$tmp/extent"
touch "$tmp/extent/a.c"
check "no such directory" refused "no such directory" PAGER_DIR="$tmp/none"
check "no C file" refused "no C file" PAGER_DIR="$tmp/empty"
check "a name of ours" refused "pager of ours" PAGER_DIR="$tmp/extent"
check "an unknown base" refused "PAGER_BASE" PAGER_DIR="$tmp/mine" \
  PAGER_BASE=none

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
