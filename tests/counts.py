#!/usr/bin/python3
"""README.md and docs/ show what the program prints: counts.py [--write] [BUILD]

Every block there that begins with "$ " is a command for the shell and all of
its output, empty lines at both ends apart; --write puts the present output in.
The last line is "N passed, N failed"; exit status 1 when one failed.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import glob
import os
import re
import subprocess
import sys

BLOCK = re.compile(r"^```\n\$ (.*)\n((?:(?!```).*\n)*)```$", re.MULTILINE)


def output(command, build, top):
    """What a command prints; cells may differ from the published ones."""
    path = build + os.pathsep + os.environ["PATH"]
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=top,
        env=dict(os.environ, PATH=path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    return done.stdout.decode().strip("\n") + "\n"


def present(text, build, top, different):
    """A page as it should be, and the number of its blocks."""
    blocks = 0

    def replace(block):
        nonlocal blocks
        blocks += 1
        command, shown = block.groups()
        printed = output(command, build, top)
        if printed != shown:
            different.append(command)
        return "```\n$ %s\n%s```" % (command, printed)

    return BLOCK.sub(replace, text), blocks


def main():
    """Compare, or write."""
    words = sys.argv[1:]
    write = words[:1] == ["--write"]
    build = os.path.abspath(((words[1:] if write else words) or ["build"])[0])
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    shown, failed = 0, 0
    pages = sorted(glob.glob(os.path.join(top, "docs", "*.md")))
    for path in [os.path.join(top, "README.md")] + pages:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        different = []
        new, blocks = present(text, build, top, different)
        shown += blocks
        if write and new != text:
            with open(path, "w", encoding="utf-8") as file:
                file.write(new)
        elif different:
            failed += len(different)
            for command in different:
                print(
                    "%s: not up to date (tests/counts.py --write): %s"
                    % (os.path.relpath(path, top), command)
                )
    if write:
        return 0
    failed += shown == 0
    print("%d passed, %d failed" % (shown - failed if shown else 0, failed))
    return failed != 0


sys.exit(main())
