"""What a process has: descriptors, mappings; for strace_to_trace.py.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""


class Description:
    """An open file: several descriptors may stand for it."""

    def __init__(self, node, handle, append):
        self.node, self.handle, self.append = node, handle, append
        self.position, self.references = 0, 1


class Mapping:
    """A shared mapping that may be written to; pieces of it may be gone."""

    def __init__(self, file, handle, offset, length):
        self.file, self.node, self.handle = file, file.node, handle
        self.offset, self.length = offset, length
        self.stored = set()  # pages
        self.references = 1


class Memory:
    """What is mapped in an address space: first and last address, mapping, and
    where in it."""

    def __init__(self, pieces=()):
        self.pieces, self.users = list(pieces), 1
        for _, _, mapping, _ in self.pieces:
            mapping.references += 1


class Process:
    """A process or a thread of one."""

    def __init__(self, directory):
        self.directory = directory
        self.descriptors, self.closing = {}, set()
        self.shares = 1
        self.table = self  # whose descriptors it uses
        self.memory = Memory()
