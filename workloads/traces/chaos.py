#!/usr/bin/python3
"""Eight processes that do everything to a few files at once: chaos.py [STEPS]

Works in the current directory, which should be empty.  Each process grows,
truncates, renames, maps, syncs and unlinks files of its own and files that all
share.  What each does follows from its number alone; how they mix is the
machine's affair, and what a trace records.  One process at a time works on a
shared file, as strace does not tell which of two calls at the same time came
first.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import fcntl
import mmap
import os
import random
import sys

PROCESSES = 8
SHARED = 5
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 120


def opened(pick, name):
    """A descriptor of NAME, making it if need be."""
    flags = os.O_RDWR | os.O_CREAT
    if pick.random() < 0.1:
        flags |= os.O_TRUNC
    return os.open(name, flags, 0o644)


def grow(pick, fd):
    size = os.fstat(fd).st_size
    for _ in range(pick.randrange(1, 6)):
        length = pick.choice((100, 4096, 5000, 16384, 65536))
        os.pwrite(fd, b"g" * length, size)
        size += length


def overwrite(pick, fd):
    size = os.fstat(fd).st_size
    at = pick.randrange(size + 20000)
    os.pwrite(fd, b"o" * pick.randrange(1, 20000), at)


def append(pick, fd):
    os.lseek(fd, 0, os.SEEK_END)
    os.writev(fd, [b"a" * pick.randrange(1, 9000) for _ in range(3)])


def truncate(pick, fd):
    size = os.fstat(fd).st_size
    os.ftruncate(fd, pick.choice((0, size // 2, size // 2 & ~4095,
                                  size + 50000, pick.randrange(300000))))


def read(pick, fd):
    os.pread(fd, 30000, pick.randrange(100000))


def mapped(pick, fd):
    """Store to the whole of a mapping: that is what replay will do."""
    length = pick.randrange(1, 16) * 4096
    offset = pick.randrange(8) * 4096
    if os.fstat(fd).st_size < offset + length:
        os.ftruncate(fd, offset + length)
    with mmap.mmap(fd, length, offset=offset) as mapping:
        try:
            mapping[:] = b"m" * length
        finally:
            if pick.random() < 0.5:
                mapping.flush()


def sync(_, fd):
    pick = os.fsync if fd % 2 else os.fdatasync
    pick(fd)


def step(pick, own, number, i, lock):
    shared = pick.random() < 0.35
    name = f"shared{pick.randrange(SHARED)}" if shared \
        else f"{own}/{pick.randrange(4)}"
    what = pick.randrange(20)
    fcntl.flock(lock, fcntl.LOCK_EX if shared or what == 2 else fcntl.LOCK_UN)
    try:
        if what == 0:
            os.unlink(name)
        elif what == 1:
            os.rename(name, f"{own}/{pick.randrange(4)}")
        elif what == 2:
            os.rename(name, f"shared{pick.randrange(SHARED)}")
        elif what == 3:
            os.mkdir(f"{own}/d{i}")
            os.rename(name, f"{own}/d{i}/x")
        elif what == 4:
            os.rename(f"{own}/d{i - 1}", f"d{number}-{i}")
        elif what == 5:
            os.rmdir(f"{own}/d{i - 1}")
        else:
            fd = opened(pick, name)
            for _ in range(pick.randrange(1, 4)):
                # Mappings only of one's own: another might truncate it.
                actions = [grow, overwrite, append, truncate, read, sync]
                action = pick.choice(actions + ([] if shared else [mapped]))
                action(pick, fd)
            os.close(fd)
    except OSError:
        pass  # somebody was faster


def process(number):
    pick = random.Random(number)
    own = f"p{number}"
    os.mkdir(own)
    lock = os.open(".", os.O_RDONLY)
    for i in range(STEPS):
        step(pick, own, number, i, lock)


def main():
    children = []
    for number in range(PROCESSES):
        child = os.fork()
        if child == 0:
            process(number)
            os._exit(0)
        children.append(child)
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
               for child in children)


if __name__ == "__main__":
    sys.exit(main())
