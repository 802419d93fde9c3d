#!/usr/bin/python3
"""Figures in README.md are those of the program: readme.py [--write] [BUILD]

Runs what the README gives figures of and compares; --write puts the present
ones in.  The last line is "N passed, N failed"; exit status 1 when one failed.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
import subprocess
import sys

CELLS = [
    ("before", "libpager.write_page", "**perpage**: calls of `pager_write_page`"),
    ("before", "ext2fs.store_write", "`store_write` calls for the file"),
    ("before", "ext2fs.store_write_bytes", "bytes written by them"),
    ("after", "libpager.write_page", "**chunk**: calls of `pager_write_page`"),
    ("after", "libpager.write_pages", "calls of `pager_write_pages`"),
    ("after", "ext2fs.store_write", "`store_write` calls for the file"),
    ("after", "ext2fs.store_write_bytes", "bytes written by them"),
    ("merged", "ext2fs.store_write", "**extent**: `store_write` calls for the file"),
]
HEADER = "| | published | simulated |\n| --- | ---: | ---: |\n"


def output(*command):
    """What a command of the program prints, as JSON; cells may differ."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        sys.exit("readme: %s: exit status %d" % (command[1], done.returncode))
    return json.loads(done.stdout)


def table(program):
    """The table of the lived-in machine, in Markdown."""
    rows = {r["id"]: r for r in output(program, "reproduce", "--json")["rows"]}
    lines = ""
    for row, cell, text in CELLS:
        about = "about " if rows[row]["approximate"] else ""
        c = rows[row]["cells"][cell]
        lines += "| %s | %s%s | %s |\n" % (text, about, c["published"], c["simulated"])
    return lines


def clean(program):
    """The writes of the clean case, as the README's sentence has them."""
    counts = []
    for pager in "perpage", "chunk", "extent":
        result = output(program, "run", "seqwrite", "--pager", pager, "--json")
        counts.append(result["counters"]["ext2fs.store_write"])
    return "the three need %d,\n%d and %d writes" % tuple(counts)


def main():
    """Compare, or write."""
    words = sys.argv[1:]
    write = words[:1] == ["--write"]
    build = (words[1:] if write else words) or ["build"]
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    program = os.path.join(os.path.abspath(build[0]), "pagersim")
    path = os.path.join(top, "README.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    new = text.replace(
        text[text.index(HEADER) : text.index("\n\n", text.index(HEADER)) + 1],
        HEADER + table(program),
    )
    tables_equal = new == text
    sentence = re.search(r"the three need [\d,\s]*and \d+ writes", text)
    wanted = clean(program)
    clean_equal = sentence and sentence.group().split() == wanted.split()
    if write:
        if not clean_equal:
            new = new.replace(sentence.group(), wanted)
        with open(path, "w", encoding="utf-8") as file:
            file.write(new)
        return 0
    for name, equal in ("the table", tables_equal), ("the clean case", clean_equal):
        if not equal:
            print("readme: %s is not up to date; tests/readme.py --write" % name)
    failed = 2 - bool(tables_equal) - bool(clean_equal)
    print("%d passed, %d failed" % (2 - failed, failed))
    return failed != 0


sys.exit(main())
