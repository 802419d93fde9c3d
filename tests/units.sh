#!/bin/sh
# Run the unit tests of a build: units.sh [BUILD]
#
# Each is a cmocka program; a program that dies counts as one test failed.
# The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
build=${1-build}
CMOCKA_MESSAGE_OUTPUT=TAP
export CMOCKA_MESSAGE_OUTPUT

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0
failed=0
for program in "$build"/tests/unit/test_*; do
  test -x "$program" || continue
  timeout 180 "$program" >"$log" 2>&1 </dev/null
  status=$?
  good=$(grep -c '^ok ' "$log")
  bad=$(grep -c '^not ok ' "$log")
  if [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  if [ $status -eq 0 ] && [ "$good" -eq 0 ]; then good=1; fi
  passed=$((passed + good))
  failed=$((failed + bad))
  if [ "$bad" -ne 0 ]; then
    echo "${program##*/}: exit status $status"
    # Without a sanitizer's map of the memory around.
    grep -vE '^ok |^ *(=>)?0x' "$log" | head -n 40
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
