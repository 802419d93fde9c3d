#!/bin/sh
# Record what a command does to files, as a trace that `replay' reads:
#
#   record.sh [-d DIR] [-o FILE] NAME COMMAND [ARGUMENT...]
#
# COMMAND runs in DIR (this directory, without -d) under strace.  What it and
# its children do to files in DIR goes to FILE (NAME.trace beside this script,
# without -o), with names relative to DIR.  What was in DIR before becomes the
# beginning of the trace.  What cannot be recorded is counted in the trace's
# head (README.md).  Needs strace and Python 3.
#
# Exit status: that of COMMAND; 2 when something is missing or wrong, also when
# the trace does not lead to what is in DIR afterwards.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

set -u

here=$(cd -- "$(dirname -- "$0")" && pwd) || exit 2
dir=.
out=
wrong ()
{
  echo "record.sh: $*" >&2
  exit 2
}
usage ()
{
  wrong "usage: record.sh [-d DIR] [-o FILE] NAME COMMAND [ARGUMENT...]"
}
while getopts :d:o: option; do
  case $option in
    d) dir=$OPTARG ;;
    o) out=$OPTARG ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || usage
name=$1
shift
out=${out:-$here/$name.trace}
case $out in
  /*) ;;
  *) out=$PWD/$out ;;
esac
python=/usr/bin/python3
for tool in strace "$python"; do
  command -v "$tool" >/dev/null || wrong "$tool is missing"
done
[ -d "$dir" ] || wrong "$dir: no such directory"
dir=$(cd -- "$dir" && pwd -P) || exit 2
# What takes long is not done in vain.
[ -d "${out%/*}" ] && [ -w "${out%/*}" ] && [ ! -d "$out" ] \
  || wrong "$out: cannot be written"
(cd -- "$dir" && command -v -- "$1") >/dev/null \
  || wrong "$1: no such command"

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
"$python" "$here/strace_to_trace.py" --list "$dir" >"$tmp/before" || exit 2

# Everything that makes, passes on, moves or ends a descriptor of a file, and
# everything that changes a file or a name.
calls=open,openat,creat,close,dup,dup2,dup3,fcntl,lseek,chdir,fchdir
calls=$calls,read,pread64,readv,preadv,preadv2,write,pwrite64,writev,pwritev
calls=$calls,pwritev2,truncate,ftruncate,fallocate,copy_file_range,sendfile
calls=$calls,splice,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat
calls=$calls,rmdir,link,linkat,symlink,symlinkat,mmap,mremap,munmap,msync
calls=$calls,fsync,fdatasync,sync,syncfs,sync_file_range,clone,clone3,fork
calls=$calls,vfork,execve,execveat,wait4,waitid

(cd -- "$dir" && exec strace -f --seccomp-bpf -ttt -y -s 0 -q \
  -e trace="$calls" -e signal=none -o "$tmp/strace" "$@") </dev/null
status=$?
[ -s "$tmp/strace" ] || wrong "nothing was recorded"

"$python" "$here/strace_to_trace.py" --before "$tmp/before" \
  --name "$name" "$dir" "$tmp/strace" >"$tmp/trace" || exit 2
mv "$tmp/trace" "$out" && chmod 644 "$out" || exit 2
exit $status
