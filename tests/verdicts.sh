#!/bin/sh
# What becomes of code under test that is wrong: verdicts.sh [BUILD]
#
# Small pagers, built out of tree, crash, hang, wait for ever or break a rule in
# the bulk hook.  Each must end as a result (exit status 1, a verdict, a finding
# that names the line, a command that replays it), and never take pagersim down.
# The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
build=${1-build}
tmp=$(mktemp -d)
built=
# The pagers must not stay among those that `list pagers' shows.
trap 'rm -rf "$tmp"; for p in $built; do rm -rf "$build/pagers/$p.so" \
  "$build"/obj/*/user/"$p"-[0-9]*; done' EXIT
trap 'exit 130' INT TERM HUP
passed=0
failed=0

[ -x "$build/pagersim" ] || {
  echo "verdicts: there is no $build/pagersim" >&2
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
    echo "verdicts: $what"
    head -n 12 "$tmp/log"
  fi
}

# pager NAME FUNCTION: a pager in which FUNCTION (pages or page) has the
# statements that are read from stdin; the line that is to be named has HERE.
pager ()
{
  built="$built verdict-$1"
  mkdir "$tmp/verdict-$1"
  {
    echo '#include <stdio.h>'
    echo '#include <stdlib.h>'
    echo '#include <sched.h>'
    echo '#include <assert-backtrace.h>'
    echo '#include "ext2fs.h"'
    cat
    case $2 in
      pages)
        cat <<'END'
error_t
pager_write_pages (struct user_pager_info *upi, vm_offset_t offset,
                   vm_address_t data, vm_size_t length, vm_size_t *written)
{
  (void) offset, (void) written;
  if (upi->type != DISK)
    wrong (upi, data, length);
  return EOPNOTSUPP;
}
END
        ;;
      page)
        cat <<'END'
error_t
pager_write_page (struct user_pager_info *pager, vm_offset_t page,
                  vm_address_t buf)
{
  (void) page;
  wrong (pager, buf, vm_page_size);
  return 0;
}
END
        ;;
    esac
  } >"$tmp/verdict-$1/wrong.c"
  here=$(grep -n HERE "$tmp/verdict-$1/wrong.c" | sed 's/:.*//' | head -n 1)
  env -u MAKEFLAGS -u MFLAGS -u PAGER_DIR -u PAGER_BASE make -s \
    BUILD="$build" PAGER_DIR="$tmp/verdict-$1" user_pager >"$tmp/log" 2>&1 \
    </dev/null
}

# run NAME [OPTION...]: NAME.json and the log.
run ()
{
  name=$1
  shift
  timeout 60 "$build/pagersim" run seqwrite \
    --pager "$build/pagers/verdict-$name.so" --set file.size=1M \
    --json="$tmp/$name.json" "$@" >"$tmp/table" 2>"$tmp/log" </dev/null
}

# Exit status 1, VERDICT, and a finding of ORACLE in THREAD at WHERE that says
# WHAT (regular expressions), which is printed once, with a command.
ends ()
{
  /usr/bin/python3 - "$@" "$tmp" <<'END'
import json, re, sys

name, status, verdict, oracle, thread, where, what, tmp = sys.argv[1:]
wrong = []
log = open(tmp + "/log").read()
r = json.load(open("%s/%s.json" % (tmp, name)))
if status != "1":
    wrong.append("exit status " + status)
if r["verdict"] != verdict:
    wrong.append("verdict " + r["verdict"])
found = [f for f in r["findings"] if f["oracle"] == oracle]
if not found:
    wrong.append("findings: %s" % [f["oracle"] for f in r["findings"]])
wanted = ("thread", thread), ("where", where), ("what", what)
if found and not any(all(re.search(p, f[k]) for k, p in wanted) for f in found):
    wrong.append("%s" % [[f[k] for k, p in wanted] for f in found])
for f in found:
    if not f["replay"].startswith("pagersim run seqwrite --pager "):
        wrong.append("replay: %r" % f["replay"])
    if f["at_ns"] <= 0:
        wrong.append("at_ns: %d" % f["at_ns"])
    lines = re.findall("%s.*:\n  %s" % (re.escape(f["where"]), re.escape(f["what"])), log)
    if len(lines) != 1:
        wrong.append("printed %d times: %r" % (len(lines), f["what"]))
if (r["digest"] is None) != (oracle == "hang"):
    wrong.append("digest: %r" % r["digest"])
if "\nto replay it:\n  pagersim run seqwrite" not in log:
    wrong.append("no command that replays it")
if wrong:
    print("\n".join(wrong))
sys.exit(bool(wrong))
END
}

