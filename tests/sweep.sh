#!/bin/sh
# Sweeps: sweep.sh [BUILD]
#
# A sweep gives the same bytes with any number of processes, killed and begun
# again, and cut into parts and joined; its rows are what `run' says; a pager
# that crashes, hangs or takes its process down is a row.
# The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=$(realpath "${1-build}")
tmp=$(mktemp -d)
built=
# The pagers must not stay among those that `list pagers' shows.
trap 'rm -rf "$tmp"; for p in $built; do rm -rf "$build/pagers/$p.so" \
  "$build"/obj/*/user/"$p"-[0-9]*; done' EXIT
trap 'exit 130' INT TERM HUP
passed=0
failed=0

[ -x "$build/pagersim" ] || {
  echo "sweep: there is no $build/pagersim" >&2
  exit 2
}

# check WHAT COMMAND...: the command must succeed.
check ()
{
  what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "sweep: $what"
    head -n 12 "$tmp/err"
  fi
}

: >"$tmp/err"
sweep () { timeout 120 "$build/pagersim" sweep "$@" 2>"$tmp/err" </dev/null; }
merge () { timeout 60 "$build/pagersim" merge "$@" 2>"$tmp/err" </dev/null; }
rows () { grep -c '^[^w]' "$1"; }
same () { cmp "$1" "$2" >/dev/null 2>&1; }
# The results in two directories.
same_all ()
{
  for f in rows.csv rows.jsonl summary.csv; do same "$1/$f" "$2/$f" || return; done
}

# Two workloads with keys of their own, pagers that read different settings, a
# cell whose file system cannot be made.
cat >"$tmp/grid.lua" <<'END'
workload ("seqwrite", { ["file.size"] = "256K" })
workload ("extend", { ["file.size"] = "512K" })
set ("sync.interval", "10ms")
vary ("load.rate", { "16M", 0 })
vary ("pager.name", { "perpage", "chunk", "extent", "adaptive" })
vary ({ "pager.chunk_blocks", "pager.cap_blocks" }, { 1, 2, 4 })
vary ("store.size", { "16M", 1 << 30 })
seeds "1..2,9"
END
grid () { sweep --grid "$tmp/grid.lua" "$@"; }

# ---- One run of it ----

grid --jobs 1 --out "$tmp/one" >"$tmp/table"
check "all is well" test $? -eq 0
check "nothing is said" test ! -s "$tmp/err"
# seqwrite has no load.rate, perpage neither setting: (1 + 2) x (1 + 3 x 3) x 2
# stores x 3 seeds.
check "what is not asked for is run once" \
  test "$(rows "$tmp/one/rows.csv")" -eq 180
check "the table is cut" grep -q '^and 20 more lines' "$tmp/table"
check "the rows are counted" grep -q '^180 rows: 180 ok$' "$tmp/table"

for jobs in 2 3; do
  grid --jobs $jobs --quiet --csv "$tmp/j.csv" --json "$tmp/j.json" \
    --summary "$tmp/s.csv"
  check "--jobs $jobs: CSV" same "$tmp/j.csv" "$tmp/one/rows.csv"
  check "--jobs $jobs: JSON" same "$tmp/j.json" "$tmp/one/rows.jsonl"
  check "--jobs $jobs: summary" same "$tmp/s.csv" "$tmp/one/summary.csv"
done

# Every row is what `run' says of the same keys, without what is of the host;
# and a setting that the pager does not read has its default.
/usr/bin/python3 - "$build" "$tmp" >"$tmp/err" <<'END'
import csv, io, json, subprocess, sys

build, tmp = sys.argv[1:]
rows = list(csv.DictReader(open(tmp + "/one/rows.csv")))
lines = [json.loads(l) for l in open(tmp + "/one/rows.jsonl")]
wrong = []
if len(rows) != len(lines):
    wrong.append("%d rows, %d lines" % (len(rows), len(lines)))
for i in list(range(0, len(rows), 23)) + [len(rows) - 1]:
    r, l = rows[i], lines[i]
    args = [build + "/pagersim", "run", r["workload"][:-4], "--pager",
            r["pager"], "--seed", r["seed"]]
    for k, v in r.items():
        if k.startswith("set.") and v and not k.startswith("set.cpu.") \
                and k != "set.pager.name":
            args += ["--set", k[4:] + "=" + v]
    def run(option):
        return subprocess.run(args + [option], stdout=subprocess.PIPE,
                              check=True).stdout.decode()
    j = json.loads(run("--json"))
    del j["host"]
    if j != l:
        wrong.append("row %d differs from its run as JSON" % i)
    c = next(csv.DictReader(io.StringIO(run("--csv"))))
    if {k: v for k, v in r.items() if k in c} != c:
        wrong.append("row %d differs from its run as CSV" % i)
    if any(v for k, v in r.items() if k not in c):
        wrong.append("row %d has what its run has not" % i)
