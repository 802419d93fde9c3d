#!/usr/bin/python3
"""What a trace must leave, against what is on an image: trace_contents.py
[--stamps] [--fat] TRACE IMAGE

A model of its own: it reads the trace, does its operations on names and on
pages that remember who stored to them last, and compares every directory, file
and byte with what debugfs (or mcopy) takes out of the image.  With --stamps the
image has stamps, else bytes, as sim/world/device.h and sim/world/vm_copy.c
describe them.

A store to a page makes its next version; so does clearing the tail of a page
that a file is cut in, or, on FAT, that it grows from.  With stamps, versions are
compared as they are.  With bytes, the world forgets the version of a page that
leaves memory, and it counts from 1 again; so the versions of a page are read
from the bytes: those of one store must be equal, each at most what the model
says, and bytes that nobody stored must be zero.

Prints what is wrong; exit status 1.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import array
import os
import struct
import subprocess
import sys
import tempfile
import urllib.parse

PAGE = 4096
ALL = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
STAMP_MAGIC = 0x9D2C5680A7E3B14F


class Page:
    """Who stored to it: pieces (first, last, version), the last ones last."""

    def __init__(self):
        self.version = 0
        self.pieces = []

    def store(self, first, last):
        self.version += 1
        if last - first == PAGE:
            self.pieces = []
        self.pieces.append((first, last, self.version))

    def cut(self, first):
        """Clear the rest."""
        self.version += 1
        self.pieces.append((first, PAGE, 0))

    def owners(self):
        """For each byte the version that it is of, 0: nobody's."""
        owner = [0] * PAGE
        for first, last, version in self.pieces:
            owner[first:last] = [version] * (last - first)
        return owner


