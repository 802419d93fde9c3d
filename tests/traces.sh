#!/bin/sh
# Recorded traces of real programs: traces.sh [BUILD [all]]
#
# Each trace of workloads/traces/ is replayed under every pager, the file system
# unmounted, and the image judged: e2fsck (fsck.fat) must find nothing, and every
# file must be, byte for byte, what a model of our own says that the trace leaves
# (trace_contents.py).  The recorder is tried on a small command, and fio's iolog
# on logs that fio writes here.  Without `all', a part of that, in some seconds.
# The last line is "N passed, N failed"; exit status 1 when one failed.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
cd -- "$(dirname -- "$0")/.." || exit 4
PATH=$PATH:/usr/sbin:/sbin
build=$(cd -- "${1-build}" && pwd) || exit 4
all=${2-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
image=$tmp/image
passed=0
failed=0
pagers="perpage chunk extent adaptive"

# check WHAT COMMAND...: the command must succeed.
check ()
{
  what=$1
  shift
  if "$@" >"$tmp/log" 2>&1 </dev/null; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "traces: $what"
    head -n 20 "$tmp/log"
  fi
}

# is WHAT GOT WANTED
is ()
{
  check "$1: '$2', not '$3'" test "$2" = "$3"
}

# replay TRACE OPTION...: without a finding, and e2fsck content.
replay ()
{
  trace=$1
  shift
  rm -f "$image"
  timeout 100 "$build/pagersim" run replay --quiet --set trace.file="$trace" \
    --set store.size=256M --image "$image" "$@" || return
  case $* in
    *fatfs*) fsck.fat -n "$image" ;;
    *) e2fsck -fn "$image" ;;
  esac
}

# bytes TRACE OPTION..., stamps TRACE OPTION...: and contents as they must be.
bytes ()
{
  replay "$@" --set run.contents=bytes || return
  case $* in
    *fatfs*) tests/trace_contents.py --fat "$1" "$image" ;;
    *) tests/trace_contents.py "$1" "$image" ;;
  esac
}

stamps ()
{
  replay "$@" && tests/trace_contents.py --stamps "$1" "$image"
}

# pressed TRACE PAGER OPTION...: contents, or a finding that is explained in
# docs/traces.md: pages that leave memory just while their file is cut, or
# that two processors send in the wrong order.
pressed ()
{
  trace=$1
  pager=$2
  shift 2
  $contents "$trace" --pager "$pager" "$@" >"$tmp/out" 2>&1 && return
  cat "$tmp/out"
  case $trace in
    */chaos.trace) ;;
    *) return 1 ;;
  esac
  grep -q '^order at .*' "$tmp/out" && grep -q 'model.md 1.6' "$tmp/out" \
    && case $* in *machine.cpus=*) return ;; esac
  if [ "$pager" = adaptive ]; then
    grep -q 'chaos\.trace:[0-9]*: [a-z]*: EIO$' "$tmp/out" || return
    replay "$trace" --pager "$pager" "$@" --set trace.errors=ignore \
      >"$tmp/out" 2>&1 && return
    cat "$tmp/out"
    grep -q '^signal at .* poke_pages:$' "$tmp/out"
  else
    grep -q 'Assertion `bl.*k. failed' "$tmp/out"
  fi
}

# value KEY [OPTION...]: of the JSON of a replay of $trace.
value ()
{
  key=$1
  shift
  "$build/pagersim" run replay --quiet --set trace.file="$trace" \
    --json "$@" | sed -n "s/^ *\"$key\": *\"\{0,1\}\([^\",]*\).*/\1/p" \
    | head -n 1
}

# ---- The traces that are here ----

for trace in "$PWD"/workloads/traces/*.trace; do
  name=${trace##*/}
  check "$name is below 2 MB" test "$(wc -c <"$trace")" -lt 2000000
  # No paths and names of where it was recorded.
  check "$name is of nowhere" sh -c "! grep -qE ' /|%2f|@' '$trace'"
  # Pages leave memory and come back; the periodic sync is always at work.
  contents=stamps
  check "$name in little memory" pressed "$trace" adaptive \
    --set machine.memory=16M --set sync.interval=2ms
  # The table in docs/traces.md, which tests/counts.py compares, has each of
  # them under each pager.
  [ -n "$all" ] || continue
  # FAT has no names with a colon, of which dpkg makes some.
  case $name in
    dpkg-*) ;;
    *) check "$name on FAT" bytes "$trace" --pager fatfs ;;
  esac
  for pager in $pagers; do
    check "$name under $pager" bytes "$trace" --pager "$pager"
    check "$name under $pager, stamps" stamps "$trace" --pager "$pager"
    check "$name under $pager as recorded" pressed "$trace" "$pager" \
      --set trace.speed=1 --set sync.interval=50ms
    check "$name under $pager, four processors and a hard disk" \
      pressed "$trace" "$pager" --set machine.cpus=4 \
      --set store.device=hdd --set trace.speed=100 --set machine.quantum=100us
    contents=bytes
    for seed in 2 3 4; do
      check "$name under $pager on an old disk, seed $seed" \
        pressed "$trace" "$pager" --set fs.fragmentation=6 \
        --set fs.fill=40 --set machine.memory=16M --set sync.interval=1ms \
        --set machine.cpus=2 --seed $seed
    done
  done
  case $name in
    dpkg-*) ;;
    *) check "$name on FAT, page by page" \
         bytes "$trace" --pager fatfs-perpage --set machine.memory=16M ;;
  esac