chunk = [r for r in rows if r["pager"] == "chunk"]
if {r["set.pager.chunk_blocks"] for r in chunk} != {"1", "2", "4"} \
        or {r["set.pager.cap_blocks"] for r in chunk} != {"128"}:
    wrong.append("chunk's settings")
extent = [r for r in rows if r["pager"] == "extent"]
if {r["set.pager.cap_blocks"] for r in extent} != {"1", "2", "4"} \
        or {r["set.pager.chunk_blocks"] for r in extent} != {"2"}:
    wrong.append("extent's settings")
if not any(not r["set.load.rate"] for r in rows) \
        or {r["set.sync.interval"] for r in rows} != {"10ms"}:
    wrong.append("keys of workloads")
print("\n".join(wrong))
sys.exit(bool(wrong))
END
check "rows are runs" test $? -eq 0

# Means and intervals against another hand.
/usr/bin/python3 - "$tmp" >"$tmp/err" <<'END'
import csv, statistics, sys

rows = list(csv.DictReader(open(sys.argv[1] + "/one/rows.csv")))
cells = list(csv.DictReader(open(sys.argv[1] + "/one/summary.csv")))
wrong = []
if len(cells) * 3 != len(rows):
    wrong.append("%d cells" % len(cells))
moved = 0
for i, c in enumerate(cells):
    mine = rows[3 * i:3 * i + 3]
    if c["seeds"] != "3" or c["ok"] != "3" \
            or any(r[k] != c[k] for r in mine for k in c if k in r):
        wrong.append("cell %d is of other rows" % i)
    for k in "virtual_ns", "client.write_ns.p99", "ext2fs.store_write":
        v = [int(r[k]) for r in mine]
        mean, half = float(c[k + ".mean"]), float(c[k + ".ci95"])
        moved += half > 0
        # Student's t for two degrees of freedom.
        if abs(mean - statistics.mean(v)) > 0.001 \
                or abs(half - 4.303 * statistics.stdev(v) / 3 ** .5) > 0.01:
            wrong.append("cell %d, %s: %s, %s +- %s" % (i, k, v, mean, half))
if not moved:
    wrong.append("nothing depends on the seed")
print("\n".join(wrong))
sys.exit(bool(wrong))
END
check "the summary is right" test $? -eq 0

# ---- Killed, and begun again ----

# killed TIME DIR: until it comes to its end.
killed ()
{
  kills=0
  while timeout -s KILL "$1" "$build/pagersim" sweep --grid "$tmp/grid.lua" \
    --jobs 2 --quiet --out "$2" >/dev/null 2>&1 </dev/null
    [ $? -eq 137 ]
  do
    kills=$((kills + 1))
    [ $kills -lt 300 ] || return
  done
}
# Long enough to check all keys, too short for all rows.
# However fast the machine is.
for time in 0.4 0.2 0.1 0.05; do
  rm -rf "$tmp/killed"
  killed $time "$tmp/killed" 2>/dev/null
  [ $kills -eq 0 ] || break
done
check "it was killed in the middle" test "$kills" -gt 0 -a "$kills" -lt 300
check "killed: the same bytes" same_all "$tmp/killed" "$tmp/one"

size=$(wc -c <"$tmp/killed/rows.journal")
for cut in 1 100 5000 $((size / 2)) $((size - 22)) $((size - 7)); do
  truncate -s -$cut "$tmp/killed/rows.journal"
  rm -f "$tmp"/killed/rows.csv "$tmp"/killed/rows.jsonl
  grid --jobs 2 --quiet --out "$tmp/killed"
  check "$cut bytes cut off: the same" same_all "$tmp/killed" "$tmp/one"
  check "and the rest was kept" \
    test "$(wc -c <"$tmp/killed/rows.journal")" -eq "$size"
done

"$build/pagersim" sweep seqwrite --set file.size=32M --seeds 1..200 --jobs 2 \
  --quiet --out "$tmp/int" >/dev/null 2>"$tmp/int.err" </dev/null &
pid=$!
tries=0
while [ "$(stat -c %s "$tmp/int/rows.journal" 2>/dev/null || echo 0)" \
  -lt 20000 ] \
  && [ $tries -lt 200 ]
do
  sleep 0.05
  tries=$((tries + 1))
done
sweep seqwrite --set file.size=32M --out "$tmp/int" --quiet
check "a second one in a directory is refused" test $? -eq 2
check "and says so" grep -q 'another sweep' "$tmp/err"
# A job in the background of a shell without job control ignores SIGINT, unless
# it asks for it, as this program does.
kill -INT $pid
wait $pid
check "an interrupt gives 130" test $? -eq 130
check "and says how far it was" \
  grep -q '^pagersim: stopped after [1-9][0-9]* of 200 rows; the same command goes on' \
  "$tmp/int.err"
