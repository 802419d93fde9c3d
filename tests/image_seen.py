"""A file system in a file, as debugfs and e2fsck see it.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import subprocess

from image_model import PAGE


class Image:
    """What debugfs and e2fsck say of one."""

    def __init__(self, path):
        self.path = path

    def debugfs(self, *commands, write=False):
        """What it prints."""
        done = subprocess.run(
            ["debugfs"] + ["-w"] * write + ["-f", "-", self.path], text=True,
            input="".join(c + "\n" for c in commands), check=True, capture_output=True)
        return done.stdout

    def clean(self):
        """What e2fsck complains about; nothing is good."""
        done = subprocess.run(["e2fsck", "-fn", self.path], check=False, text=True,
                              capture_output=True)
        return "" if done.returncode == 0 else done.stdout

    def inodes(self, paths):
        """The inode numbers of files."""
        out = self.debugfs(*('stat "/%s"' % p for p in paths))
        return dict(zip(paths, map(int, re.findall(r"^Inode: (\d+)", out, re.M))))

    def files(self, directory):
        """Take all of it out; a list of the files."""
        os.mkdir(directory)
        self.debugfs("rdump / " + directory)
        return sorted(os.path.relpath(os.path.join(d, n), directory)
                      for d, _, names in os.walk(directory) for n in names)

    def pages(self, path, numbers):
        """Single pages of a file, found by the map of its blocks."""
        out = self.debugfs(*('bmap "/%s" %d' % (path, n) for n in numbers))
        blocks = [int(line) for line in out.splitlines() if line.strip().isdigit()]
        with open(self.path, "rb") as f:
            for block in blocks:
                f.seek(block * PAGE)
                yield f.read(PAGE) if block else bytes(PAGE)