done

# ---- Times, order, errors ----

cat >"$tmp/times.trace" <<'END'
pagersim trace 1
file f 8192
0 1 create 1 a
1000 2 create 2 b
2000 1 write 1 0 100000 10000
3000 3 open 3 a
1000000 3 write 3 50000 100
1000000 2 write 2 0 100000
1000000 2 fsync 2
END
trace=$tmp/times.trace
at_least ()
{
  [ "$1" -ge "$2" ] && [ "$1" -lt $(($2 + 100000000)) ]
}
check "as recorded" at_least \
  "$(value virtual_ns --set trace.speed=1)" 1000000000
check "four times as fast" at_least \
  "$(value virtual_ns --set trace.speed=4)" 250000000
check "as fast as it can" at_least "$(value virtual_ns)" 0
check "contents of a late writer" bytes "$trace"
# What is in the trace decides the run, and its sum.
digest=$(value digest)
sum=$(value sha256)
is "the same again" "$(value digest) $(value sha256)" "$digest $sum"
mkdir "$tmp/other"
sed 's/50000 100/50000 101/' "$trace" >"$tmp/other/times.trace"
trace=$tmp/other/times.trace
check "another digest" test "$(value digest)" != "$digest"
check "another sum" test "$(value sha256)" != "$sum"

# A full disk: the first failure ends the run, or does not.
cat >"$tmp/full.trace" <<'END'
pagersim trace 1
0 1 create 1 a
0 1 write 1 0 30000000 65536
0 1 create 2 b
0 2 after 1
0 2 open 3 a
0 2 read 3 0 100000
END
line=$("$build/pagersim" run replay --quiet --set store.size=16M \
  --set trace.file="$tmp/full.trace" 2>&1 >/dev/null)
is "status of a full disk" $? 2
# The server has said so before.
is "line of a full disk" "$(echo "$line" | tail -n 1)" \
  "pagersim: $tmp/full.trace:3: write: ENOSPC"
check "a full disk that is ignored" replay "$tmp/full.trace" \
  --set trace.errors=ignore --set store.size=16M

# wrong WHAT LINE: the trace on standard input is refused with LINE.
wrong ()
{
  cat >"$tmp/wrong.trace"
  line=$("$build/pagersim" run replay --set trace.file="$tmp/wrong.trace" \
    2>&1 >/dev/null)
  is "status of $1" $? 2
  is "line of $1" "$line" "pagersim: $tmp/wrong.trace$2"
}
printf 'pagersim trace 1\n0 1 write 1 0 5\n' \
  | wrong "a handle" ":2: write: this handle is not open"
printf 'fio version 3 iolog\n0 a add\nx a open\n' \
  | wrong "a time" ":3: 'x': not a number"
printf 'hello\n' | wrong "no trace" ":1: not a trace: it must begin with \
'pagersim trace 1' or 'fio version 2 iolog' (or 3)"
line=$("$build/pagersim" run replay --set trace.file=/none.trace 2>&1)
is "no file" "$line" "pagersim: /none.trace: No such file or directory"

# Beside the workload, from here, and in a workload that does more.
cp workloads/traces/git-clone.trace "$tmp/beside.trace"
cat >"$tmp/more.lua" <<'END'
local n = replay ("beside.trace", { speed = 10 })
assert (n >= 1)
thread ("more", function ()
  local f = assert (create "more")
  assert (f:write (0, "1M"))
end)
END
check "beside the workload" "$build/pagersim" run "$tmp/more.lua" --quiet
check "from here" sh -c "cd '$tmp' && '$build/pagersim' run replay --quiet \
  --set trace.file=beside.trace"
printf 'replay ("/none", { fast = 1 })\n' >"$tmp/option.lua"
check "a wrong option" sh -c "'$build/pagersim' run '$tmp/option.lua' 2>&1 \
  | grep -q 'option.lua:1: the only options are'"

# ---- fio ----

