#!/usr/bin/python3
"""From what strace wrote to a trace that `replay' reads: see README.md.

  strace_to_trace.py --list DIR                          what is in DIR, as JSON
  strace_to_trace.py --before FILE --name NAME DIR STRACE    the trace

Follows descriptors, directories and mappings of every process, and keeps what
concerns files in DIR.  What cannot be told, or cannot be done again, is
counted.  At the end the names and sizes that the trace leads to are compared
with what is in DIR: exit status 2 when they differ.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import json
import os
import sys

import strace_lines
from strace_lines import descriptor, number, string
from trace_names import Directory, File, Names, escape, found
from trace_process import Description, Mapping, Memory, Process
from trace_writer import Writer

PAGE = 4096


class Converter:
    def __init__(self, root, before, out):
        self.root = os.fsencode(root)
        self.names = Names(before)
        self.out = out
        self.processes = {}
        self.handles, self.mappings = set(), set()

    # ---- Processes ----

    def process(self, number_of):
        if number_of not in self.processes:
            self.processes[number_of] = Process(self.root)
        return self.processes[number_of]

    def fork(self, call):
        parent = self.process(call.process)
        flags = b" ".join(call.arguments)
        child = Process(parent.directory)
        if b"CLONE_FILES" in flags:
            child.table = parent.table
            parent.table.shares += 1
        else:
            child.descriptors = dict(parent.table.descriptors)
            child.closing = set(parent.table.closing)
            for d in child.descriptors.values():
                d.references += 1
        # A child of vfork has its parent's memory only until it execs.
        if b"CLONE_VM" in flags and b"CLONE_VFORK" not in flags:
            child.memory = parent.memory
            child.memory.users += 1
        elif call.name != "vfork" and b"CLONE_VFORK" not in flags:
            child.memory = Memory(parent.memory.pieces)
        self.processes[call.result] = child
        self.out.forked(call.process, call.result)

    do_clone = do_clone3 = do_fork = do_vfork = fork

    def leave_memory(self, call):
        p = self.process(call.process)
        p.memory.users -= 1
        if p.memory.users == 0:
            self.unmap(call, p.memory, 0, 1 << 64)
        p.memory = Memory()

    def do_execve(self, call):
        p = self.process(call.process)
        self.leave_memory(call)
        for fd in sorted(p.table.closing & set(p.table.descriptors)):
            self.close(call, p.table, fd)
        p.table.closing = set()

    do_execveat = do_execve

    def do_exit(self, call):
        p = self.process(call.process)
        self.leave_memory(call)
        p.table.shares -= 1
        if p.table.shares == 0:
            for fd in sorted(p.table.descriptors):
                self.close(call, p.table, fd)
        self.out.ended(call.process)
        del self.processes[call.process]

    def do_wait4(self, call):
        if call.result > 0:
            self.out.waited(call.process, call.result)

    def do_waitid(self, call):
        for word in call.arguments[2].split(b", "):
            if word.startswith(b"si_pid="):
                self.out.waited(call.process, int(word[7:]))

    def do_chdir(self, call):
        p = self.process(call.process)
        p.directory = strace_lines.join(p.directory,
                                        string(call.arguments[0]))

    def do_fchdir(self, call):
        _, path = descriptor(call.arguments[0])
        self.process(call.process).directory = path

    # ---- Paths ----

    def inside(self, path):
        """PATH relative to the root; None: it is elsewhere."""
        if path is None or not path.startswith(self.root + b"/"):
            return None
        return path[len(self.root) + 1:]

    def path(self, call, i, at=None):
        """The path that argument I is, relative to the directory that
        argument AT is."""
        directory = self.process(call.process).directory
        if at is not None:
            directory = descriptor(call.arguments[at])[1] or directory
        return self.inside(strace_lines.join(directory,
                                             string(call.arguments[i])))

    # ---- Descriptors ----

    def take(self, used):
        free = next(i for i in range(len(used) + 1) if i not in used)
        used.add(free)
        return free

    def open(self, call, path, flags):
        p = self.process(call.process)
        p.table.descriptors.pop(call.result, None)
        p.table.closing.discard(call.result)
        if b"O_CLOEXEC" in flags:
            p.table.closing.add(call.result)
        if path is None:
            return
        node = self.names.find(path)
        if b"O_TMPFILE" in flags:
            self.out.left_out("files without a name")
        elif isinstance(node, Directory):
            p.table.descriptors[call.result] = Description(node, None, False)
        elif isinstance(node, File) or b"O_CREAT" in flags:
            fresh = node is None
            node = node or self.names.make(path, File(0))
            handle = self.take(self.handles)
            d = Description(node, handle, b"O_APPEND" in flags)
            p.table.descriptors[call.result] = d
            self.out.add(call, "create" if fresh else "open", handle,
                         node.path())
            if b"O_TRUNC" in flags and node.size > 0:
                self.cut(call, d, 0)
        else:
            self.out.left_out("opened files that nobody had made")

    def do_openat(self, call):
        self.open(call, self.inside(call.made), call.arguments[2])

    def do_open(self, call):
        self.open(call, self.inside(call.made), call.arguments[1])

    def do_creat(self, call):
        self.open(call, self.inside(call.made), b"O_CREAT|O_TRUNC")

    def close(self, call, table, fd):
        d = table.descriptors.pop(fd, None)
        table.closing.discard(fd)
        if d is None:
            return
        d.references -= 1
        if d.references == 0 and d.handle is not None:
            self.out.add(call, "close", d.handle)
            self.handles.remove(d.handle)

    def do_close(self, call):
        self.close(call, self.process(call.process).table,
                   descriptor(call.arguments[0])[0])

    def copy(self, call, closing):
        table = self.process(call.process).table
        old = descriptor(call.arguments[0])[0]
        if old == call.result:
            return
        self.close(call, table, call.result)
        d = table.descriptors.get(old)
        if d is not None:
            d.references += 1
            table.descriptors[call.result] = d
        if closing:
            table.closing.add(call.result)

    def do_dup(self, call):
        self.copy(call, False)

    do_dup2 = do_dup

    def do_dup3(self, call):
        self.copy(call, b"O_CLOEXEC" in call.arguments[2])

    def do_fcntl(self, call):
        what = call.arguments[1]
        if what.startswith(b"F_DUPFD"):
            self.copy(call, what == b"F_DUPFD_CLOEXEC")
        elif what == b"F_SETFD":
            table = self.process(call.process).table
            fd = descriptor(call.arguments[0])[0]
            table.closing.discard(fd)
            if b"FD_CLOEXEC" in call.arguments[2]:
                table.closing.add(fd)
        elif what == b"F_SETFL":
            d = self.file(call, 0)
            if d:
                d.append = b"O_APPEND" in call.arguments[2]

    def file(self, call, i):
        """The open file, not a directory, that argument I is; or None."""
        fd = descriptor(call.arguments[i])[0]
        d = self.process(call.process).table.descriptors.get(fd)
        return d if d and d.handle is not None else None

    # ---- Contents ----

    def transfer(self, call, word, d, offset, length):
        if length > 0:
            self.out.transfer(call, word, d.handle, d.node, offset, length)
        if word == "write":
            d.node.size = max(d.node.size, offset + length)

    def at_position(self, call, word):
        d = self.file(call, 0)
        if not d:
            return
        if word == "write" and d.append:
            d.position = d.node.size
        self.transfer(call, word, d, d.position, call.result)
        d.position += call.result

    def at_offset(self, call, word):
        d = self.file(call, 0)
        if d:
            offset = number(call.arguments[3])
            self.transfer(call, word, d, offset, call.result)

    def do_read(self, call):
        self.at_position(call, "read")

    def do_write(self, call):
        self.at_position(call, "write")

    def do_pread64(self, call):
        self.at_offset(call, "read")

    def do_pwrite64(self, call):
        self.at_offset(call, "write")

    do_readv, do_writev = do_read, do_write
    do_preadv = do_preadv2 = do_pread64
    do_pwritev = do_pwritev2 = do_pwrite64

    def do_lseek(self, call):
        d = self.file(call, 0)
        if d:
            d.position = call.result

    def pass_on(self, call, source, source_offset, target, target_offset):
        """What goes from one file to another: (argument of) file, offset."""
        for word, i, at in (("read", source, source_offset),
                            ("write", target, target_offset)):
            d = self.file(call, i)
            offset = number(call.arguments[at]) if at is not None else None
            if d and offset is not None:
                self.transfer(call, word, d, offset, call.result)
            elif d:
                if word == "write" and d.append:
                    d.position = d.node.size
                self.transfer(call, word, d, d.position, call.result)
                d.position += call.result

    def do_copy_file_range(self, call):
        self.pass_on(call, 0, 1, 2, 3)

    def do_sendfile(self, call):
        self.pass_on(call, 1, 2, 0, None)

    def do_splice(self, call):
        self.pass_on(call, 0, 1, 2, 3)

    def cut(self, call, d, length):
        d.node.size = length
        self.out.add(call, "truncate", d.handle, length, node=d.node)

    def do_ftruncate(self, call):
        d = self.file(call, 0)
        if d:
            self.cut(call, d, number(call.arguments[1]))

    def do_truncate(self, call):
        node = self.names.find(self.path(call, 0))
        if not isinstance(node, File):
            return
        d = Description(node, self.take(self.handles), False)
        self.out.add(call, "open", d.handle, node.path())
        self.cut(call, d, number(call.arguments[1]))
        self.out.add(call, "close", d.handle)
        self.handles.remove(d.handle)

    def do_fallocate(self, call):
        d = self.file(call, 0)
        if not d:
            return
        end = number(call.arguments[2]) + number(call.arguments[3])
        if call.arguments[1] != b"0":
            self.out.left_out("fallocate other than to grow")
        elif end > d.node.size:
            self.cut(call, d, end)

    def do_fsync(self, call):
        d = self.file(call, 0)
        if d:
            self.out.add(call, "fsync", d.handle, node=d.node)
        elif self.inside(descriptor(call.arguments[0])[1]) is not None:
            self.out.left_out("fsync of a directory")

    do_fdatasync = do_fsync

    def do_sync(self, call):
        self.out.add(call, "sync")

    def do_syncfs(self, call):
        if self.inside(descriptor(call.arguments[0])[1]) is not None:
            self.out.add(call, "sync")

    def do_sync_file_range(self, call):
        if self.file(call, 0):
            self.out.left_out("sync_file_range")

    # ---- Mappings ----

    def do_mmap(self, call):
        p = self.process(call.process)
        length = (number(call.arguments[1]) + PAGE - 1) // PAGE * PAGE
        if b"MAP_FIXED" in call.arguments[3]:
            self.unmap(call, p.memory, call.result, call.result + length)
        d = self.file(call, 4)
        if not d:
            return
        if b"MAP_SHARED" not in call.arguments[3] \
                or b"PROT_WRITE" not in call.arguments[2]:
            self.out.left_out("mappings that are only read")
            return
        offset = number(call.arguments[5])
        m = Mapping(d, self.take(self.mappings), offset, length)
        self.out.add(call, "map", m.handle, d.handle, offset, length,
                     node=d.node)
        p.memory.pieces.append((call.result, call.result + length, m, 0))

    def store(self, call, m, first, last):
        """Take [FIRST, LAST) of M for stored to, but each page only once."""
        last = min(last, m.node.size - m.offset)
        at = first
        while at < last:
            end = at
            while end < last and end // PAGE not in m.stored:
                m.stored.add(end // PAGE)
                end = min((end // PAGE + 1) * PAGE, last)
            if end > at:
                self.out.add(call, "store", m.handle, at, end - at,
                             node=m.node)
            at = max(end, (at // PAGE + 1) * PAGE)

    def unmap(self, call, memory, first, last):
        pieces = []
        for low, high, m, skip in memory.pieces:
            a, b = max(low, first), min(high, last)
            if a >= b:
                pieces.append((low, high, m, skip))
                continue
            self.store(call, m, skip + a - low, skip + b - low)
            left = [(low, a, m, skip)] if low < a else []
            if b < high:
                left.append((b, high, m, skip + b - low))
            m.references += len(left) - 1
            pieces += left
            if m.references == 0:
                self.out.add(call, "unmap", m.handle, node=m.node)
                self.mappings.remove(m.handle)
        memory.pieces = pieces

    def do_munmap(self, call):
        first = number(call.arguments[0])
        length = (number(call.arguments[1]) + PAGE - 1) // PAGE * PAGE
        self.unmap(call, self.process(call.process).memory, first,
                   first + length)

    def do_mremap(self, call):
        p = self.process(call.process)
        first = number(call.arguments[0])
        if any(low <= first < high for low, high, _, _ in p.memory.pieces):
            self.out.left_out("mremap")
            self.unmap(call, p.memory, first,
                       first + number(call.arguments[1]))

    def do_msync(self, call):
        first = number(call.arguments[0])
        last = first + number(call.arguments[1])
        for low, high, m, skip in self.process(call.process).memory.pieces:
            a, b = max(low, first), min(high, last)
            if a < b:
                self.store(call, m, skip + a - low, skip + b - low)
                if b"MS_SYNC" not in call.arguments[2]:
                    continue
                if m.file.references > 0:
                    self.out.add(call, "fsync", m.file.handle, node=m.node)
                else:
                    self.out.left_out("msync of a file that is closed")

    # ---- Names ----

    def do_mkdir(self, call, i=0, at=None):
        path = self.path(call, i, at)
        if path is not None:
            self.names.make(path, Directory())
            self.out.add(call, "mkdir", path)

    def do_mkdirat(self, call):
        self.do_mkdir(call, 1, 0)

    def remove(self, call, path, directory):
        if path is None:
            return
        node = self.names.find(path)
        if node is None:
            self.out.left_out("names of symbolic links that were removed")
        elif directory:
            self.out.add(call, "rmdir", path)
            self.names.remove(path)
        else:
            self.drop_name(call, path)

    def drop_name(self, call, path):
        """A file with other names goes on under one of these."""
        node = self.names.find(path)
        was = node.path()
        self.names.remove(path)
        if not node.names:
            self.out.add(call, "unlink", was, node=node)
        elif node.path() != was:
            self.out.add(call, "rename", was, node.path())

    def do_unlink(self, call):
        self.remove(call, self.path(call, 0), False)

    def do_unlinkat(self, call):
        self.remove(call, self.path(call, 1, 0),
                    b"AT_REMOVEDIR" in call.arguments[2])

    def do_rmdir(self, call):
        self.remove(call, self.path(call, 0), True)

    def move(self, call, old, new, flags=b""):
        node = self.names.find(old) if old is not None else None
        if old is None and new is None:
            return
        if node is None or new is None or b"RENAME_EXCHANGE" in flags:
            self.out.left_out("renames of what is not a file or a directory "
                              "in here")
            return
        there = self.names.find(new)
        if there is node:
            return
        main = node.path() == old
        if isinstance(there, File) and (not main or len(there.names) > 1):
            self.drop_name(call, new)
        elif there:
            self.names.remove(new)
        self.names.remove(old, node.path() != old)
        self.names.make(new, node, main)
        if main:
            self.out.add(call, "rename", old, new)

    def do_rename(self, call):
        self.move(call, self.path(call, 0), self.path(call, 1))

    def do_renameat(self, call):
        self.move(call, self.path(call, 1, 0), self.path(call, 3, 2),
                  call.arguments[4] if len(call.arguments) > 4 else b"")

    do_renameat2 = do_renameat

    def link(self, old, new):
        if new is None:
            return
        node = self.names.find(old) if old is not None else None
        if isinstance(node, File):
            self.names.make(new, node)
            self.out.left_out("further names of a file (links)")
        else:
            self.out.left_out("links to what is not a file in here")

    def do_link(self, call):
        self.link(self.path(call, 0), self.path(call, 1))

    def do_linkat(self, call):
        self.link(self.path(call, 1, 0), self.path(call, 3, 2))

    def do_symlink(self, call):
        if self.path(call, 1) is not None:
            self.out.left_out("symbolic links")

    def do_symlinkat(self, call):
        if self.path(call, 2, 1) is not None:
            self.out.left_out("symbolic links")

    # ---- All of it ----

    def convert(self, calls):
        for call in calls:
            method = getattr(self, "do_" + call.name, None)
            if method:
                method(call)


def differences(names, root):
    """What is in ROOT and not in NAMES, or the other way round."""
    ours = {path: node.size if isinstance(node, File) else None
            for path, node in names.walk()}
    theirs = {entry["path"].encode("latin-1"): entry.get("size")
              for entry in found(root)}
    for path in sorted(set(ours) | set(theirs)):
        a, b = ours.get(path, "nothing"), theirs.get(path, "nothing")
        if a != b:
            yield f"{escape(path)}: {a} in the trace, {b} in the directory"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--before")
    parser.add_argument("--name", default="")
    parser.add_argument("directory")
    parser.add_argument("strace", nargs="?")
    options = parser.parse_args()
    root = os.path.realpath(options.directory)
    if options.list:
        json.dump(list(found(root)), sys.stdout)
        return 0
    with open(options.before) as file:
        before = json.load(file)
    calls = strace_lines.read(options.strace)
    out = Writer(calls[0].time if calls else 0)
    converter = Converter(root, before, out)
    converter.convert(calls)
    out.write(sys.stdout, options.name, before)
    wrong = list(differences(converter.names, root))
    for line in wrong[:20]:
        print("record.sh:", line, file=sys.stderr)
    return 2 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
