#!/bin/sh
# All tests: make check.
#
# Builds, then runs the parts; a part's last line is "N passed, N failed" and its
# log is BUILD/check/log/PART.txt.  The last line of all is the sum; exit status 1
# when anything failed, 2 when something is missing on this machine.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4

# What was said on make's command line (CC=clang, ...) comes through the
# environment and holds for the main build; the flavours choose for themselves.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES PAGER_DIR PAGER_BASE
build=${BUILD-build}
jobs=$(nproc)
logs=$build/check/log
tests/deps.sh test || exit 2
mkdir -p "$logs" || exit 2
rm -f "$logs"/*.sum
# Only the lanes know what they have started.
trap 'kill 0' INT TERM HUP

# part NAME COMMAND...: run it, keep its sum, show the log when it failed.
part ()
{
  name=$1
  shift
  log=$logs/$name.txt
  begin=$(date +%s)
  "$@" >"$log" 2>&1 </dev/null
  status=$?
  sum=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
  passed=${sum%% *}
  failed=${sum#*, }
  failed=${failed% failed}
  # No sum, or a failure that is not in it, is a failure.
  if [ -z "$sum" ]; then passed=0 failed=1; fi
  if [ $status -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  printf '%-24s %5d passed, %d failed  (%d s)\n' "$name" "$passed" "$failed" \
    $(($(date +%s) - begin))
  [ "$failed" -eq 0 ] || { tail -n 40 "$log" | sed 's/^/    /'; echo; }
  echo "$passed $failed" >"$logs/$name.sum"
}

finish ()
{
  awk '{ passed += $1; failed += $2 }
    END { print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 }' \
    "$logs"/*.sum
  exit
}

# A build is not a test, but one that fails is a failure.
make_build ()
{
  log=$logs/$1.txt
  name=$1
  shift
  if ! make -s -j"$jobs" "$@" >"$log" 2>&1 </dev/null; then
    echo "make $* failed:"
    tail -n 40 "$log" | sed 's/^/    /'
    echo 0 1 >"$logs/$name.sum"
    return 1
  fi
}

conformance ()
{
  "$1/tests/conformance" tests/conformance/*.jsonl
}

# No known defect in the writer that is ours.
adaptive ()
{
  "$1/tests/conformance" --adaptive tests/conformance/*.jsonl
}

# One small run under the sanitizers: they abort on what they find.
sanitized_runs ()
{
  good=0
  bad=0
  for pager in perpage chunk extent adaptive fatfs fatfs-perpage; do
    for workload in seqwrite paper; do
      if timeout 120 "$1/pagersim" run "workloads/$workload.lua" \
          --pager "$pager" --set file.size=2M --json >"$logs/run.json" \
        && grep -q '"verdict": *"ok"' "$logs/run.json"
      then
        good=$((good + 1))
      else
        bad=$((bad + 1))
        echo "$workload.lua under $pager"
      fi
    done
  done
  echo "$good passed, $bad failed"
  [ $bad -eq 0 ]
}

make_build build BUILD="$build" || finish

# Two lanes at a time.  What builds something in BUILD is in the first one: two
# makes must not be at work there.
builds ()
{
  part own-pager tests/own_pager.sh "$build"
  part verdicts tests/verdicts.sh "$build"
  part mutants tests/mutants.sh "$build"
  part overrun tests/overrun.sh "$build"
  part disk-bulk tests/disk_bulk.sh "$build"
  part sweep tests/sweep.sh "$build"
  part baseline tests/baseline.sh "$build"
  part determinism tests/determinism.sh "$build"
}

# Coroutines leave their stacks for good when a run ends: no search for leaks.
sanitized ()
{
  unset CC OPT ENGINE JEMALLOC SAN
  ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0
  UBSAN_OPTIONS=print_stacktrace=1
  export ASAN_OPTIONS UBSAN_OPTIONS
  san=$build/check/sanitized
  if make_build build-sanitized BUILD="$san" CC=clang SAN=address,undefined \
    OPT=-O1
  then
    part unit-sanitized tests/units.sh "$san"
    part conformance-sanitized conformance "$san"
    part adaptive-sanitized adaptive "$san"
    part runs-sanitized sanitized_runs "$san"
    part fuzz-sanitized tests/fuzz.sh "$san"
  fi
}

runs ()
{
  part unit tests/units.sh "$build"
  part conformance conformance "$build"
  part adaptive adaptive "$build"
  part cli tests/cli/test_cli.sh "$build"
  part image tests/image.sh "$build"
  part images tests/images.py "$build"
  part workloads tests/workloads.py "$build"
  part fatfs tests/fatfs.sh "$build"
  part traces tests/traces.sh "$build"
  part faults tests/faults.sh "$build"
  part powercut tests/powercut.sh "$build"
  part explore tests/explore.sh "$build"
  part live tests/live.sh "$build"
  part replay tests/replay.sh "$build"
  part soak tests/soak.sh "$build"
  part readme tests/readme.py "$build"
  part counts tests/counts.py "$build"
  part report tests/report.py "$build"
  part tidy tests/tidy.sh
}

(builds; sanitized) &
runs
wait
finish
