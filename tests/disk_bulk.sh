#!/bin/sh
# Runs of the disk's own pages, pager.disk_bulk: disk_bulk.sh [BUILD]
#
# docs/disk-bulk.md says what they save.  Here: that they are there under every
# pager and only when asked for, that the store is right afterwards, and what is
# counted as written when the store fails in the middle: two pagers are built
# whose store takes a page of a run, or nothing of it.
# The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
PATH=$PATH:/usr/sbin:/sbin
build=${1-build}
tmp=$(mktemp -d)
built=
# The pagers must not stay among those that `list pagers' shows.
trap 'rm -rf "$tmp"; for p in $built; do rm -rf "$build/pagers/$p.so" \
  "$build"/obj/*/user/"$p"-[0-9]*; done' EXIT
trap 'exit 130' INT TERM HUP
passed=0
failed=0

# check WHAT COMMAND...: the command must succeed.
check ()
{
  what=$1
  shift
  if "$@" >"$tmp/log" 2>&1 </dev/null; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "disk_bulk: $what"
    head -n 20 "$tmp/log"
  fi
}

# run NAME PAGER yes|no [OPTION...]: many small files; NAME.json and the image.
run ()
{
  name=$1
  pager=$2
  bulk=$3
  shift 3
  rm -f "$tmp/image"
  timeout 60 "$build/pagersim" run docs/examples/files.lua --quiet \
    --pager "$pager" --set "pager.disk_bulk=$bulk" --set files.each=50 \
    --set files.fsync=7 --set store.size=256M --image "$tmp/image" \
    --json="$tmp/$name.json" "$@" && e2fsck -fn "$tmp/image"
}

value ()
{
  sed -n "s/^  \"$2\": \([0-9]*\),*\$/\1/p" "$tmp/$1.json"
}

for pager in perpage chunk extent adaptive; do
  check "$pager without" run no "$pager" no
  check "$pager with" run yes "$pager" yes
  check "$pager: fewer writes" test "$(value yes disk.store_write)" -lt \
    "$(value no disk.store_write)"
  check "$pager: of as many bytes" test \
    "$(value yes disk.store_write_bytes)" -eq \
    "$(value no disk.store_write_bytes)"
  check "$pager: no bulk unless asked" test \
    "$(($(value no disk.store_write) * 4096))" -eq \
    "$(value no disk.store_write_bytes)"
  check "$pager: files are written as ever" test \
    "$(value yes ext2fs.store_write)" -eq "$(value no ext2fs.store_write)"
  check "$pager under short memory" run small "$pager" yes \
    --set machine.memory=16M --set sync.interval=10ms --set machine.cpus=3
done
# The hook is there, and refuses files.
run yes perpage yes >/dev/null 2>&1
check "perpage: some calls work" test "$(value yes libpager.write_pages)" -gt 0
check "perpage: and all of them are the disk's" test \
  "$(value yes libpager.write_pages_unsupported)" -gt 0
run no perpage no >/dev/null 2>&1
check "perpage: no call works without" test \
  "$(value no libpager.write_pages)" -eq 0

# ---- A store that fails ----

# faulty NAME STATEMENT...: a pager whose store does this with a run of the
# disk's pages; a page by itself is written.
faulty ()
{
  name=disk-bulk-$1
  shift
  built="$built $name"
  mkdir "$tmp/$name"
  cat >"$tmp/$name/faulty.c" <<END
#include "ext2fs.h"
#include <hurd_api.h>
error_t
store_write (struct store *s, store_offset_t block, const void *buf,
             size_t len, size_t *amount)
{
  uint64_t at = (uint64_t) block << s->log2_block_size;
  enum hurd_path path = hurd_api->set_path (HURD_PATH_OTHER);
  hurd_api->set_path (path);
  if (path == HURD_PATH_DISK && len > vm_page_size)
    {
      $*
    }
  return hurd_api->store_write (at, buf, len, amount);
}
END
  check "$name builds" env -u MAKEFLAGS -u MFLAGS -u PAGER_DIR -u PAGER_BASE \
    make -s BUILD="$build" PAGER_DIR="$tmp/$name" user_pager
}

run good extent yes >/dev/null 2>&1
pages=$(($(value good disk.store_write_bytes) / 4096))

faulty error '*amount = len; return EIO;'
check "a run that fails is written page by page" run error \
  "$build/pagers/disk-bulk-error.so" yes
check "... all of it, and once" test \
  "$(value error disk.store_write)" -eq "$pages"
check "... by calls for a page each" test \
  "$(value error libpager.write_page)" -gt \
  "$(value good libpager.write_page)"

faulty short 'return hurd_api->store_write (at, buf, vm_page_size, amount);'
check "of a run that is cut short the rest is written" run short \
  "$build/pagers/disk-bulk-short.so" yes
check "... all of it, and once" test \
  "$(value short disk.store_write)" -eq "$pages"
check "... but for what was reported" test \
  "$(value short libpager.write_page)" -lt \
  "$(value error libpager.write_page)"

# Not whole pages: the started one is written again.
faulty odd 'return hurd_api->store_write (at, buf, 6144, amount);'
check "of a run that is cut within a page the page is written" run odd \
  "$build/pagers/disk-bulk-odd.so" yes
check "... again" test "$(value odd disk.store_write_bytes)" -gt \
  "$(value good disk.store_write_bytes)"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
