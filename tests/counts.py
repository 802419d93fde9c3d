#!/usr/bin/python3
"""docs/counts.md shows what the program prints: counts.py [--write] [BUILD]

Every block there that begins with "$ " is a command for the shell and all of
its output, empty lines at both ends apart; --write puts the present output in.
The last line is "N passed, N failed"; exit status 1 when one failed.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import subprocess
import sys

BLOCK = re.compile(r"^```\n\$ (.*)\n((?:(?!```).*\n)*)```$", re.MULTILINE)


def output(command, build):
    """What a command prints; cells may differ from the published ones."""
    path = build + os.pathsep + os.environ["PATH"]
    done = subprocess.run(
        ["sh", "-c", command],
        env=dict(os.environ, PATH=path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    return done.stdout.decode().strip("\n") + "\n"


def main():
    """Compare, or write."""
    words = sys.argv[1:]
    write = words[:1] == ["--write"]
    build = os.path.abspath(((words[1:] if write else words) or ["build"])[0])
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    path = os.path.join(top, "docs", "counts.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    passed, different = 0, []

    def present(block):
        nonlocal passed
        command, shown = block.groups()
        printed = output(command, build)
        if printed == shown:
            passed += 1
        else:
            different.append(command)
        return "```\n$ %s\n%s```" % (command, printed)

    new = BLOCK.sub(present, text)
    if write:
        with open(path, "w", encoding="utf-8") as file:
            file.write(new)
        return 0
    for command in different:
        print("counts: not up to date (tests/counts.py --write): %s" % command)
    failed = len(different) + (passed + len(different) == 0)
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


sys.exit(main())
