#!/bin/sh
# Install what is missing of the Debian packages that pagersim needs.
#
# deps.sh build   to build and run
# deps.sh plots   also for the pictures (run_all.sh)
# deps.sh test    to build and run, and for make check
# deps.sh all     all that, and for formatting the sources (make deps)
#
# Looks first and touches nothing when all is there.  Exit status 2, with one
# line that says what to install, when it cannot be done here.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
PATH=$PATH:/usr/sbin:/sbin
export PATH

missing=

# need PACKAGE COMMAND...: the command fails when the package is missing.
need ()
{
  package=$1
  shift
  "$@" >/dev/null 2>&1 || missing="$missing $package"
}

have () { command -v "$1"; }

# A header that the compiler finds.
header ()
{
  echo "#include <$1>" | gcc -I/usr/include/lua5.4 -E -x c -
}

clang_runtime ()
{
  test -e "$(clang -print-runtime-dir)/libclang_rt.asan-$(uname -m).a"
}

look ()
{
  missing=
  need gcc have gcc
  need make have make
  need libc6-dev header stdio.h
  need liblua5.4-dev header lauxlib.h
  need libjansson-dev header jansson.h
  need nettle-dev header nettle/sha2.h
  need libjemalloc-dev header jemalloc/jemalloc.h
  case $1 in
    plots | test | all)
      need python3-matplotlib /usr/bin/python3 -c 'import matplotlib' ;;
  esac
  case $1 in build | plots) return ;; esac
  need libcmocka-dev header_cmocka
  need e2fsprogs have e2fsck
  need dosfstools have fsck.fat
  need mtools have mcopy
  need python3 test -x /usr/bin/python3
  need clang have clang
  need chromium have chromium
  need libclang-rt-dev clang_runtime
  need parallel have parallel
  need strace have strace
  need fio have fio
  case $1 in test) return ;; esac
  need clang-format have clang-format
}

header_cmocka ()
{
  printf '#include <%s>\n' stdarg.h stddef.h stdint.h setjmp.h cmocka.h \
    | gcc -E -x c -
}

case ${1-all} in
  build | plots | test | all) ;;
  *) echo "usage: deps.sh [build|plots|test|all]" >&2; exit 2 ;;
esac

look "${1-all}"
test -n "$missing" || exit 0

cannot ()
{
  echo "pagersim: $1; install as root: apt-get install$missing" >&2
  exit 2
}

have apt-get >/dev/null || cannot "packages are missing and apt-get is not here"
as_root=
if [ "$(id -u)" -ne 0 ]; then
  have sudo >/dev/null && sudo -n true 2>/dev/null \
    || cannot "packages are missing and this is not root"
  as_root="sudo -n"
fi

echo "pagersim: installing$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# An update that fails may still leave lists that are good enough.
$as_root apt-get -q update >"$log" 2>&1 </dev/null || :
if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing \
    >>"$log" 2>&1 </dev/null
then
  grep '^E:' "$log" >&2
  cannot "apt-get failed"
fi
look "${1-all}"
test -z "$missing" || cannot "packages are missing although apt-get was content"
