"""The operations of a trace, put together and written: for strace_to_trace.py.

Transfers that follow one another are joined; processes get one of 64 numbers,
which they pass on when they have ended.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections

from trace_names import escape

PROCESSES = 64
MERGE_US = 1000  # writes further apart are not joined


class Operation:
    def __init__(self, time, number, words):
        self.time, self.number, self.words = time, number, words
        self.block = 0  # of a transfer, whose words end in offset and length
        self.until = time


class Worker:
    """A process: its number, once it has done something, and who has to be
    done before it goes on."""

    def __init__(self):
        self.number, self.after, self.last = None, [], None


class Writer:
    def __init__(self, begin):
        self.begin = begin
        self.operations = []
        self.workers = {}
        self.taken = set()
        self.counts = collections.Counter()
        self.last_of = {}  # the last operation on a file
        self.dead = {}

    def left_out(self, what):
        self.counts[what] += 1

    # ---- Processes ----

    def worker(self, process):
        return self.workers.setdefault(process, Worker())

    def chain(self, worker):
        """What comes after WORKER comes after these numbers."""
        own = [worker.number] if worker.number is not None else []
        return own + worker.after

    def forked(self, parent, child):
        self.worker(child).after = self.chain(self.worker(parent))

    def waited(self, parent, child):
        worker = self.dead.pop(child, None) or self.workers.get(child)
        if worker:
            mine = self.worker(parent)
            mine.after += [n for n in self.chain(worker)
                           if n not in mine.after]

    def ended(self, process):
        worker = self.workers.pop(process, None)
        if worker:
            self.dead[process] = worker
            self.taken.discard(worker.number)

    def number(self, worker):
        if worker.number is None:
            free = [n for n in range(1, PROCESSES + 1)
                    if n not in self.taken]
            if not free:
                raise SystemExit("record.sh: more than %d processes at work "
                                 "at a time" % PROCESSES)
            worker.number = free[0]
            self.taken.add(free[0])
        return worker.number

    # ---- Operations ----

    def put(self, call, words):
        worker = self.worker(call.process)
        number = self.number(worker)
        time = call.time - self.begin
        after, worker.after = worker.after, []
        for other in after:
            if other != number:
                self.operations.append(
                    Operation(time, number, ["after", other]))
        worker.last = Operation(time, number, words)
        self.operations.append(worker.last)
        return worker.last

    def add(self, call, word, *arguments, node=None):
        """NODE: the file whose contents it is about."""
        operation = self.put(call, [word, *arguments])
        if node is not None:
            self.last_of[node] = operation

    def transfer(self, call, word, handle, node, offset, length):
        worker = self.worker(call.process)
        last, time = worker.last, call.time - self.begin
        if (last and not worker.after and last is self.last_of.get(node)
                and last.words[:2] == [word, handle]
                and last.words[2] + last.words[3] == offset
                and last.words[3] % last.block == 0 and length <= last.block
                and (word == "read" or time - last.until < MERGE_US)):
            last.words[3] += length
            last.until = time
            return
        last = self.put(call, [word, handle, offset, length])
        last.block = length
        self.last_of[node] = last

    def write(self, out, name, before):
        print("pagersim trace 1", file=out)
        print("#", name, file=out)
        for what, count in sorted(self.counts.items()):
            print(f"# left out: {count} {what}", file=out)
        seen = set()
        for entry in before:
            path = escape(entry["path"].encode("latin-1"))
            if "size" not in entry:
                print("dir", path, file=out)
            elif entry["inode"] not in seen:
                seen.add(entry["inode"])
                print("file", path, entry["size"], file=out)
        time = 0
        for operation in self.operations:
            time = max(time, operation.time)
            words = [escape(w) if isinstance(w, bytes) else str(w)
                     for w in operation.words]
            if operation.block and operation.block < operation.words[3]:
                words.append(str(operation.block))
            print(time, operation.number, *words, file=out)
