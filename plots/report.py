#!/usr/bin/python3
"""One page of what pagersim wrote into a directory: tables and pictures.

    plots/report.py [DIR [FILE]]

DIR is results/out, FILE is DIR/report.html.  The page needs nothing beside
itself: pictures are inside it.  plots/plot.py makes them in DIR/plots first.
What is not in DIR is left out.  A file NAME.command beside NAME.jsonl has the
command that made it.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import glob
import os
import sys

sys.dont_write_bytecode = True  # nothing is left behind in plots/

import captions
import files
import page
import runs as sweep
import tables

PLOT = "plots/plot.py"
LEAD = (
    "The GNU Hurd's file write-back path, run in virtual time: exact counts, "
    "what writers wait for, and what the size of a chunk changes. Every "
    "figure here is simulated and is the same on every machine; commands are "
    "given from the project's directory.")
CLEAN = "build/pagersim run workloads/seqwrite.lua --pager NAME --json"
CONFORMANCE = "build/tests/conformance tests/conformance/*.jsonl"


def made_by(source, name):
    """The command that made a file, if it is known."""
    path = f"{source}/{name}.command"
    return files.text(path).strip() if os.path.exists(path) else ""


def commands(source, name):
    """The command that made a file, as a part of a section."""
    line = made_by(source, name)
    return page.command(line) if line else ""


def pictures(source, wanted):
    """The pictures whose input is called WANTED and a rest, if there are
    any."""
    found = []
    for path in glob.glob(f"{glob.escape(source)}/plots/*.svg"):
        name = os.path.basename(path)[:-len(".svg")]
        entry, rest = captions.caption(name)
        if entry and wanted in (entry[2] + rest, "timeline") \
                and wanted.startswith(entry[2]):
            order = list(captions.CAPTIONS.values()).index(entry)
            found.append((order, name, rest, path, entry))
    parts = []
    for _, name, rest, path, (alt, text, kind) in sorted(found):
        line = (captions.REPRODUCE if kind == "reproduce"
                else made_by(source, kind + rest))
        words = rest.strip("-")
        parts.append(page.picture(
            name, f"{alt} ({words})" if words else alt, text,
            files.data(path), f"{line}\n{PLOT}".strip()))
    return parts


def counts(source):
    """Sections of what is exact: the clean case, the published figures, and
    the conformance with the original code."""
    clean = [path for pager in sweep.SIZE_KEY
             for path in [f"{source}/seqwrite-{pager}.json"]
             if os.path.exists(path)]
    if clean:
        yield ("clean", "A clean machine",
               [tables.clean(clean), page.command(CLEAN)])
    path = f"{source}/reproduce.json"
    if os.path.exists(path):
        yield ("published", "The published figures",
               [tables.reproduce(path), page.command(captions.REPRODUCE),
                *pictures(source, "reproduce")])
    path = f"{source}/conformance.txt"
    if os.path.exists(path):
        yield ("conformance", "Conformance",
               [tables.conformance(path), page.command(CONFORMANCE)])


def starvation(source, name):
    """The section of one sweep of waits."""
    path = f"{source}/{name}.jsonl"
    runs = sweep.read(path)
    parts = [
        page.paragraph(
            "The wait is what an io_write or a file_set_size call waited for "
            "the file's alloc_lock, 0 included; a write's time is all of it. "
            "A setting is a pager and its blocks for one lock hold. A word in "
            "place of figures is the verdict of a run that failed."),
        commands(source, name),
        tables.by_size(runs),
        tables.by_key(runs, "lock.policy", "By lock policy"),
        tables.by_key(runs, "store.device", "By device"),
        tables.made_of(runs, 1.0, "Parts of the time of all writes"),
        tables.made_of(runs, 0.01, "Parts of the time of the slowest 1 % of "
                                   "the writes"),
    ]
    return [part for part in parts if part] + pictures(source, name)


def names(source, start):
    """The sweeps whose name begins with START."""
    paths = glob.glob(f"{glob.escape(source)}/{start}*.jsonl")
    return sorted(os.path.basename(path)[:-len(".jsonl")] for path in paths)


def titled(title, name, start):
    """A heading, with what a file's name has beside START."""
    words = name[len(start):].strip("-").replace("-", " ")
    return f"{title}: {words}" if words else title


def sections(source):
    """All sections: (name, title, parts)."""
    yield from counts(source)
    path = f"{source}/grid.csv"
    if os.path.exists(path):
        yield ("grid", "The standing grid",
               [part for part in (commands(source, "grid"), tables.grid(path),
                                  tables.grid_front(path)) if part])
    for name in names(source, "starvation"):
        yield (name, titled("What a writer waits for", name, "starvation"),
               starvation(source, name))
    for name in names(source, "load"):
        parts = pictures(source, name)
        if parts:
            yield name, titled("The wait under load", name, "load"), parts
    parts = pictures(source, "timeline")
    if parts:
        yield "timeline", "A run in time", parts


def main():
    parser = argparse.ArgumentParser(
        description="Make one page of tables and pictures.")
    parser.add_argument("dir", nargs="?", metavar="DIR",
                        default=f"{files.ROOT}/results/out",
                        help="where the results are (results/out)")
    parser.add_argument("file", nargs="?", metavar="FILE",
                        help="the page (DIR/report.html)")
    words = parser.parse_args()
    parts = list(sections(words.dir))
    if not parts:
        files.fail(f"{words.dir}: nothing to report")
    text = page.document("pagersim: results", LEAD, parts)
    files.replace(words.file or f"{words.dir}/report.html",
                  text.encode("utf-8"))


if __name__ == "__main__":
    main()
