"""What a workload's files hold, byte by byte, when run.contents is bytes.

The same calls are made twice: as Lua, by pagersim, and here, on plain arrays of
bytes.  What a store puts into a page follows from the file's inode number, the
page and how often the page was stored to (sim/world/vm_copy.c); as long as no
page is evicted, that is all there is to know.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import random
import struct

PAGE = 4096
MASK = (1 << 64) - 1
# Blocks that a file's inode, and those that its indirect blocks, lead to.
DIRECT, POINTERS = 12, 1024


def stored(inode, page, version):
    """All the bytes that a store of a whole page would leave."""
    word = inode << 40 ^ page << 12 ^ version * 0x9E3779B97F4A7C15 & MASK
    return struct.pack("<512Q", *((word + i) & MASK for i in range(512)))


def stored_part(inode, page, version, at, length):
    """Those that a store of a part of it leaves there."""
    word = inode << 40 ^ page << 12 ^ version * 0x9E3779B97F4A7C15 & MASK
    return bytes(((word + i // 8) & MASK) >> i % 8 * 8 & 0xFF
                 for i in range(at, at + length))


class File:
    """A file's calls, to be done again when its inode number is known."""

    def __init__(self, old=b""):
        self.old = old
        self.size = len(old)
        self.calls = []

    def write(self, offset, length, bs=None):
        """As the client does it: one call for each BS bytes."""
        step = bs or length
        for at in range(offset, offset + length, step):
            self.calls.append(("store", at, min(step, offset + length - at)))
        self.size = max(self.size, offset + length)

    def store(self, offset, length):
        """Through a mapping; never beyond the end."""
        self.calls.append(("store", offset, length))

    def truncate(self, length):
        """Cut it, or make it longer."""
        if length < self.size:
            self.calls.append(("cut", length, 0))
        self.size = length

    def pages(self, inode):
        """The pages that are not holes, by number."""
        pages = {i // PAGE: bytearray(self.old[i:i + PAGE].ljust(PAGE, b"\0"))
                 for i in range(0, len(self.old), PAGE)}
        versions = {}
        for call, at, length in self.calls:
            if call == "cut":
                self.cut(pages, versions, at)
                continue
            end = at + length
            while at < end:
                page, offset = divmod(at, PAGE)
                part = min(PAGE - offset, end - at)
                version = versions[page] = versions.get(page, 0) + 1
                to = pages.setdefault(page, bytearray(PAGE))
                to[offset:offset + part] = (
                    stored(inode, page, version) if part == PAGE
                    else stored_part(inode, page, version, offset, part))
                at += part
        return pages

    @staticmethod
    def cut(pages, versions, length):
        """Forget what is behind LENGTH; the last page is stored to."""
        page, offset = divmod(length, PAGE)
        if offset:
            to = pages.setdefault(page, bytearray(PAGE))
            to[offset:] = bytes(PAGE - offset)
            if page in versions:
                versions[page] += 1
        for number in [n for n in pages if n >= page + (offset > 0)]:
            del pages[number]
            versions.pop(number, None)

    def bytes(self, inode):
        """All of it."""
        out = bytearray(self.size)
        for number, page in self.pages(inode).items():
            part = page[:max(0, self.size - number * PAGE)]
            out[number * PAGE:number * PAGE + len(part)] = part
        return bytes(out)


class Script:
    """Lua on one side, a tree of files on the other."""

    def __init__(self, files=None, directories=()):
        self.lines = []
        self.files = dict(files or {})
        self.directories = {""} | set(directories)
        self.handles = 0

    def say(self, line, *values):
        """A line of Lua."""
        self.lines.append("  " + line % values)

    def lua(self):
        """All of the workload.  Without a limit to local variables."""
        return "\n".join(["sync { interval = \"50ms\" }", "local f = {}",
                          "thread (\"script\", function ()"] + self.lines + ["end)", ""])

    def open(self, path):
        """A handle of a file, which is made if need be."""
        self.handles += 1
        self.say("f[%d] = assert (create %r)", self.handles, path)
        return self.handles, self.files.setdefault(path, File())

    def close(self, handle):
        """Its end."""
        self.say("assert (f[%d]:close ())", handle)

    def write(self, handle, offset, length, bs=None):
        """Write to it."""
        handle, file = handle
        self.say("assert (f[%d]:write (%d, %d%s))", handle, offset, length,
                 ", { bs = %d }" % bs if bs else "")
        file.write(offset, length, bs)

    def store(self, handle, offset, length):
        """Store to it through a mapping."""
        handle, file = handle
        first = offset // PAGE * PAGE
        self.say("do local m = assert (f[%d]:map (%d, %d))", handle, first,
                 offset + length - first)
        self.say("assert (m:store (%d, %d)) assert (m:close ()) end", offset - first, length)
        file.store(offset, length)

    def truncate(self, handle, length):
        """Give it another length."""
        handle, file = handle
        self.say("assert (f[%d]:truncate (%d))", handle, length)
        file.truncate(length)

    def mkdir(self, path):
        """Make a directory."""
        self.say("assert (mkdir %r)", path)
        self.directories.add(path)

    def unlink(self, path):
        """Take a file's name away."""
        self.say("assert (unlink %r)", path)
        del self.files[path]

    def rename(self, old, new):
        """Give a file another name, perhaps one that is taken."""
        self.say("assert (rename (%r, %r))", old, new)
        if old != new:
            self.files[new] = self.files.pop(old)


def at_random(seed, calls, files=None, directories=(), most=400000):
    """A script of so many random calls; files stay below MOST bytes."""
    rng = random.Random(seed)
    script = Script(files, directories)
    opened = {}

    def path():
        name = "".join(rng.choice("abcdef") for _ in range(rng.choice((1, 1, 2, 40, 200))))
        return (rng.choice(sorted(script.directories)) + "/" + name).lstrip("/")

    def handle(name):
        if name not in opened:
            opened[name] = script.open(name)
        return opened[name]

    for _ in range(calls):
        known = sorted(script.files)
        what = rng.choices(("new", "write", "write", "store", "cut", "mkdir", "unlink",
                            "rename", "close", "sync"), (6, 8, 8, 5, 4, 1, 2, 3, 3, 2))[0]
        name = rng.choice(known) if known and what != "new" else path()
        if name in script.directories or (what == "mkdir" and len(name) > 60):
            continue
        if what in ("new", "write", "store", "cut"):
            h = handle(name)
            size = h[1].size
            if what == "store" and size > 0:
                offset = rng.randrange(size)
                script.store(h, offset, rng.randint(1, min(20000, size - offset)))
            elif what == "cut":
                script.truncate(h, rng.choice((0, 1, PAGE, 5 * PAGE, rng.randrange(size + 9000))))
            else:
                offset = rng.choice((0, size, rng.randrange(size + 20000)))
                length = rng.choice((1, PAGE, 3 * PAGE, rng.randrange(1, 100000)))
                if offset + length < most:
                    script.write(h, offset, length, rng.choice((None, PAGE, 10000, 4097)))
        elif what == "mkdir":
            name = path()
            if name not in script.files and len(name) < 60:
                if name not in script.directories:
                    script.mkdir(name)
        elif what == "sync":
            script.say("assert (sync ())")
        elif name in script.files:
            if what == "unlink":
                script.unlink(name)
                opened.pop(name, None)
            elif what == "rename":
                new = rng.choice(known + [path()])
                if new not in script.directories and new != name:
                    opened.pop(new, None)
                    script.rename(name, new)
                    if name in opened:
                        opened[new] = opened.pop(name)
            elif name in opened:
                script.close(opened.pop(name)[0])
    return script
