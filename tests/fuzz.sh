#!/bin/sh
# Damaged file systems, judged and served: fuzz.sh [BUILD [OPTION...]]
#
# A short run of the fuzzer (tests/fuzz/image.c) in a build of clang's with
# sanitizers: first the inputs that were worth keeping, then new ones, always
# the same; those that are judged only are quick, and many.
#
# With options, which are libFuzzer's, as -max_total_time=600, there is one
# run, guided by what the inputs reach, in a build of its own, in which
# BUILD/fuzz/corpus grows; FUZZ_ONLY=judge serves none of them.
#
# The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
san=address,undefined
guide=
if [ $# -gt 1 ]; then
  san=$san,fuzzer-no-link
  guide=-fno-sanitize-coverage=trace-cmp,trace-div,trace-gep
fi
build=${1-build/check/sanitized}
[ $# -eq 0 ] || shift
work=$build/fuzz
passed=0
failed=0
ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0
UBSAN_OPTIONS=print_stacktrace=1
FUZZ_SEEDS=$work/seeds
export ASAN_OPTIONS UBSAN_OPTIONS FUZZ_SEEDS

make -s BUILD="$build" CC=clang SAN=$san CFLAGS="$guide" OPT=-O1 fuzz \
  || { echo "0 passed, 1 failed"; exit 1; }
mkdir -p "$work/corpus" "$work/found"
tests/fuzz/seeds.sh "$work/seeds" || { echo "0 passed, 1 failed"; exit 1; }
# One input a line, in hexadecimal digits.
/usr/bin/python3 -c '
import sys
for i, line in enumerate(sys.stdin):
    with open("%s/kept-%d" % (sys.argv[1], i), "wb") as f:
        f.write(bytes.fromhex(line))
' "$work/corpus" <tests/fuzz/corpus.txt || exit 4

# fuzz WHAT OPTION...: what is found stays in BUILD/fuzz/found.
fuzz ()
{
  what=$1
  shift
  if "$build/tests/fuzz/image" -artifact_prefix="$work/found/" -max_len=100 \
    -len_control=0 -entropic=0 -timeout=100 "$@" >"$work/log" 2>&1
  then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "fuzz: $what"
    grep -aE '^fuzz:|ERROR|runtime error|^    #|Test unit' "$work/log" \
      | head -n 40
  fi
  grep -a '^fuzz: [0-9]* inputs' "$work/log"
}

if [ $# -eq 0 ]; then
  # In a directory of its own, which does not stay.
  fresh=$(mktemp -d)
  trap 'rm -rf "$fresh"' EXIT
  fuzz "inputs that were kept" -runs=0 "$work/corpus"
  fuzz "new inputs" -seed=1 -runs=1300 "$fresh" "$work/corpus"
  FUZZ_ONLY=judge
  export FUZZ_ONLY
  fuzz "new inputs, judged" -seed=1 -runs=40000 "$fresh" "$work/corpus"
else
  fuzz "new inputs" "$@" "$work/corpus"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