# fio_log NAME OPTION...: what fio did, and whether a replay does the same.
fio_log ()
{
  name=$1
  shift
  mkdir "$tmp/$name"
  check "fio $name" fio --name="$name" --directory="$tmp/$name" --size=512k \
    --ioengine=psync --write_iolog="$tmp/$name.log" --output-format=json \
    --output="$tmp/$name.json" "$@"
  trace=$tmp/$name.log
  for way in write read; do
    ios=$(awk -v way="\"$way\" : {" 'index ($0, way) { on = 1 }
      on && /"total_ios"/ { gsub (/[^0-9]/, ""); print; exit }' \
      "$tmp/$name.json")
    is "calls of fio's $name, $way" "$(value client.$way)" "$ios"
  done
  check "fio's $name" bytes "$trace"
}
fio_log mixed --rw=randrw --bsrange=512-20k --nrfiles=3 --fsync=7
fio_log written --rw=randwrite --bs=4k --fdatasync=16
is "version of fio's log" "$(sed 1q "$tmp/mixed.log")" "fio version 3 iolog"

# Version 2, which this fio only reads: the same without times.  It is the same
# run, and fio itself agrees that it is such a log.
sed '1s/3/2/; 2,$s/^[0-9]* //' "$tmp/mixed.log" >"$tmp/two.log"
trace=$tmp/mixed.log
ns=$(value virtual_ns)
trace=$tmp/two.log
is "version 2 and 3 take as long" "$(value virtual_ns)" "$ns"
check "contents of version 2" bytes "$trace"
check "fio reads version 2" fio --name=two --read_iolog="$tmp/two.log"
# Half a second of waits, but not the short one.
file=$(sed -n '2s/ add//p' "$tmp/two.log")
{ cat "$tmp/two.log"; echo "$file open"; echo "$file wait 99 0"
  echo "$file wait 400000 0"; echo "$file wait 100000 0"
  echo "$file write 0 4096"; } >"$tmp/waits.log"
trace=$tmp/waits.log
check "waits of version 2" at_least \
  "$(value virtual_ns --set trace.speed=1)" 500000000

# ---- The recorder ----

cat >"$tmp/command.sh" <<'END'
set -e
seq 5000 >"a b" & seq 9000 >c; wait
mkdir d d/e; mv c d/e/c; cat "a b" d/e/c >>d/sum; ln d/sum d/same; rm d/sum
truncate -s 7000 d/e/c; ln -s c d/e/link; mkdir gone; rmdir gone
(cd d/e; dd if=c of=../copy bs=4096 conv=fsync status=none)
cp d/same old; mv d moved; rm "a b"; echo more >>old
exec 7>"gone (é) >"; echo 1 >&7; rm "gone (é) >"; (echo 2; echo 3) >&7
exec 7>&-; exec 8>>shared 9>&8; (echo 4 >&9); echo 5 >&8; exec 8>&- 9>&-
echo 6 >"日本 <語>"; echo 7 >"$(printf 'two\nlines')"
/usr/bin/python3 -c '
import mmap, os
f = open("mapped", "w+b"); f.truncate(20000)
m = mmap.mmap(f.fileno(), 0); m[:] = b"x" * 20000; m.flush(); m.close()
os.pwrite(f.fileno(), b"y" * 10, 30000)'
END
mkdir "$tmp/recorded"
echo "was there" >"$tmp/recorded/old"
check "recording" workloads/traces/record.sh -d "$tmp/recorded" \
  -o "$tmp/recorded.trace" a-name sh "$tmp/command.sh"
check "what was recorded" bytes "$tmp/recorded.trace"
check "links are counted" grep -q '^# left out: 1 symbolic links' \
  "$tmp/recorded.trace"
is "bytes of what was deleted, and its end" "$(awk \
  '/ create [0-9]* gone/ { on = 1 } on && $3 == "write" { n += $6 }
  on && $3 == "unlink" { print n } on && $3 == "close" { print n; exit }' \
  "$tmp/recorded.trace" | tr '\n' ' ')" "2 6 "
check "a descriptor that is shared" grep -q ' write [0-9]* 2 2$' \
  "$tmp/recorded.trace"
check "other alphabets" grep -qi \
  'create [0-9]* %e6%97%a5%e6%9c%ac%20<%e8%aa%9e>$' "$tmp/recorded.trace"
check "a mapping is stored to" grep -q ' store [0-9]* 0 20000$' \
  "$tmp/recorded.trace"
check "what was there" grep -qx 'file old 10' "$tmp/recorded.trace"
workloads/traces/record.sh -d "$tmp/recorded" -o "$tmp/x" x sh -c 'exit 7'
is "status of the command" $? 7

# refuses WHAT LINE OPTION...: exit status 2, and one line.
refuses ()
{
  what=$1
  line="record.sh: $2"
  shift 2
  said=$(workloads/traces/record.sh "$@" 2>&1)
  is "status of $what" $? 2
  is "line of $what" "$said" "$line"
}
usage="usage: record.sh [-d DIR] [-o FILE] NAME COMMAND [ARGUMENT...]"
refuses "no command" "$usage" -d "$tmp/recorded" x
refuses "an unknown option" "$usage" -z x true
refuses "an option without its word" "$usage" -o
refuses "no directory" "$tmp/none: no such directory" -d "$tmp/none" x true
refuses "a trace that cannot be written" "$tmp/none/x: cannot be written" \
  -d "$tmp/recorded" -o "$tmp/none/x" x true
refuses "a command that is not there" "no-command: no such command" \
  -d "$tmp/recorded" -o "$tmp/x" x no-command

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
