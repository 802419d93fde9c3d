#!/bin/sh
# Record the traces that are here again: record_all.sh [NAME...]
#
# All of it happens in a directory that is removed at the end.  What comes out
# differs a little each time, in times, names of temporary files and in how
# processes mix; a trace that replaces a committed one has to be committed with
# what depends on it (tests/traces.sh runs them all).
#
# Needs strace, git, Python 3; for `dpkg' a Debian machine with apt-get; for
# `build' what pagersim is built with.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd)
source=$(cd -- "$here/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
GIT_AUTHOR_NAME=author GIT_AUTHOR_EMAIL=author@example.org
GIT_COMMITTER_NAME=committer GIT_COMMITTER_EMAIL=committer@example.org
export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL GIT_AUTHOR_NAME \
  GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

# record NAME DIR COMMAND...
record ()
{
  name=$1
  in=$2
  shift 2
  "$here/record.sh" -d "$in" "$name" "$@" >"$tmp/log" 2>&1 \
    || { cat "$tmp/log" >&2; exit 2; }
  wc -c "$here/$name.trace"
}

repository ()
{
  [ -d "$tmp/origin" ] || "$here/make_repository.sh" "$tmp"
}

# Over a pipe, as from another machine: a pack comes, and is unpacked.
git_clone ()
{
  repository
  mkdir "$tmp/clone"
  record git-clone "$tmp/clone" git clone -q "file://$tmp/origin" work
}

checked_out ()
{
  repository
  mkdir "$tmp/$1"
  git clone -q "file://$tmp/origin" "$tmp/$1/work"
  git -C "$tmp/$1/work" checkout -q topic
}

git_checkout ()
{
  checked_out checkout
  record git-checkout "$tmp/checkout" sh -c 'cd work \
    && git checkout -q main && git checkout -q topic && git checkout -q main'
}

git_rebase ()
{
  checked_out rebase
  record git-rebase "$tmp/rebase" sh -c 'cd work && git rebase -q origin/main'
}

# A part of this project: every object of a pager, then linking.  Compilers put
# their temporary files there, too.
build ()
{
  mkdir -p "$tmp/build/tmp"
  record build "$tmp/build" env TMPDIR="$tmp/build/tmp" \
    make -s -j2 -C "$source" BUILD="$tmp/build" CC=gcc OPT=-O1 \
    "$tmp/build/pagers/perpage.so"
}

# Small packages that nothing is run of: dpkg is root of a tree of its own.
dpkg_unpack ()
{
  mkdir "$tmp/packages" "$tmp/dpkg"
  (cd "$tmp/packages" \
    && apt-get -q download hello sed tree ed libcmocka0 hostname file bc)
  # What dpkg wants to find in a new tree.
  mkdir -p "$tmp/dpkg/var/lib/dpkg/updates" "$tmp/dpkg/var/lib/dpkg/info"
  : >"$tmp/dpkg/var/lib/dpkg/status"
  : >"$tmp/dpkg/var/lib/dpkg/available"
  record dpkg-unpack "$tmp/dpkg" sh -c 'dpkg --root="$PWD" \
    --force-not-root --force-depends --force-script-chrootless --unpack \
    ../packages/*.deb'
}

chaos ()
{
  mkdir "$tmp/chaos"
  record chaos "$tmp/chaos" /usr/bin/python3 "$here/chaos.py"
}

if [ $# -eq 0 ]; then
  set -- git-clone git-checkout git-rebase build dpkg-unpack chaos
fi
for name; do
  case $name in
    git-clone) git_clone ;;
    git-checkout) git_checkout ;;
    git-rebase) git_rebase ;;
    build) build ;;
    dpkg-unpack) dpkg_unpack ;;
    chaos) chaos ;;
    *) echo "record_all.sh: no trace '$name'" >&2; exit 2 ;;
  esac
done