# wrong NAME VERDICT ORACLE THREAD WHERE WHAT [OPTION...]
wrong ()
{
  name=$1 verdict=$2 oracle=$3 thread=$4 where=$5 what_said=$6
  shift 6
  [ "$where" != HERE ] || where="^wrong\\.c:$here\\b"
  run "$name" "$@"
  check "$name" ends "$name" $? "$verdict" "$oracle" "$thread" "$where" \
    "$what_said"
}

# ---- Crashes ----

worker='^(libpager|worker|pager)'

check "assert builds" pager assert pages <<'EOF2'
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  (void) upi, (void) data;
  assert_backtrace (length == 1); /* HERE */
}
EOF2
wrong assert crash assertion . HERE 'length == 1'

check "null builds" pager null pages <<'EOF2'
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  static int *volatile nothing;
  (void) upi, (void) data, (void) length;
  *nothing = 1; /* HERE */
}
EOF2
wrong null crash signal . HERE 'SIGSEGV: a null pointer'

check "call builds" pager call pages <<'EOF2'
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  static void (*volatile nowhere) (void);
  (void) upi, (void) data, (void) length;
  nowhere (); /* HERE */
  __asm__ ("");
}
EOF2
wrong call crash signal . HERE 'SIGSEGV: a null pointer'

check "overrun builds" pager overrun pages <<'EOF2'
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  (void) upi;
  ((volatile char *) data)[length] = 1; /* HERE */
}
EOF2
wrong overrun crash signal . HERE 'beyond the end of a mapping'

check "bounce builds" pager bounce pages <<'EOF2'
#include <string.h>
#include <sys/mman.h>
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  char *buffer = mmap (NULL, vm_page_size, PROT_READ | PROT_WRITE, MAP_ANON,
                       -1, 0);
  (void) upi;
  memcpy (buffer, (void *) data, length); /* HERE */
}
EOF2
wrong bounce crash signal . HERE 'beyond the end of a mapping'

check "recursion builds" pager recursion pages <<'EOF2'
static int __attribute__ ((noinline))
deeper (volatile int *n)
{
  volatile int here = *n + 1; /* HERE */
  return deeper (&here) + here;
}
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  volatile int n = 0;
  (void) upi, (void) data, (void) length;
  deeper (&n);
}
EOF2
wrong recursion crash signal . '^wrong\.c:[0-9]+, deeper' 'stack is used up'

check "division builds" pager division page <<'EOF2'
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  static volatile int nothing;
  (void) upi, (void) data;
  nothing = length / nothing; /* HERE */
}
EOF2
wrong division crash signal . HERE SIGFPE

for how in abort 'exit (0)' '_exit (0)' 'ext2_panic ("no more")'; do
  case $how in
    abort) name=abort call='abort ()' ;;
    ext2*) name=panic call=$how ;;
    _*) name=quick call=$how ;;
    *) name=exit call=$how ;;
  esac
  check "$name builds" pager $name pages <<EOF2
#include <unistd.h>
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  (void) upi, (void) data, (void) length;
  $call; /* HERE */
}
EOF2
  case $name in
    abort) said=abort ;;
    panic) said='no more' ;;
    *) said=exit ;;
  esac
  wrong $name crash panic . HERE "$said"
