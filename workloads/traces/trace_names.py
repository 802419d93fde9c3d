"""Directories and files with their names, for strace_to_trace.py.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import stat


def escape(path):
    """PATH, bytes, as a word of a trace."""
    return "".join(chr(c) if 33 <= c < 127 and c != 37 else f"%{c:02x}"
                   for c in path)


def found(root):
    """What is in ROOT, directories before what is in them."""
    root = os.fsencode(root)
    for directory, below, files in os.walk(root):
        below.sort()
        for name in sorted(below + files):
            path = os.path.join(directory, name)
            state = os.lstat(path)
            entry = {"path": path[len(root) + 1:].decode("latin-1")}
            if stat.S_ISREG(state.st_mode):
                entry.update(size=state.st_size, inode=state.st_ino)
            elif not stat.S_ISDIR(state.st_mode):
                continue
            yield entry


class Directory:
    def __init__(self):
        self.names = []  # (directory, name): one at most
        self.entries = {}

    def path(self):
        return path_of(self)


class File:
    """The first of its names is the one that it has in the trace."""

    def __init__(self, size):
        self.names = []
        self.size = size

    def path(self):
        return path_of(self)


def path_of(node):
    parts = []
    while node.names:
        node, name = node.names[0]
        parts.append(name)
    return b"/".join(reversed(parts))


class Names:
    def __init__(self, before):
        self.root = Directory()
        links = {}
        for entry in before:
            path = entry["path"].encode("latin-1")
            if "size" not in entry:
                self.make(path, Directory())
                continue
            node = links.setdefault(entry["inode"], File(entry["size"]))
            self.make(path, node)

    def place(self, path):
        """The directory that PATH is in, None if it is not there, and the
        last name."""
        *above, last = path.split(b"/")
        node = self.root
        for name in above:
            node = node.entries.get(name)
            if not isinstance(node, Directory):
                return None, last
        return node, last

    def find(self, path):
        if path is None:
            return None
        directory, last = self.place(path)
        return directory.entries.get(last) if directory else None

    def make(self, path, node, first=False):
        directory, last = self.place(path)
        if directory is None:
            raise SystemExit("record.sh: nobody made the directory of "
                             + escape(path))
        directory.entries[last] = node
        node.names.insert(0 if first else len(node.names), (directory, last))
        return node

    def remove(self, path, keep=False):
        directory, last = self.place(path)
        node = directory.entries.pop(last)
        node.names.remove((directory, last))
        return node

    def walk(self, node=None, prefix=b""):
        """All names, with what they stand for."""
        for name, below in sorted((node or self.root).entries.items()):
            yield prefix + name, below
            if isinstance(below, Directory):
                yield from self.walk(below, prefix + name + b"/")
