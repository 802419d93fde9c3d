#!/bin/sh
# The same run gives the same result: determinism.sh [BUILD]
#
# Runs small workloads twice under BUILD, then under flavours of the build
# (compiler, optimisation, allocator, engine; each in BUILD/check/NAME), and
# compares everything that `run --json' says but "host".  With contents as bytes
# in place of stamps, where the keys differ, the digest and the counters are
# compared.  The last line is "N passed, N failed".
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=${1-build}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
passed=0
failed=0

# Name of the flavour, and make's variables for it.
flavours='clang CC=clang
O0 OPT=-O0
libc-malloc JEMALLOC=no
ucontext ENGINE=ucontext'

# Cases: a name, then the arguments of `run'.
cases=$out/cases
for pager in perpage chunk extent adaptive; do
  echo "seqwrite-$pager workloads/seqwrite.lua --pager $pager --set file.size=4M"
  echo "paper-$pager workloads/paper.lua --pager $pager --set file.size=8M"
done >"$cases"
echo "seqwrite-seed2 workloads/seqwrite.lua --pager chunk --set file.size=4M --seed 2" \
  >>"$cases"
echo "mix-fatfs workloads/mix.lua --pager fatfs --set file.size=2M" >>"$cases"

# run_cases BUILD DIR [ARGUMENT...]: DIR/CASE.json for every case.
run_cases ()
{
  b=$1
  d=$2
  shift 2
  mkdir -p "$d"
  while read -r name arguments; do
    # Split on purpose: ARGUMENTS is several words.
    # shellcheck disable=SC2086
    if timeout 60 "$b/pagersim" run $arguments "$@" --json \
        >"$d/$name.raw" 2>"$d/$name.err" </dev/null
    then
      # One line, without the figures of the host.
      tr -d '\n' <"$d/$name.raw" | sed 's/"host": *{[^}]*}//' >"$d/$name.json"
    else
      echo "exit status $?: $(head -n 1 "$d/$name.err")" >"$d/$name.json"
    fi
  done <"$cases"
}

# part FILE: what does not depend on keys: verdict, digest, counters.
part ()
{
  grep -oE '"digest": *"[0-9a-f]*"|"verdict": *"[a-z]*"|"counters": *\{[^}]*\}' \
    "$1"
}

# same WHAT DIR [part]: compare with the first run, case by case.
same ()
{
  while read -r name arguments; do
    if [ $# -gt 2 ]; then
      part "$out/first/$name.json" >"$out/a"
      part "$2/$name.json" >"$out/b"
    else
      cp "$out/first/$name.json" "$out/a"
      cp "$2/$name.json" "$out/b"
    fi
    if grep -q '"digest": *"[0-9a-f]\{16\}"' "$out/a" \
      && cmp -s "$out/a" "$out/b"
    then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      echo "$1: $name ($arguments) differs from the first run"
      tr ',' '\n' <"$out/a" >"$out/a.lines"
      tr ',' '\n' <"$out/b" >"$out/b.lines"
      diff "$out/a.lines" "$out/b.lines" | head -n 8
    fi
  done <"$cases"
}

run_cases "$build" "$out/first"
run_cases "$build" "$out/again"
same "again" "$out/again"
run_cases "$build" "$out/bytes" --set run.contents=bytes
same "bytes" "$out/bytes" part

while read -r flavour variables; do
  # shellcheck disable=SC2086
  if env -u MAKEFLAGS -u MFLAGS -u CC -u OPT -u ENGINE -u JEMALLOC -u SAN \
      -u PAGER_DIR make -s -j"$(nproc)" BUILD="$build/check/$flavour" \
      $variables pagersim pagers >"$out/log" 2>&1 </dev/null
  then
    run_cases "$build/check/$flavour" "$out/$flavour"
    same "$flavour" "$out/$flavour"
  else
    failed=$((failed + 1))
    echo "$flavour: make $variables failed"
    tail -n 5 "$out/log"
  fi
done <<END
$flavours
END

# Another seed must give another digest, or the digest says nothing.
if cmp -s "$out/first/seqwrite-chunk.json" "$out/first/seqwrite-seed2.json"; then
  failed=$((failed + 1))
  echo "seed 2 gives the same as seed 1"
else
  passed=$((passed + 1))
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
