#!/bin/sh
# Exploring and replaying: explore.sh [BUILD]
#
# Each race of workloads/races/ is found again, shrunk, and replayed; what comes
# out is the same with one process and with two; a writer without the defect
# passes; and what is wrong with the input is said in one line.  The last line is
# "N passed, N failed"; exit status 1 when one failed.
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
    echo "explore: $what"
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

said () { grep -q "$1" "$tmp/out" || { cat "$tmp/out"; return 1; }; }

# wrong WHAT TEXT ARGUMENT...: refused in one line with TEXT.
one_line ()
{
  text=$1
  shift
  run 2 "$@" && [ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q "$text" "$tmp/err"
}

# ---- The races ----

# What was found once, by its replay.
for file in "$races"/*.replay; do
  name=${file#"$races"/}
  check "$name: status 1" run 1 replay "$file"
  check "$name: the same finding" said 'the finding came again'
  check "$name: the same digest" said 'the same$'
  check "$name: its workload is $races/${name%.replay}.lua" \
    /usr/bin/python3 -c '
import json, sys
replay = json.load(open(sys.argv[1]))
assert replay["workload"] == open(sys.argv[2]).read(), "the text differs"
assert 1 <= len(replay["choices"]) <= 10, "choices"' \
    "$file" "$races/${name%.replay}.lua"
  check "$name: adaptive stands it" run 0 replay "$file" --pager adaptive
done
check "there are five of them" test "$(ls "$races"/*.replay | wc -l)" -eq 5

# search NAME DEPTH PLACE: found by few schedules, and shrunk.
search ()
{
  rm -rf "$tmp/found"
  check "$1 is found" run 1 explore "$races/$1.lua" --pager extent \
    --strategy pct --depth "$2" --schedules 100 --out "$tmp/found"
  check "$1 is found at $3" said "$3"
  check "$1 comes again" run 1 replay "$tmp/found/$1-extent-1.replay"
  check "$1 has the digest it was kept with" said 'the same$'
}

search regrow 4 "Assertion .blk. failed in write_run"
search gap 4 "Assertion .blk. failed in write_run"
search unlock 4 "Assertion .blk. failed in write_run"
search overtaken 3 "Assertion .blk. failed in write_run"

# Every published writer has it.
for pager in perpage chunk; do
  check "overtaken under $pager" run 1 explore "$races/overtaken.lua" \
    --pager $pager --strategy exhaustive --depth 1 --out "$tmp/found"
done

# The plain order finds nothing.
for workload in "$races"/*.lua; do
  for pager in perpage extent adaptive; do
    check "$workload under $pager in the plain order" run 0 run "$workload" \
      --quiet --pager $pager
  done
  check "$workload under adaptive, repaired" run 0 explore "$workload" \
    --pager adaptive --set ext2fs.fixed=yes --strategy pct --depth 4 --schedules 200 --out "$tmp/none"
done
check "nothing is kept when nothing is found" test ! -e "$tmp/none"

# ---- Strategies ----

for strategy in "random --depth 3" "pct --depth 3" "exhaustive --depth 1"; do
  for jobs in 1 2; do
    rm -rf "$tmp/jobs$jobs"
    # In words, as the depth is one of its own.
    check "$strategy, jobs $jobs, finds it" run 1 explore \
      "$races/overtaken.lua" --pager extent --jobs $jobs --schedules 400 \
      --out "$tmp/jobs$jobs" --strategy $strategy
    sed 's=[^ ]*/overtaken-=overtaken-=' "$tmp/out" >"$tmp/out$jobs"
  done
  check "$strategy, one process and two" cmp "$tmp/out1" "$tmp/out2"
done
run 1 explore "$races/overtaken.lua" --pager extent --strategy exhaustive \
  --depth 1 --out "$tmp/found"
check "exhausted" said 'exhausted: yes'
check "a bound of schedules ends it" run 0 explore "$races/gap.lua" \
  --pager extent --strategy exhaustive --depth 2 --schedules 1 \
  --out "$tmp/found"
check "and is said" said 'exhausted: no'
check "a budget ends it" run 0 explore "$races/gap.lua" --pager adaptive \
  --budget 200ms --out "$tmp/found"
check "another seed is another search" sh -c "
  for seed in 1 2; do
    '$build/pagersim' explore $races/regrow.lua --pager extent --seed \$seed \
      --strategy pct --depth 4 --schedules 300 --out '$tmp/seed'\$seed \
      >'$tmp/seed'\$seed.txt
  done
  ! cmp -s '$tmp/seed1.txt' '$tmp/seed2.txt'"

# ---- Replays ----

cp $races/gap.replay "$tmp/changed.replay"
sed -i '0,/"event": [0-9]*/s//"event": 1/' "$tmp/changed.replay"
run 1 replay "$tmp/changed.replay"
check "where it first differs" said 'choice 1 is the first'
check "the steps" run 1 replay --steps $races/gap.replay
check "name the one who stood aside" said 'rewriter .*STANDS ASIDE'
sed 's/"choices": \[/"choices": [] , "others": [/' $races/gap.replay \
  >"$tmp/plain.replay"
check "without its choices nothing is found" run 0 replay "$tmp/plain.replay"
check "quiet" run 1 replay -q $races/gap.replay
check "says nothing" test ! -s "$tmp/out"

# ---- Errors of the user ----

head -c 300 $races/gap.replay >"$tmp/short.replay"
sed 's=replay/1=replay/9=' $races/gap.replay >"$tmp/version.replay"
sed '0,/"pick": 1/s//"pick": 99/' $races/gap.replay >"$tmp/pick.replay"
check "no workload" one_line 'which WORKLOAD' explore
check "a workload that is not there" one_line 'No such file' explore nowhere.lua
check "no such strategy" one_line 'random, pct, exhaustive' explore \
  $races/gap.lua --strategy all
check "depth 0" one_line 'depth' explore $races/gap.lua --depth 0
check "no such pager" one_line 'nopager' explore $races/gap.lua --pager nopager
check "no such key" one_line 'no key' explore $races/gap.lua --set no.key=1
check "no file" one_line 'which FILE' replay
check "a file that is not there" one_line 'No such file' replay "$tmp/none.replay"
check "no JSON" one_line 'no replay file' replay $races/gap.lua
check "cut short" one_line 'no replay file' replay "$tmp/short.replay"
check "another version" one_line 'no replay file' replay "$tmp/version.replay"
check "a pick that is none" one_line 'no replay file' replay "$tmp/pick.replay"
check "a directory" one_line 'replay' replay "$tmp"
check "an error in the workload" sh -c "
  echo 'thread (\"x\", function () error (\"so\") end)' >'$tmp/bad.lua'
  '$build/pagersim' explore '$tmp/bad.lua' 2>'$tmp/err'
  [ \$? -eq 2 ] && [ \$(wc -l <'$tmp/err') -eq 1 ] && grep -q 'bad.lua:1: so' '$tmp/err'"

# An interrupt: what was found until then is kept.
"$build/pagersim" explore $races/gap.lua --pager adaptive --budget 60s \
  --out "$tmp/int" >"$tmp/out" 2>&1 </dev/null &
pid=$!
sleep 1
kill -INT $pid
wait $pid
check "an interrupt ends it with 130" test $? -eq 130

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