check "one line" test "$(wc -l <"$tmp/int.err")" -eq 1

# A row that is there is not run again.
grid --shard 1/60 --quiet --out "$tmp/kept"
before=$(wc -c <"$tmp/kept/rows.journal")
grid --shard 1/60 --quiet --out "$tmp/kept"
check "nothing is run twice" \
  test "$(wc -c <"$tmp/kept/rows.journal")" -eq "$before"
grid --shard 2/60 --quiet --out "$tmp/kept"
check "other rows are added" \
  test "$(wc -c <"$tmp/kept/rows.journal")" -gt "$before"
grid --shard 1/60 --quiet --out "$tmp/kept" --fresh
check "--fresh forgets" test "$(wc -c <"$tmp/kept/rows.journal")" -eq "$before"

# ---- Parts ----

for n in 1 2 3 4; do echo $n; done | timeout 120 parallel -j 3 \
  "$build/pagersim sweep --grid $tmp/grid.lua --quiet --jobs 1 --shard {}/4 \
   --out $tmp/part{}" >"$tmp/err" 2>&1
check "GNU parallel runs the parts" test $? -eq 0
merge "$tmp"/part[1-4] --out "$tmp/joined"
check "joined: the same bytes" same_all "$tmp/joined" "$tmp/one"
merge "$tmp"/part3/rows.csv "$tmp"/part[124]/rows.csv >"$tmp/joined.csv"
check "joined from files" same "$tmp/joined.csv" "$tmp/one/rows.csv"
merge "$tmp"/part[4312]/rows.jsonl >"$tmp/joined.jsonl"
check "joined from lines" same "$tmp/joined.jsonl" "$tmp/one/rows.jsonl"
merge "$tmp"/part[1-4] --summary - >"$tmp/joined.csv"
check "summary of parts" same "$tmp/joined.csv" "$tmp/one/summary.csv"
merge "$tmp"/part[124] >"$tmp/out"
check "a part too few is refused" test $? -eq 2
check "and how many rows" grep -q '45 of 180 rows are missing, row 3' "$tmp/err"
grid --set load.rate=1M --quiet --shard 3/4 --out "$tmp/other"
merge "$tmp"/part[124] "$tmp/other" >"$tmp/out"
check "a part of another sweep is refused" test $? -eq 2
check "and which" grep -q 'other/rows.csv: of another sweep than' "$tmp/err"
check "nothing was written" test ! -s "$tmp/out"
for n in 1 2 3; do
  sweep seqwrite --set file.size=64K --seeds 1..2 --shard $n/3 --quiet \
    --out "$tmp/small$n"
done
sweep seqwrite --set file.size=64K --seeds 1..2 --quiet --out "$tmp/small"
merge "$tmp"/small[123] --out "$tmp/joined"
check "a part without rows" same_all "$tmp/joined" "$tmp/small"

# ---- What is given wins over the grid ----

grid --vary store.size=1G --set load.rate=4M --seed 5 --quiet --csv "$tmp/w.csv"
check "axes give way" test "$(rows "$tmp/w.csv")" -eq 20
sweep paper --grid "$tmp/grid.lua" --vary pager.name=extent --set file.size=1M \
  --quiet --csv "$tmp/w.csv"
check "a key that no workload has is refused" test $? -eq 2
check "and named" grep -q "no key 'load.rate'" "$tmp/err"

# The standing grid: (1 + 3 x 6) x 5 x 4 x 3 x 3.
sweep --grid results/grid.lua --shard 1/3000 --quiet --csv "$tmp/w.csv"
check "the standing grid is as it is said to be" \
  test "$(cut -d, -f3 "$tmp/w.csv" | sort -u | tr '\n' ' ')" = "3420 rows "

# ---- Pagers that are wrong ----

# pager NAME: a pager with the file that is read from stdin.
pager ()
{
  built="$built sweep-$1"
  mkdir "$tmp/sweep-$1"
  cat >"$tmp/sweep-$1/wrong.c"
  env -u MAKEFLAGS -u MFLAGS -u PAGER_DIR -u PAGER_BASE make -s \
    BUILD="$build" PAGER_DIR="$tmp/sweep-$1" user_pager >"$tmp/err" 2>&1 \
    </dev/null
}
hook='error_t
pager_write_pages (struct user_pager_info *upi, vm_offset_t offset,
                   vm_address_t data, vm_size_t length, vm_size_t *written)'

