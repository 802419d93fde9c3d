#!/bin/sh
# Make the repository that git's traces are of: make_repository.sh DIR
#
# DIR/origin: a main line of 30 commits, and a branch `topic' of 20 more that
# begins in the middle of it; text files of 200 bytes to 30 KB in three levels
# of directories, some of which come, move and go.  Every date, name and byte
# is given here, so that it is the same repository everywhere.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
dir=$1
mkdir -p "$dir/origin"
cd "$dir/origin"

GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
GIT_AUTHOR_NAME=author GIT_AUTHOR_EMAIL=author@example.org
GIT_COMMITTER_NAME=committer GIT_COMMITTER_EMAIL=committer@example.org
export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL GIT_AUTHOR_NAME \
  GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
clock=1000000000

# text SEED LINES: lines that compress about as well as a program does.
text ()
{
  awk -v x="$1" -v n="$2" 'BEGIN {
    for (i = 0; i < n; i++) {
      line = ""
      for (w = 0; w < 9; w++) {
        x = (x * 69069 + 12345) % 2147483648
        line = line " word" int (x / 2097152) }
      print i line } }'
}

commit ()
{
  clock=$((clock + 3600))
  git add -A .
  GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" \
    git commit -q -m "$1"
}

# change SEED FILE: another line in the middle, and one at the end.
change ()
{
  awk -v s="$1" 'NR == 5 { print "changed", s } { print } END { print s }' \
    "$2" >.new
  mv .new "$2"
}

git init -q -b main .
for d in 1 2 3 4 5 6; do
  for s in a b; do
    mkdir -p "src/$d/$s"
    for f in 1 2 3 4 5; do
      text $((d * 100 + f)) $((4 + (d * 37 + f * 61) % 300)) \
        >"src/$d/$s/file$f.c"
    done
  done
done
text 7 20 >README
commit "first"

i=1
while [ $i -le 29 ]; do
  change $i "src/$((i % 6 + 1))/a/file$((i % 5 + 1)).c"
  case $((i % 6)) in
    0) text $i $((i * 9)) >"src/new$i.c" ;;
    3) mkdir "doc$i" && text $i 50 >"doc$i/text" ;;
    4) git mv "src/$((i % 6 + 1))/b/file1.c" "src/moved$i.c" 2>/dev/null \
         || change $i README ;;
    5) git rm -q -r "doc$((i - 2))" ;;
  esac
  commit "main $i"
  [ $i -ne 15 ] || git branch topic
  i=$((i + 1))
done

# These touch what the main line does not, so that a rebase has no conflicts.
git checkout -q topic
i=1
while [ $i -le 20 ]; do
  change $i "src/$((i % 6 + 1))/b/file$((i % 4 + 2)).c"
  [ $((i % 4)) -ne 0 ] || text $((i + 900)) $((i * 12)) >"src/topic$i.c"
  commit "topic $i"
  i=$((i + 1))
done
git checkout -q main
git gc -q
