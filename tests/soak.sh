#!/bin/sh
# make soak: soak.sh [BUILD]
#
# Some seconds of it are good, and leave a line; so does one that is stopped.
# What e2fsck finds, and what a pager that breaks its promise loses, are
# failures, and kept.  The last line is "N passed, N failed"; exit status 1 when
# one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=$(realpath "${1-build}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
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
    echo "soak: $what"
    head -n 20 "$tmp/log" "$tmp/said"
  fi
}

soak ()
{
  tests/soak.py --quiet --csv "$tmp/soak.csv" --out "$tmp/out" "$@" \
    >"$tmp/said" 2>&1 </dev/null
}

# column NAME: of the last line.
column ()
{
  /usr/bin/python3 -c 'import csv, sys
print(list(csv.DictReader(open(sys.argv[1])))[-1][sys.argv[2]])' \
    "$tmp/soak.csv" "$1"
}

begin=$(date +%s)
soak --time 4 "$build"
check "four seconds are good" test $? -eq 0
check "and not much more" test $(($(date +%s) - begin)) -lt 20
check "a line with its heading" test "$(wc -l <"$tmp/soak.csv")" -eq 2
check "runs" test "$(column runs)" -gt 0
check "nothing failed" test "$(column failed)" -eq 0
check "the table has each pager" grep -q '^fatfs-perpage ' "$tmp/said"

# The shell itself would not pass an interrupt on to what is in the background.
TMPDIR=$tmp tests/soak.py --quiet --csv "$tmp/soak.csv" --out "$tmp/out" \
  --time 1h "$build" >"$tmp/said" 2>&1 </dev/null &
pid=$!
sleep 3
kill -INT $pid
wait $pid
check "stopped: exit status" test $? -eq 0
check "stopped: a line" test "$(wc -l <"$tmp/soak.csv")" -eq 3
check "with new seeds" test "$(column seed)" -gt 1
check "nothing is left" sh -c "! ls '$tmp' | grep -q '^soak-'"

# Whatever e2fsck is asked, it complains.
mkdir "$tmp/bin" "$tmp/broken"
ln -s "$build"/* "$tmp/bin"
printf '#!/bin/sh\necho "something is wrong"\nexit 4\n' >"$tmp/bin/e2fsck"
chmod +x "$tmp/bin/e2fsck"
soak --time 6 --seed 1 "$tmp/bin"
check "e2fsck complains: exit status" test $? -eq 1
check "it is counted" test "$(column failed)" -gt 0
check "it is kept" grep -q 'something is wrong' "$tmp/out/failed-1.txt"
image=$(sed -n '1s/.* --image \([^ ]*\).*/\1/p' "$(grep -l -- --image \
  "$tmp"/out/*.txt | head -n 1)")
check "with its image" test -s "$image"

tests/soak.py --time soon >"$tmp/said" 2>&1
check "no time: exit status" test $? -eq 2
check "no time: is said" grep -q "'soon' is no time" "$tmp/said"
tests/soak.py "$tmp/broken" >"$tmp/said" 2>&1
check "no program: exit status" test $? -eq 2

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