pager crash <<END
#include "ext2fs.h"
$hook
{
  (void) upi, (void) offset, (void) data, (void) written;
  assert_backtrace (length == 1);
  return EOPNOTSUPP;
}
END
check "crash builds" test $? -eq 0
pager hang <<END
#include "ext2fs.h"
$hook
{
  static volatile int never;
  (void) upi, (void) offset, (void) data, (void) length, (void) written;
  while (!never)
    ;
  return EOPNOTSUPP;
}
END
check "hang builds" test $? -eq 0
# The process itself: Linux, exit_group.
pager quit <<END
#include "ext2fs.h"
$hook
{
  (void) upi, (void) offset, (void) data, (void) length, (void) written;
  __asm__ volatile ("syscall" : : "a" (231L), "D" (9L) : "rcx", "r11", "memory");
  return EOPNOTSUPP;
}
END
check "quit builds" test $? -eq 0
pager start <<END
#include "ext2fs.h"
static void __attribute__ ((constructor))
begin (void)
{
  static int *volatile nothing;
  *nothing = 1;
}
END
check "start builds" test $? -eq 0

wrong ()
{
  sweep seqwrite --set file.size=64K --quiet --vary \
    "pager.name=extent,sweep-crash,sweep-hang,sweep-quit,sweep-start,chunk" \
    --vary pager.chunk_blocks=2,3 "$@"
}
wrong --jobs 2 --csv "$tmp/wrong.csv" --json "$tmp/wrong.json" --out "$tmp/wrong"
check "a bad row gives 1" test $? -eq 1
check "nothing is said of them" test ! -s "$tmp/err"
# Nothing is known of what start reads.
verdicts=$(cut -d, -f2,4 "$tmp/wrong.csv" | tr '\n' ' ')
check "each has its verdict" test "$verdicts" = "pager,verdict extent,ok \
sweep-crash,crash sweep-hang,timeout sweep-quit,died sweep-start,died \
sweep-start,died chunk,ok chunk,ok "
/usr/bin/python3 - "$tmp" >"$tmp/err" <<'END'
import csv, json, sys

wrong = []
rows = list(csv.DictReader(open(sys.argv[1] + "/wrong.csv")))
lines = [json.loads(l) for l in open(sys.argv[1] + "/wrong.json")]
for r, l in zip(rows, lines):
    if (r["pager"], r["verdict"]) != (l["pager"], l["verdict"]):
        wrong.append("%s and %s" % (r["pager"], l["pager"]))
    if r["findings"] != str(len(l["findings"])):
        wrong.append("%s: %s findings" % (r["pager"], r["findings"]))
    if r["verdict"] != "ok" and not l["findings"][0]["replay"].startswith(
            "pagersim run seqwrite --pager "):
        wrong.append("%s: no command" % r["pager"])
    if r["verdict"] == "died" and (r["virtual_ns"] or "counters" in l
                                   or r["set.file.size"] != "64K"):
        wrong.append("%s: what is not known" % r["pager"])
says = [l["findings"][0]["what"] for l in lines if l["pager"] == "sweep-quit"]
if says != ["its process ended with status 9"]:
    wrong.append("%s" % says)
print("\n".join(wrong))
sys.exit(bool(wrong))
END
check "and what is known of it" test $? -eq 0
wrong --jobs 1 --out "$tmp/wrong"
check "the same bytes, begun again" same "$tmp/wrong/rows.csv" "$tmp/wrong.csv"

# A run that cannot be made is a row, too.
sweep seqwrite --set file.size=64M --vary store.size=17M,1G --quiet \
  --csv "$tmp/small.csv" --json "$tmp/small.json"
check "a file that does not fit gives 1" test $? -eq 1
check "and a verdict" test "$(cut -d, -f4 "$tmp/small.csv" | tr '\n' ' ')" \
  = "verdict failed ok "
check "and says why" grep -q '"what":"seqwrite:[0-9]*: ENOSPC"' "$tmp/small.json"

# A pager that was built again is another one.
cp "$build/pagers/extent.so" "$tmp/mine.so"
mine () { sweep seqwrite --set file.size=64K --pager "$tmp/mine.so" "$@"; }
mine --out "$tmp/mine" --quiet --csv "$tmp/first.csv"
cp "$build/pagers/perpage.so" "$tmp/mine.new"
mv "$tmp/mine.new" "$tmp/mine.so"
mine --out "$tmp/mine" --quiet --csv "$tmp/second.csv"
check "a new pager is run again" \
  test "$(cut -d, -f1-4 "$tmp/first.csv")" = "$(cut -d, -f1-4 "$tmp/second.csv")" \
  -a "$(tail -n 1 "$tmp/first.csv")" != "$(tail -n 1 "$tmp/second.csv")"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
