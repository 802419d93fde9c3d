#!/bin/sh
# The bounce buffer that `chunk' overruns (D6): overrun.sh [BUILD]
#
# docs/findings.md says what happens and how often.  Here: which settings are
# safe, what is found under the others and where, that the run goes on with the
# right contents on the store while pages of the pool follow, and ends when they
# do not.  The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
PATH=$PATH:/usr/sbin:/sbin
build=${1-build}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0
line=$(grep -n 'memcpy (bounce' pagers/ext2fs/pending-blocks.c | sed 's/:.*//')

# check WHAT COMMAND...: the command must succeed.
check ()
{
  what=$1
  shift
  if "$@" >"$tmp/log" 2>&1 </dev/null; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "overrun: $what"
    head -n 20 "$tmp/log"
  fi
}

# run BLOCKS FRAGMENTATION [OPTION...]: 4 MiB in chunks of so many blocks.
run ()
{
  blocks=$1
  fragmentation=$2
  shift 2
  timeout 60 "$build/pagersim" run seqwrite --quiet --pager chunk \
    --set file.size=4M --set store.size=256M --set fs.fill=40 \
    --set "fs.fragmentation=$fragmentation" \
    --set "pager.chunk_blocks=$blocks" --json="$tmp/run.json" "$@"
}

# ends STATUS VERDICT LEAST MOST: of the last run; so many findings.
ends ()
{
  /usr/bin/python3 - "$@" "$tmp/run.json" "$line" <<'END'
import json, re, sys

status, verdict, least, most, path, line = sys.argv[1:]
status, least, most = int(status), int(least), int(most)
r = json.load(open(path))
found = r["findings"]
wrong = []
if r["verdict"] != verdict or status != (verdict != "ok"):
    wrong.append("%s, exit status %d" % (r["verdict"], status))
if not least <= len(found) <= most:
    wrong.append("%d findings" % len(found))
for i, f in enumerate(found):
    m = re.fullmatch(
        r"a buffer of 4096 bytes is overrun by (\d+) bytes"
        r"(?:, (\d+) of them beyond the mapping that it is part of)?", f["what"])
    if f["oracle"] != "memory" or not m:
        wrong.append("%s: %s" % (f["oracle"], f["what"]))
        continue
    last = i == len(found) - 1 and verdict == "crash"
    if (m[2] is not None) != last:
        wrong.append("finding %d: %s" % (i, f["what"]))
    if int(m[1]) % 4096 or not 0 < int(m[1]) < 4096 * int(
            r["set"]["pager.chunk_blocks"]):
        wrong.append(f["what"])
    if f["where"] != "pending-blocks.c:%s, pending_blocks_write" % line:
        wrong.append(f["where"])
if r["digest"] is None:
    wrong.append("no digest")
print("\n".join(wrong))
sys.exit(bool(wrong))
END
}

# expect BLOCKS FRAGMENTATION VERDICT LEAST MOST [OPTION...]
expect ()
{
  what="$*"
  blocks=$1
  fragmentation=$2
  verdict=$3
  least=$4
  most=$5
  shift 5
  run "$blocks" "$fragmentation" "$@" >/dev/null 2>&1
  check "$what" ends $? "$verdict" "$least" "$most"
}

# One page holds what is left of two blocks, wherever the cut is; cuts behind
# indirect blocks are at multiples of four.
for fragmentation in 0 100 7 1; do
  expect 2 "$fragmentation" ok 0 0
done
expect 1 7 ok 0 0
expect 4 0 ok 0 0
expect 8 0 violation 1 1
expect 16 0 violation 1 1
# Blocks 12 to 31: 19 pages too many.
expect 32 0 crash 1 1

expect 3 400 violation 1 23
expect 4 25 violation 1 23 --set file.size=2M
for blocks in 4 8 16 32; do
  expect "$blocks" 7 crash 1 24
done
# More than there is room for in the simulated machine.
run 1024 0 --set mach.return_pages=1024 --set file.size=16M >/dev/null 2>&1
check "a whole file as one chunk" test $? -eq 1
check "... is a crash" grep -q '"verdict": "crash"' "$tmp/run.json"
check "... in the same line" \
  grep -q "\"where\": \"pending-blocks.c:$line" "$tmp/run.json"

# ---- The same every time, whatever pages hold ----

run 8 25 >/dev/null 2>&1
cp "$tmp/run.json" "$tmp/first.json"
run 8 25 >/dev/null 2>&1
check "the same again" /usr/bin/python3 -c '
import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
del a["host"], b["host"]
sys.exit(a != b)' "$tmp/first.json" "$tmp/run.json"
run 8 25 --set run.contents=bytes >/dev/null 2>&1
check "the same with bytes" /usr/bin/python3 -c '
import json, sys
a, b = ([(x["at_ns"], x["what"], x["where"]) for x in json.load (open(f))[
    "findings"]] for f in sys.argv[1:])
sys.exit(a != b)' "$tmp/first.json" "$tmp/run.json"

# ---- What it does to the store ----

# Every page of the file is the stamp of that page (sim/world/device.h).
cat >"$tmp/stamps.py" <<'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
pages = [struct.unpack_from("<QIIQ", data, at)
         for at in range(0, len(data) - 23, 4096)]
bad = [i for i, p in enumerate(pages)
       if p[0] != 0x9d2c5680a7e3b14f or p[3] != i]
print(len(pages), "pages, wrong:", bad[:10])
sys.exit(bool(bad) or len(pages) != 1024)
END

for blocks in 4 8; do
  fragmentation=$((blocks == 4 ? 400 : 0))
  rm -f "$tmp/image" "$tmp/big"
  run "$blocks" "$fragmentation" --image "$tmp/image" >/dev/null 2>&1
  check "$blocks blocks: overrun" grep -q '"verdict": "violation"' \
    "$tmp/run.json"
  check "$blocks blocks: the file system is clean" e2fsck -fn "$tmp/image"
  check "$blocks blocks: the file is there" \
    debugfs -R "dump big $tmp/big" "$tmp/image"
  check "$blocks blocks: and right" /usr/bin/python3 "$tmp/stamps.py" \
    "$tmp/big"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
