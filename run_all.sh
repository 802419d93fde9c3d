#!/bin/sh
# The main job, from nothing: install what is missing, build, compare the pagers
# with the recordings of the original code, write a 128 MiB file under each of
# them, and set the counts beside the published ones.
#
# Results go to results/out/.  Exit status 0 when everything ran, 1 when a part
# failed, 2 when something is missing on this machine.  Cells that differ from
# the published figures are reported; they are not a failure.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")" || exit 4
out=results/out
failed=0

tests/deps.sh build || exit 2
mkdir -p "$out" || exit 2

log=$(mktemp)
trap 'rm -f "$log"' EXIT
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
  step "A clean 128 MiB, sequentially, under $pager" "seqwrite-$pager.txt" \
    build/pagersim run workloads/seqwrite.lua --pager "$pager" || failed=1
  build/pagersim run workloads/seqwrite.lua --pager "$pager" \
    --json >"$out/seqwrite-$pager.json" </dev/null || failed=1
done

step "The lived-in machine, beside the published figures" reproduce.txt \
  build/pagersim reproduce
case $? in
  0) echo "All cells agree with the published figures." ;;
  1) echo "Some cells differ from the published figures, as shown above." ;;
  *) failed=1 ;;
esac
build/pagersim reproduce --json >"$out/reproduce.json" 2>/dev/null </dev/null

printf '\nResults are in %s/:\n' "$(pwd)/$out"
(cd "$out" && ls)
if [ $failed -ne 0 ]; then
  echo "run_all.sh: a part failed" >&2
fi
exit $failed
