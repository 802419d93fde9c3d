#!/bin/sh
# The main job, from nothing: install what is missing, build, compare the pagers
# with the recordings of the original code, write a 128 MiB file under each of
# them, and set the counts beside the published ones.
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
  "$@" >"$out/$file.new" 2>"$log" </dev/null
  status=$?
  mv -f "$out/$file.new" "$out/$file"
  cat "$out/$file" "$log"
  return $status
}

step "Conformance with the original code, case by case" conformance.txt \
  build/tests/conformance tests/conformance/*.jsonl || failed=1

for pager in perpage chunk extent; do
  build/pagersim run workloads/seqwrite.lua --pager "$pager" \
    --json="$out/seqwrite-$pager.json" >"$out/seqwrite-$pager.txt" \
    </dev/null || failed=1
done

# The counters of the clean case side by side; --json has one to a line.
clean_table ()
{
  printf '%-32s%12s%12s%12s\n' "" perpage chunk extent
  for counter in mach.data_return libpager.write_page libpager.write_pages \
    ext2fs.store_write ext2fs.store_write_bytes disk.store_write virtual_ns
  do
    printf '%-32s' "$counter"
    for pager in perpage chunk extent; do
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
plots/plot.py "$out" </dev/null && plots/report.py "$out" </dev/null \
  || failed=1
printf '\nResults are in %s/:\n' "$(pwd)/$out"
(cd "$out" && ls)
if [ $failed -ne 0 ]; then
  echo "run_all.sh: a part failed" >&2
fi
exit $failed