class File:
    no_holes = False  # as on FAT: what is left out is cleared

    def __init__(self):
        self.size = 0
        self.pages = {}

    def clear(self, end):
        """Make it longer, without holes."""
        if self.no_holes and self.size < end and self.size % PAGE:
            page = self.pages.get(self.size // PAGE)
            if page:
                page.cut(self.size % PAGE)

    def write(self, offset, length, block=None):
        end = offset + length
        if length > 0:
            self.clear(offset)
        while offset < end:
            call = min(end, offset + (block or length))
            while offset < call:
                last = min(call, (offset // PAGE + 1) * PAGE)
                page = self.pages.setdefault(offset // PAGE, Page())
                page.store(offset % PAGE, last - offset // PAGE * PAGE)
                offset = last
            self.size = max(self.size, end)

    def truncate(self, length):
        if length < self.size:
            for index in [i for i in self.pages if i * PAGE >= length]:
                del self.pages[index]
            if length % PAGE and length // PAGE in self.pages:
                self.pages[length // PAGE].cut(length % PAGE)
        self.clear(length)
        self.size = length


class Tree:
    """Names to files; None is a directory."""

    def __init__(self):
        self.names = {}

    def rename(self, old, new):
        if old == new:
            return
        for path in [p for p in self.names if p.startswith(old + "/")]:
            self.names[new + path[len(old):]] = self.names.pop(path)
        self.names[new] = self.names.pop(old)


def unescape(word):
    path = urllib.parse.unquote_to_bytes(word)
    return os.fsdecode(path)


def do_trace(path):
    """The tree that the trace PATH leaves."""
    tree, handles, mappings = Tree(), {}, {}
    with open(path, encoding="ascii") as lines:
        head = next(lines).split()
        if head[0] == "fio":
            return do_fio(list(lines), head[2] == "3")
        assert head == ["pagersim", "trace", "1"], head
        for count, line in enumerate(lines, 2):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "dir":
                tree.names[unescape(words[1])] = None
                continue
            if words[0] == "file":
                tree.names[unescape(words[1])] = file = File()
                file.write(0, int(words[2]), 128 << 10)
                continue
            do(tree, handles, mappings, count, words[2], words[3:])
    return tree.names


def do(tree, handles, mappings, line, word, rest):
    if word in ("open", "create"):
        name = unescape(rest[1])
        if word == "create" and name not in tree.names:
            tree.names[name] = File()
        handles[rest[0]] = tree.names[name]
    elif word == "close":
        del handles[rest[0]]
    elif word == "write":
        handles[rest[0]].write(*map(int, rest[1:]))
    elif word == "truncate":
        handles[rest[0]].truncate(int(rest[1]))
    elif word == "mkdir":
        tree.names[unescape(rest[0])] = None
    elif word == "rmdir":
        tree.rename(unescape(rest[0]), f".rmdir-{line}")
    elif word == "rename":
        tree.rename(*map(unescape, rest))
    elif word == "unlink":
        del tree.names[unescape(rest[0])]
    elif word == "map":
        mappings[rest[0]] = handles[rest[1]], int(rest[2])
    elif word == "store":
        file, offset = mappings[rest[0]]
        size = file.size
        file.write(offset + int(rest[1]), int(rest[2]))
        assert file.size == size, f"line {line}: stored behind the end"
    elif word == "unmap":
        del mappings[rest[0]]
    else:
        assert word in ("read", "load", "fsync", "sync", "after"), word


def do_fio(lines, times):
    """The same for an iolog: files are as long as what is read of them."""
    names, lengths = {}, {}
    actions = []
    for line in lines:
        words = line.split()[1 if times else 0:]
        path = words[0].strip("/")
        if words[1] in ("read", "write"):
            action = path, words[1], int(words[2]), int(words[3])
            actions.append(action)
            if words[1] == "read":
                lengths[path] = max(lengths.get(path, 0), sum(action[2:]))
        elif words[1] == "add":
            for at in [i for i, c in enumerate(path) if c == "/"]:
                names[path[:at]] = None
            names[path] = File()
    for path, length in lengths.items():
        names[path].write(0, length, 128 << 10)
    for path, action, offset, length in actions:
        if action == "write":
            names[path].write(offset, length)
    return names


# ---- The image ----

def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=True).stdout


def dump_ext2(image, to):
    run("debugfs", "-R", f"rdump / {to}", image)


def inodes_ext2(image, directories):
    """The inode of each file, as debugfs lists it."""
    with tempfile.NamedTemporaryFile("w") as script:
        for path in directories:
            print(f'ls -p "/{path}"', file=script)
        script.flush()
        out = run("debugfs", "-f", script.name, image)
    inodes, place = {}, iter(directories)
    path = None
    for line in out.decode("utf-8", "surrogateescape").splitlines():
        if line.startswith("debugfs: ls -p"):
            path = next(place)
        elif line.startswith("/") and line.count("/") >= 7:
            fields = line.split("/")
            inodes[os.path.join(path, fields[5])] = int(fields[1])
    return inodes


def dump_fat(image, to):
    run("mcopy", "-s", "-n", "-Q", "-i", image, "::/*", to)


def listed(root):
    names = {}
    for directory, below, files in os.walk(root):
        for name in below:
            path = os.path.join(directory, name)
            names[os.path.relpath(path, root)] = True
        for name in files:
            path = os.path.join(directory, name)
            names[os.path.relpath(path, root)] = False
    return names


# ---- Comparing ----

def word_of(inode, index, version):
    return (inode << 40 ^ index << 12 ^ version * GOLDEN) & ALL


def pattern(word, first, last):
    """The bytes from FIRST to LAST of a page whose stamp makes WORD."""
    low, high = first // 8, (last + 7) // 8
    words = array.array("Q", ((word + i) & ALL for i in range(low, high)))
    return words.tobytes()[first - low * 8:last - low * 8]


def runs(owner):
    first = 0
    while first < len(owner):
        last = first
        while last < len(owner) and owner[last] == owner[first]:
            last += 1
        yield first, last, owner[first]
        first = last


def check_bytes(inode, index, page, data):
    """What is wrong with DATA, the bytes of PAGE; or None."""
    seen = {}
    for first, last, version in runs(page.owners()[:len(data)]):
        have = data[first:last]
        if version == 0:
            if any(have):
                return f"bytes {first} to {last} are not zero"
            continue
        candidates = seen.get(version)
        if candidates is None:
            # The highest first: all is as if nothing had left memory.
            candidates = range(version, 0, -1)
        fitting = [v for v in candidates
                   if have == pattern(word_of(inode, index, v), first, last)]
        if not fitting:
            return f"bytes {first} to {last} are of no version up to {version}"
        seen[version] = fitting
    return None


def check_stamp(inode, index, page, data):
    have = struct.unpack_from("<QIIQ", data.ljust(24, b"\0"))
    want = (STAMP_MAGIC, inode, page.version, index)
    if len(data) < 24:  # the rest of it is behind the end
        short = struct.pack("<QIIQ", *want)[:len(data)]
        return None if data == short else "the stamp differs"
    if have != want:
        return f"the stamp is {have}, not {want}"
    return "what follows the stamp is not zero" if any(data[24:]) else None


def guess_inode(file, data):
    """Where no other program tells: what the words say that a store made."""
    for index, page in sorted(file.pages.items()):
        for first, last, version in runs(page.owners()):
            first = (first + 7) // 8 * 8
            last = min(last, len(data) - index * PAGE)
            if version == 0 or first + 8 > last:
                continue
            word = struct.unpack_from("<Q", data, index * PAGE + first)[0]
            word = word - first // 8 & ALL
            for guess in range(version, 0, -1):
                inode = word ^ index << 12 ^ guess * GOLDEN & ALL
                if inode & (1 << 40) - 1 == 0:
                    return inode >> 40
    return 0


def check_file(file, data, inode, stamps):
    if len(data) != file.size:
        yield f"{len(data)} bytes, not {file.size}"
        return
    judge = check_stamp if stamps else check_bytes
    nobody = bytes(PAGE)
    for index in range((file.size + PAGE - 1) // PAGE):
        part = data[index * PAGE:(index + 1) * PAGE]
        page = file.pages.get(index)
        if page is None:
            wrong = None if part == nobody[:len(part)] else "it is not zero"
        else:
            wrong = judge(inode, index, page, part)
        if wrong:
            yield f"page {index}: {wrong}"


def check(names, root, inodes, stamps):
    there = listed(root)
    for other in "lost+found", ".aged", "AGED":
        for path in [p for p in there if p.split("/")[0] == other]:
            del there[path]
    for path in sorted(set(names) | set(there)):
        if path not in there or path not in names:
            yield f"{path}: not " + ("there" if path in names else "wanted")
        elif there[path] != (names[path] is None):
            yield f"{path}: not what it should be"
        elif names[path] is not None:
            with open(os.path.join(root, path), "rb") as file:
                data = file.read()
            # FAT has none, and a line of debugfs has no name of two lines.
            inode = inodes.get(path) or guess_inode(names[path], data)
            for wrong in check_file(names[path], data, inode, stamps):
                yield f"{path}: {wrong}"


def compare(trace, image, fat, stamps):
    """What TRACE leaves, and what is wrong with IMAGE."""
    File.no_holes = fat
    names = do_trace(trace)
    with tempfile.TemporaryDirectory() as root:
        inodes = {}
        if fat:
            dump_fat(image, root)
        else:
            dump_ext2(image, root)
            directories = [""] + [p for p, f in names.items() if f is None]
            inodes = inodes_ext2(image, directories)
        return names, list(check(names, root, inodes, stamps))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stamps", action="store_true")
    parser.add_argument("--fat", action="store_true")
    parser.add_argument("trace")
    parser.add_argument("image")
    options = parser.parse_args()
    names, wrong = compare(options.trace, options.image, options.fat,
                           options.stamps)
    for line in wrong[:20]:
        print(line)
    files = sum(f is not None for f in names.values())
    print(f"{files} files, {sum(f.size for f in names.values() if f)} bytes, "
          f"{len(wrong)} wrong")
    return 1 if wrong or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