done

# ---- No end ----

check "hang builds" pager hang pages <<'EOF2'
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  static volatile int never;
  (void) upi, (void) data, (void) length;
  while (!never) /* HERE */
    ;
}
EOF2
before=$(date +%s)
wrong hang timeout hang . '^wrong\.c:1[0-9]\b' 'no event for 5 s'
check "a hang is found within 8 s" test $(($(date +%s) - before)) -le 8

check "yield builds" pager yield pages <<'EOF2'
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  (void) upi, (void) data, (void) length;
  for (;;)
    sched_yield (); /* HERE */
}
EOF2
wrong yield timeout limit . '^wrong\.c:1[0-9]\b' 'run\.limit' \
  --set run.limit=2s

# ---- Nobody can go on ----

check "twice builds" pager twice pages <<'EOF2'
#include <pthread.h>
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  static pthread_mutex_t my_lock = PTHREAD_MUTEX_INITIALIZER;
  (void) upi, (void) data, (void) length;
  pthread_mutex_init (&my_lock, NULL);
  pthread_mutex_lock (&my_lock);
  pthread_mutex_lock (&my_lock); /* HERE */
}
EOF2
wrong twice deadlock deadlock . HERE 'my_lock.*itself'
wrong twice deadlock lock . HERE 'waits for itself'

check "signal builds" pager signal pages <<'EOF2'
#include <pthread.h>
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  static pthread_mutex_t my_lock = PTHREAD_MUTEX_INITIALIZER;
  static pthread_cond_t my_cond = PTHREAD_COND_INITIALIZER;
  (void) upi, (void) data, (void) length;
  pthread_mutex_lock (&my_lock);
  pthread_cond_wait (&my_cond, &my_lock); /* HERE */
}
EOF2
wrong signal deadlock deadlock . HERE 'waits for a condition'

check "circle builds" pager circle pages <<'EOF2'
#include <pthread.h>
static pthread_rwlock_t one = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t two = PTHREAD_MUTEX_INITIALIZER;
static void *
other (void *arg)
{
  pthread_mutex_lock (&two);
  sched_yield ();
  pthread_rwlock_wrlock (&one);
  return arg;
}
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  pthread_t id;
  (void) upi, (void) data, (void) length;
  pthread_rwlock_init (&one, NULL);
  pthread_mutex_init (&two, NULL);
  pthread_rwlock_rdlock (&one);
  pthread_create (&id, NULL, other, NULL);
  pthread_setname_np (id, "other");
  sched_yield ();
  sched_yield ();
  pthread_mutex_lock (&two); /* HERE */
}
EOF2
wrong circle deadlock deadlock . HERE 'waits for mutex two.*other'

# ---- Rules ----

check "free builds" pager free pages <<'EOF2'
#include <pthread.h>
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  (void) data, (void) length;
  pthread_rwlock_unlock (&diskfs_node_disknode (upi->node)->alloc_lock); /* HERE */
}
EOF2
wrong free violation lock . HERE 'alloc_lock is unlocked, but is free'

# ---- Talk, which is no fault ----

check "talk builds" pager talk pages <<'EOF2'
static void
wrong (struct user_pager_info *upi, vm_address_t data, vm_size_t length)
{
  (void) upi, (void) data;
  for (int i = 0; i < 10000; i++)
    printf ("%d: %lu bytes, %s\n", i, (unsigned long) length, "and so on");
}
EOF2
run talk
check "talk is no fault" test $? -eq 0
check "the first lines are shown" grep -q '^pager: 0: .* bytes, and so on$' \
  "$tmp/log"
check "and few of them" test "$(wc -l <"$tmp/log")" -lt 40

# ---- And all is well ----

timeout 60 "$build/pagersim" run seqwrite --pager extent --set file.size=1M \
  >"$tmp/table" 2>"$tmp/log" </dev/null
check "a good pager runs right after" test $? -eq 0

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
