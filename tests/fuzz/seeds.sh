#!/bin/sh
# Small file systems for the fuzzer to damage: seeds.sh DIRECTORY
#
# Made by mke2fs and debugfs, the same each time but for times; e2fsck has
# nothing to say about them.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
PATH=$PATH:/usr/sbin:/sbin
out=$1
mkdir -p "$out"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
uuid=70616765-7273-4d21-8001-657874326673
E2FSPROGS_FAKE_TIME=1577836800
export E2FSPROGS_FAKE_TIME

# ---- What is in them ----

# letters N: a file's bytes.
letters () { awk -v n="$1" 'BEGIN { while (n-- > 0) printf "%c", 97 + n % 26 }'; }

files=$tmp/files
mkdir -p "$files/dir/inner" "$files/empty" "$files/many"
letters 9000 >"$files/plain"
letters 70000 >"$files/single"
ln "$files/plain" "$files/dir/linked"
ln -s plain "$files/short"
ln -s "$(letters 90)" "$files/dir/long"
letters 5 >"$files/dir/inner/small"
# Blocks under each of the indirect ones, and holes.
truncate -s 4299165696 "$files/deep"
for block in 3 20 1036 1050 5000 1049612; do
  letters 100 | dd of="$files/deep" bs=4096 seek=$block conv=notrunc status=none
done
i=0
while [ $i -lt 60 ]; do
  i=$((i + 1))
  : >"$files/many/a name that takes some room in the directory, so that it has blocks: $i"
done
find "$files" -exec touch -h -d @$E2FSPROGS_FAKE_TIME {} +

# ---- The file systems ----

# make NAME SIZE OPTION...: the files and what mke2fs cannot take from them.
make ()
{
  image=$out/$1.img
  size=$2
  shift 2
  rm -f "$image"
  mke2fs -q -F -t ext2 -b 4096 -U $uuid -E "hash_seed=$uuid,root_owner=0:0" -m 0 \
    -N 128 "$@" -d "$files" "$image" "$size" >"$tmp/log" 2>&1 \
    || { cat "$tmp/log"; exit 1; }
  {
    echo cd dir
    echo mknod pipe p
    echo mknod device c 1 3
    echo ea_set /plain user.name value
  } >"$tmp/commands"
  debugfs -w -f "$tmp/commands" "$image" >/dev/null 2>&1
  # Hash what can be, and set the counts right.
  e2fsck -fyD "$image" >/dev/null 2>&1 || true
  e2fsck -fn "$image" >/dev/null 2>&1 || { echo "$image is wrong"; exit 1; }
}

make usual 1M
make groups 2M -g 256 -O ^resize_inode -I 128
make full 600K -O ^resize_inode
make journal 10M -O has_journal
# Without what needs a later revision.
letters 20000 >"$files/deep"
make plain 1M -r 0 -O none
