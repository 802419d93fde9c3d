#!/bin/sh
# Replaying, following and shrinking: replay.sh [BUILD]
#
# The trace of a replay is JSON and has its marks; the timeline (the whole of one
# is in docs/replay.md, which counts.py compares) has its lanes, fits a terminal,
# and changes nothing in the run; gdb stops where it is told and knows the
# threads; a padded workload loses its padding; long findings are kept; where a
# changed run differs is said.  The last line is "N passed, N failed"; exit
# status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=$(cd -- "${1-build}" && pwd) || exit 4
races=workloads/races
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
    echo "replay: $what"
    head -n 20 "$tmp/log"
  fi
}

# run STATUS ARGUMENT...: the program ends with STATUS; output to $tmp/out.
run ()
{
  wanted=$1
  shift
  timeout 120 "$build/pagersim" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
  status=$?
  [ $status -eq "$wanted" ] || { echo "status $status"; cat "$tmp/err"; }
  [ $status -eq "$wanted" ]
}

said () { grep -q -e "$1" "$tmp/out" || { cat "$tmp/out"; return 1; }; }

# one_line TEXT ARGUMENT...: refused in one line with TEXT.
one_line ()
{
  text=$1
  shift
  run 2 "$@" && [ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q "$text" "$tmp/err"
}

# look CODE FILE...: Python's word on JSON; d is the first, e the second.
look ()
{
  code=$1
  shift
  /usr/bin/python3 -c '
import json, sys
d, *e = [json.load(open(name)) for name in sys.argv[2:]]
exec(sys.argv[1])' "$code" "$@"
}

# ---- The trace ----

for file in "$races"/*.replay; do
  name=${file#"$races"/}
  check "$name: a trace" run 1 replay "$file" --trace "$tmp/trace.json"
  check "$name: which changes nothing" said 'the same$'
  # As many marks as choices; who stands aside does so for a while; the finding
  # is the last that happens.
  check "$name: has its marks" look '
events = d["traceEvents"]
marks = [m for m in events if m.get("cat") == "choice"]
aside = [m for m in events if m.get("name") == "stands aside"]
found = [m for m in events if m.get("cat") == "finding"]
picks = e[0]["choices"]
assert len(marks) == len(picks), (marks, picks)
wanted = sum(p["does"] == "stand aside" for p in picks)
assert len(aside) == wanted, (aside, wanted)
assert all(m["ph"] == "X" and m["dur"] > 1000 for m in aside), aside
assert len(found) == 1 and e[0]["found"]["what"] in found[0]["name"], found
assert found[0]["ts"] >= max(m["ts"] for m in events if "ts" in m), found
named = {m["tid"] for m in events if m.get("name") == "thread_name"}
assert {m["tid"] for m in marks + found} <= named' "$tmp/trace.json" "$file"
done

# ---- The timeline ----

for file in "$races"/*.replay; do
  name=${file#"$races"/}
  check "$name: a timeline" run 1 replay "$file" --timeline
  check "$name: which changes nothing too" said 'the same$'
  grep '^ *[0-9]* *[0-9]*\.[0-9][0-9][0-9] ' "$tmp/out" >"$tmp/lines"
  check "$name: its last line is the finding" sh -c "
    tail -n 1 '$tmp/lines' | grep -q ': FOUND '"
  check "$name: in order" sh -c "
    awk '{ print \$1 }' '$tmp/lines' | sort -nc &&
    awk '{ print \$2 }' '$tmp/lines' | sort -nc"
  check "$name: fits a terminal" sh -c "
    ! LC_ALL=C grep '^.\\{81\\}' '$tmp/lines'"
  check "$name: threads by name" sh -c "
    ! grep -E ': (thread|port|object) [0-9]' '$tmp/lines'"
done
run 1 replay $races/overtaken.replay --timeline
check "who stands aside has an A, until it goes on" sh -c "
  grep -A1 'syncer: STANDS ASIDE' '$tmp/out' | tail -n 1 | grep -q ' o A ' &&
  grep 'rewriter: truncate returns' '$tmp/out' | grep -q ' o A ' &&
  grep -A1 'wakes syncer' '$tmp/out' | tail -n 1 | grep -q 'syncer:'"
check "each choice is a line" sh -c "
  '$build/pagersim' replay $races/lookahead.replay --timeline |
    grep -cE ': (GOES FIRST|STANDS ASIDE)' | grep -qx 7"
check "another pager's" run 0 replay $races/gap.replay --timeline \
  --pager adaptive
check "has no finding" sh -c "! grep FOUND '$tmp/out'"

# ---- gdb ----

if command -v gdb >/dev/null; then
  # gdb_at EVENT COMMANDS: what gdb says.
  gdb_at ()
  {
    printf '%s\nquit\n' "$2" |
      timeout 60 "$build/pagersim" replay $races/overtaken.replay --gdb "$1" \
        >"$tmp/gdb" 2>&1
  }
  run 1 replay $races/overtaken.replay --timeline
  event=$(sed -n 's/^ *\([0-9]*\) .*: STANDS ASIDE.*/\1/p' "$tmp/out")
  gdb_at "$event" "coroutines
coroutines_bt
echo the frame\\n
pager_frame"
  in_gdb () { grep -q -e "$1" "$tmp/gdb" || { tail -n 40 "$tmp/gdb"; return 1; }; }
  check "gdb lists the threads" in_gdb '^ *27 syncer  *runs'
  check "gdb: what the others do" in_gdb 'pager2/recv  *waits: message'
  check "gdb: where the one is" in_gdb 'memobj_lock_request (.*\|send_batch ('
  check "gdb: by whom it was called" in_gdb 'pager_sync'
  check "gdb: where another one is" in_gdb 'client_truncate ('
  check "gdb: an idle worker" in_gdb 'worker_loop ('
  check "gdb: the pager's source" sh -c "
    sed '1,/the frame\$/d' '$tmp/gdb' >'$tmp/frame'
    grep -q 'at pagers/.*\.c:[0-9]' '$tmp/frame' &&
      grep -q 'memory_object_lock_request' '$tmp/frame' ||
      { cat '$tmp/frame'; false; }"
  check "gdb: each down to its beginning" sh -c "
    test \$(grep -c 'coroutine_begin ()' '$tmp/gdb') -ge 10"
  gdb_at 99999999 "echo here"
  check "gdb: an event that does not come" in_gdb 'the run has no such event'
else
  echo "replay: gdb is not installed; its part is left out"
fi
mkdir "$tmp/empty"
check "no gdb is said" sh -c "
  PATH='$tmp/empty' '$build/pagersim' replay $races/gap.replay --gdb 400 \
    2>'$tmp/err'
  [ \$? -eq 2 ] && [ \$(wc -l <'$tmp/err') -eq 1 ] &&
    grep -q 'not installed' '$tmp/err'"

# ---- Fewer operations ----

# Two threads more, and two calls.
/usr/bin/python3 - $races/overtaken.lua "$tmp/padded.lua" <<'EOF'
import sys

text = open(sys.argv[1], encoding="utf-8").read()
text = text.replace("  file:write (2 * 4096, 4096)\n",
    "  file:write (2 * 4096, 4096)\n  file:write (0, 4096)\n"
    "  file:read (0, 4096)\n")
extra = """-- Nobody needs this one.
thread ("appender", function ()
  local f = assert (create "log")
  for i = 1, 12 do
    f:write ((i - 1) * 4096, 4096)
    f:read (0, 4096)
  end
end)

thread ("reader", function ()
  for i = 1, 8 do
    file:read (0, 4096)
  end
end)

"""
text = text.replace('thread ("syncer"', extra + 'thread ("syncer"')
open(sys.argv[2], "w", encoding="utf-8").write(text)
EOF
for jobs in 1 2; do
  check "the padded one is found, jobs $jobs" run 1 explore "$tmp/padded.lua" \
    --pager extent --strategy pct --depth 3 --schedules 300 --jobs $jobs \
    --out "$tmp/shrunk$jobs"
  check "and shrunk" said 'its workload is shrunk, to '
done
shrunk=$tmp/shrunk1/padded-extent-1.replay
check "always to the same" cmp "$shrunk" "$tmp/shrunk2/padded-extent-1.replay"
check "what nobody needs is gone" look '
text = d["workload"]
for word in "appender", "reader", "Nobody needs", "file:read", "(0, 4096)":
    assert word not in text, word
for word in "rewriter", "syncer", "truncate", "sync ()", "cpus = 2":
    assert word in text, word
assert len(d["choices"]) == 1, d["choices"]' "$shrunk"
check "it replays" run 1 replay "$shrunk"
check "to the same" said 'the same$'
check "not shrunk, nothing goes" run 1 explore "$tmp/padded.lua" \
  --pager extent --strategy pct --depth 3 --schedules 300 --no-shrink \
  --out "$tmp/whole"
check "its text is the whole" look '
assert d["workload"] == open("'"$tmp/padded.lua"'").read()' \
  "$tmp/whole/padded-extent-1.replay"

# A number that may be less.
sed 's/^setup/local rounds = param ("file.rounds", 6, "how often")\n\n&/
     s/^  sync ()$/  for i = 1, rounds do sync () end/' \
  $races/overtaken.lua >"$tmp/rounds.lua"
run 1 explore "$tmp/rounds.lua" --pager extent --strategy pct --depth 3 \
  --schedules 300 --out "$tmp/rounds"
check "a number becomes less" look '
assert "param (\"file.rounds\", 1," in d["workload"], d["workload"]' "$tmp/rounds/rounds-extent-1.replay"
run 1 explore "$tmp/rounds.lua" --pager extent --strategy pct --depth 3 \
  --schedules 300 --set file.rounds=6 --out "$tmp/set"
check "one that --set gave does not" look '
assert "param (\"file.rounds\", 6," in d["workload"], d["workload"]' "$tmp/set/rounds-extent-1.replay"

# ---- Many choices ----

cp $races/unlock.lua "$tmp/long.lua"
for i in 1 2 3 4; do
  cat >>"$tmp/long.lua" <<EOF

thread ("extra$i", function ()
  local f = assert (create "extra$i")
  for i = 1, 6 do
    f:write (i * 4096, 4096)
  end
  f:sync ()
end)
EOF
done
long="explore $tmp/long.lua --pager extent --strategy pct --depth 4
  --schedules 600"
# In words.
check "a long one is found" run 1 $long --no-shrink --out "$tmp/long"
check "with more than 64 choices, all kept" look '
assert len(d["choices"]) > 64, len(d["choices"])' "$tmp/long/long-extent-1.replay"
check "it replays" run 1 replay "$tmp/long/long-extent-1.replay"
check "to the same" said 'the same$'
check "it can be shrunk" run 1 $long --out "$tmp/short"
check "to 10 or fewer, and without the rest" look '
assert len(d["choices"]) <= 10, len(d["choices"])
assert "extra" not in d["workload"], d["workload"]' \
  "$tmp/short/long-extent-1.replay"

# ---- A program that changed ----

# differs N SCRIPT: a change to gap.replay; its first difference is choice N.
differs ()
{
  look "$2"'
json.dump(d, open("'"$tmp/changed.replay"'", "w"))' $races/gap.replay || return 1
  "$build/pagersim" replay "$tmp/changed.replay" >"$tmp/out" 2>&1
  said "^choice $1 is the first"
}
check "another event" differs 2 'd["choices"][1]["event"] += 1'
check "another step" differs 4 'd["choices"][3]["step"] = "store"'
check "other alternatives" differs 1 'd["choices"][0]["of"] += 1'
check "one that is not asked" differs 4 'd["choices"][3]["nth"] = 4000'
check "a thread that is not there" differs 4 'd["choices"][3]["thread"] = 200'
check "none" sh -c "
  ! '$build/pagersim' replay $races/gap.replay | grep 'is the first'"

# ---- Errors of the user ----

check "--trace over a workload" one_line 'no such\|not written over\|Is a' \
  replay $races/gap.replay --trace "$tmp"
check "--trace without a name" one_line 'empty' replay $races/gap.replay \
  --trace ""
check "--trace where nothing can be" one_line 'No such' replay \
  $races/gap.replay --trace "$tmp/none/t.json"
check "--gdb of no number" one_line 'gdb' replay $races/gap.replay --gdb here
check "--gdb of no replay" one_line 'No such' replay "$tmp/none" --gdb 5

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
