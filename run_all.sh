#!/bin/sh
# Everything, from nothing: install what is missing, build, compare the pagers
# with the recordings of the original code, write a 128 MiB file under each of
# them, set the counts beside the published ones, and sweep over chunk sizes,
# lock policies, devices and loads.
#
# Results go to results/out/.  Exit status 0 when everything ran, 1 when a part
# failed, 2 when something is missing on this machine.  Cells that differ from
# the published figures are reported; they are not a failure.  Pictures go to
# results/out/plots/, and all of it together to results/out/report.html.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")" || exit 4
out=results/out
failed=0
# Meant for another make.
unset BUILD MAKEFLAGS MFLAGS PAGER_DIR PAGER_BASE

tests/deps.sh plots || exit 2
for dir in "$out" build; do
  if ! mkdir -p "$dir" 2>/dev/null || [ ! -w "$dir" ]; then
    echo "run_all.sh: $(pwd)/$dir cannot be written" >&2
    exit 2
  fi
done

log=$(mktemp) || exit 2
trap 'rm -f "$log" "$out"/*.new' EXIT
trap 'exit 130' INT TERM HUP
echo "Building ..."
# The conformance driver is built; the unit tests would need cmocka.
if ! make -s -j"$(nproc)" pagersim pagers build/tests/conformance \
    >"$log" 2>&1 </dev/null
then
  tail -n 40 "$log" >&2
  echo "run_all.sh: the build failed" >&2
  exit 1
fi

# step TITLE FILE COMMAND...: show the output and keep it in FILE.
step ()
{
  title=$1
  file=$2
  shift 2
  printf '\n%s\n\n' "$title"
  "$@" >"$out/$file.new" 2>"$log"
  status=$?
  mv -f "$out/$file.new" "$out/$file"
  cat "$out/$file" "$log"
  return $status
}

step "Conformance with the original code, case by case" conformance.txt \
  build/tests/conformance tests/conformance/*.jsonl || failed=1

pagers="perpage chunk extent adaptive"
for pager in $pagers; do
  build/pagersim run workloads/seqwrite.lua --pager "$pager" \
    --json="$out/seqwrite-$pager.json" >"$out/seqwrite-$pager.txt" \
    </dev/null || failed=1
done

# The counters of the clean case side by side; --json has one to a line.
clean_table ()
{
  printf '%-32s' ""
  printf '%12s' $pagers
  echo
  for counter in mach.data_return libpager.write_page libpager.write_pages \
    ext2fs.store_write ext2fs.store_write_bytes disk.store_write virtual_ns
  do
    printf '%-32s' "$counter"
    for pager in $pagers; do
      printf '%12s' "$(sed -n "s/^ *\"$counter\": *\([0-9]*\).*/\1/p" \
        "$out/seqwrite-$pager.json" | head -n 1)"
    done
    echo
  done
}
step "A clean machine: 128 MiB, sequentially" seqwrite.txt clean_table \
  || failed=1

printf '\nThe lived-in machine, beside the published figures\n\n'
build/pagersim reproduce --quiet --explain --out="$out" </dev/null
status=$?
# The table; what adds up to each cell is below it in the file.
if [ $status -le 1 ]; then
  sed '/ cells are equal/q' "$out/reproduce.txt"
fi
case $status in
  0) echo "All cells agree with the published figures." ;;
  1) echo "Some cells differ from the published figures, as shown above." ;;
  *) failed=1 ;;
esac
if [ $status -le 1 ]; then
  echo "What adds up to each cell: $out/reproduce.txt"
fi

# keep NAME COMMAND...: run a pagersim command, and keep its text beside the
# results as NAME.command, for the report.  Rows that are not ok are a result.
keep ()
{
  name=$1
  shift
  echo "pagersim $*" >"$out/$name.command"
  build/pagersim "$@" </dev/null >"$log" 2>&1
  status=$?
  if [ $status -gt 1 ]; then
    cat "$log" >&2
    failed=1
  fi
  return $status
}

printf '\nThe starvation lab: sweeps over settings, policies, devices and loads\n'
settings="--vary pager.name=perpage,chunk,extent,adaptive
  --vary pager.chunk_blocks+pager.cap_blocks=1,2,4,8,16,32"
policies=writer,htl,reader,fifo,barging
# shellcheck disable=SC2086 # words
{
  keep starvation sweep contend $settings --vary "lock.policy=$policies" \
    --seeds 1..3 --quiet --json="$out/starvation.jsonl"
  keep starvation-overlap sweep extend $settings --set libpager.serial=no \
    --vary "lock.policy=$policies" --seeds 1..3 --quiet \
    --json="$out/starvation-overlap.jsonl"
  keep load sweep extend $settings --vary load.rate=4M,8M,16M,32M,64M,0 \
    --seeds 1..2 --quiet --json="$out/load.jsonl"
}
keep grid sweep --grid results/grid.lua --quiet --csv="$out/grid.csv"
for pager in perpage extent; do
  keep "timeline-$pager" run extend --pager "$pager" --quiet --json=/dev/null \
    --timeline="$out/timeline-$pager.csv"
done
step "Where a fixed setting beats adaptive in both, by workload" front.txt \
  docs/examples/front <"$out/grid.csv" || failed=1

plots/plot.py "$out" </dev/null && plots/report.py "$out" </dev/null \
  || failed=1
printf '\nResults are in %s/:\n' "$(pwd)/$out"
(cd "$out" && ls)
if [ $failed -ne 0 ]; then
  echo "run_all.sh: a part failed" >&2
fi
exit $failed
