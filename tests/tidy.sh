#!/bin/sh
# Search the sources for breaches of the house rules.
#
# Every rule is one check; a breach prints "FILE:LINE: text" under the rule's
# name.  The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
LC_ALL=C
export LC_ALL
cd -- "$(dirname -- "$0")/.." || exit 4

# Files that may read the host's clock: they time the host, or watch over it.
host_clock='sim/base/host\.c|sim/harness/(scenario|hang|host)[a-z_]*\.c'
# Files where the simulator and the pagers meet.
joins='sim/harness/(scenario|api|client|explain)[a-z_]*\.[ch]|sim/harness/pager_load\.[ch]|sim/live/[a-z_]*\.[ch]'
# Files that turn exact results into something to look at.
inexact='sim/base/text\.c|sim/harness/report[a-z_]*\.c'

bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT
tally=$bare/tally
: >"$tally"

# rule NAME: standard input is the list of breaches.  Runs at the end of a pipe,
# in a shell of its own, hence the file.
rule ()
{
  found=$(cat)
  if [ -z "$found" ]; then
    echo passed >>"$tally"
  else
    echo failed >>"$tally"
    printf 'tidy: %s\n%s\n' "$1" "$found"
  fi
}

# in_code PATTERN FILE...: lines that match outside comments.
in_code ()
{
  pattern=$1
  shift
  (cd "$bare" && grep -nHE -e "$pattern" -- "$@" /dev/null)
}

list () { find "$@" -type f 2>/dev/null | sort; }
c_files=$(list sim pagers tests docs/examples -name '*.[ch]')
asm_files=$(list sim -name '*.S')
lower=$(list sim/base sim/engine sim/world -name '*.[ch]')
scripts=$(list . -path ./build -prune -o -path ./.git -prune -o \
  \( -name '*.sh' -o -name '*.py' -o -name '*.lua' -o -path './.ci/*' \
     -o -name Makefile \) -print | sed 's,^\./,,')

# The sources without their comments, line by line, strings kept.
for f in $c_files; do
  mkdir -p "$bare/${f%/*}"
  awk '{
    line = $0; out = ""
    while (line != "") {
      if (inside) {
        at = index (line, "*/")
        if (!at) { line = ""; break }
        line = substr (line, at + 2); inside = 0
      } else if (match (line, /"([^"\\]|\\.)*"|\/\*|\/\//)) {
        token = substr (line, RSTART, 2)
        out = out substr (line, 1, RSTART - 1)
        if (token == "//") { line = "" }
        else if (token == "/*") { inside = 1; line = substr (line, RSTART + 2) }
        else { out = out substr (line, RSTART, RLENGTH)
               line = substr (line, RSTART + RLENGTH) }
      } else { out = out line; line = "" }
    }
    print out }' "$f" >"$bare/$f"
done

# in_names PATTERN FILE...: the same, outside strings too.
in_names ()
{
  pattern=$1
  shift
  (cd "$bare" && for f; do
    sed 's/"\([^"\\]\|\\.\)*"/""/g' "$f" | grep -nE -e "$pattern" \
      | sed "s,^,$f:,"
  done)
}

# Every include of a file of ours: "FILE:LINE: PATH", PATH from the root.
includes=$(for f in $c_files; do
  d=${f%/*}
  sed -n 's/^ *# *include *"\([^"]*\)".*/\1/;t p
          d
          :p
          =;p' "$bare/$f" | while read -r line && read -r path; do
    echo "$f:$line: $(realpath -ms --relative-to=. "$d/$path")"
  done
done)

# ---- Floors ----

printf '%s\n' "$includes" | awk '
  function floor (path, part) {
    if (path == "sim/main.c") return 5
    split (path, part, "/")
    return part[1] == "sim" && part[2] in rank ? rank[part[2]] : 9
  }
  BEGIN { rank["base"] = 0; rank["engine"] = 1; rank["world"] = 2
          rank["harness"] = 3; rank["explore"] = 4; rank["live"] = 4; rank["commands"] = 5 }
  /^sim\// {
    from = $1; sub (/:.*/, "", from)
    if ($2 ~ /^sim\// && floor($2) > floor(from)) print $1, "includes", $2
  }' | rule "a floor includes only floors below it"

printf '%s\n' "$includes" | awk -v joins="^($joins):" '
  /^sim\// && $2 !~ /^sim\// && !($1 ~ joins \
    && $2 ~ /^pagers\/include\/hurd_(access|api|server)\.h$/) {
    print $1, "includes", $2 }' \
  | rule "only the scenario's files include pagers/include/, nothing else leaves sim/"

printf '%s\n' "$includes" | awk '
  /^pagers\// && $2 !~ /^pagers\// { print $1, "includes", $2 }' \
  | rule "pagers/ includes only its own headers"

in_names 'ext2|diskfs|libpager|perpage|pager_(write|read|unlock)_page' $lower \
  | rule "nothing below harness/ names a pager"

in_code 'pagersim|sim/|[Ss]imulat|struct engine|engine_[a-z]|world_[a-z]' \
  $(list pagers -name '*.[ch]') \
  | rule "nothing in pagers/ names the simulator"

# ---- Determinism ----

clocks='(^|[^_[:alnum:]])(clock_gettime|gettimeofday|ftime|times|getrusage) *\(|[^_[:alnum:]]time *\((NULL|0|&)|rdtsc'
in_names "$clocks" $(list sim -name '*.[ch]') \
  | grep -vE "^($host_clock):" \
  | grep -vE '(\.|->) *clock_gettime *\(' \
  | rule "only what times the host reads a clock"

in_names '(^|[^_.>[:alnum:]])(s?rand|rand_r|s?random|[dlm]rand48|getrandom|arc4random) *\(' \
  $(list sim pagers -name '*.[ch]') \
  | rule "no random numbers but the run's own"

in_code '(^|[^_[:alnum:]])(double|float)([^_[:alnum:]]|$)' \
  $lower $(list pagers -name '*.[ch]') | grep -vE "^($inexact):" \
  | rule "no floating point in the model"

# ---- Files ----

for f in $c_files $asm_files $scripts; do
  n=$(wc -l <"$f")
  [ "$n" -le 600 ] || echo "$f:$n: more than 600 lines"
done | rule "a file has at most 600 lines"

for f in $c_files $asm_files $scripts; do
  grep -q 'SPDX-License-Identifier: GPL-2\.0-or-later' "$f" \
    || echo "$f:1: no SPDX-License-Identifier"
done | rule "every source file names its licence"

grep -nE '(^|[^[:alnum:]])(TO''DO|FIX''ME|XX''X)([^[:alnum:]]|$)' \
  $c_files $asm_files $scripts /dev/null | rule "nothing is left for later"

# The figures as published, of five digits or more, with or without separators
# of thousands (a comma, a dot, an underscore, a quote, a space).
figures=$(grep -oE '[0-9]{5,}' results/published.json | sort -u \
  | awk '{ s = ""; n = length ($0)
           for (i = 1; i <= n; i++) {
             s = s substr ($0, i, 1)
             if (i < n && (n - i) % 3 == 0) s = s "[,._ \047]?" }
           all = all (NR > 1 ? "|" : "") s }
         END { print all }')
grep -nE "(^|[^0-9])($figures)([^0-9]|\$)" \
  $(list sim pagers workloads plots ! -name '*.trace') \
  $(list tests -name '*.c') \
  Makefile run_all.sh /dev/null \
  | rule "no published figure in the sources"

passed=$(grep -c passed "$tally")
failed=$(grep -c failed "$tally")
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
