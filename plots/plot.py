#!/usr/bin/python3
"""Pictures of what pagersim wrote into a directory.

    plots/plot.py [--set KEY=VALUE]... [DIR [PLOTS]]

DIR is results/out, PLOTS is DIR/plots.  Draws what it finds in DIR:

    reproduce.json       of `reproduce --explain --out DIR': five pictures
    starvation*.jsonl    of `sweep --json': waits, their parts, and the front
    load*.jsonl          of a sweep that varies one key, the load: a heat map
    timeline*.csv        of `run --timeline'

Where a sweep varies more than a picture shows, --set says which value it
takes.  Every picture is made as PNG and as SVG; the same input gives the same
SVG, byte by byte.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import glob
import io
import os
import sys
import traceback

sys.dont_write_bytecode = True  # nothing is left behind in plots/

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

import files
import front
import reproduced
import runs as sweep
import style
import timeline
import waits


def save(figure, directory, name):
    """Both kinds of a picture."""
    for kind, metadata in (("png", {"Software": None}),
                           ("svg", {"Date": None})):
        data = io.BytesIO()
        figure.savefig(data, format=kind, metadata=metadata)
        files.replace(os.path.join(directory, f"{name}.{kind}"),
                      data.getvalue())
    plt.close(figure)


def found(source, start, kind):
    """The files of a kind, each with what its name has after START."""
    for path in sorted(glob.glob(f"{glob.escape(source)}/{start}*.{kind}")):
        yield path, os.path.basename(path)[len(start):-len(kind) - 1]


def of_sweep(path, rest, wanted):
    """The pictures of a sweep of waits."""
    runs, chosen = sweep.choose(sweep.read(path), wanted=wanted)
    yield f"distribution{rest}", waits.distribution(runs, chosen)
    yield f"parts{rest}", waits.parts(runs, chosen)
    yield f"front{rest}", front.front(runs, chosen)


def of_load(path, rest, wanted):
    yield f"load{rest}", front.load(sweep.read(path), wanted)


def of_time(path, rest, _):
    yield f"timeline{rest}", timeline.timeline(path)


def groups(source, wanted):
    """What there is to draw: generators of (name, figure)."""
    result = []
    if os.path.exists(f"{source}/reproduce.json"):
        result.append(reproduced.pictures(source))
    for start, kind, draw in (("starvation", "jsonl", of_sweep),
                              ("load", "jsonl", of_load),
                              ("timeline", "csv", of_time)):
        result += [draw(path, rest, wanted)
                   for path, rest in found(source, start, kind)]
    return result


def check_keys(source, wanted):
    """Every key that is WANTED must be one of some sweep."""
    known = {"workload"}
    for start in "starvation", "load":
        for path, _ in found(source, start, "jsonl"):
            for place, line in files.lines(path)[:1]:
                known.update(files.member(place, line, "set"))
    for key in wanted:
        if key not in known:
            files.fail(f"--set {key}: no sweep has such a key")


def draw(work, target):
    """Draw all, in as many processes as there are processors."""
    number = min(len(work), os.cpu_count() or 1)
    sys.stderr.flush()
    for k in range(number):
        if os.fork() == 0:
            try:
                for pictures in work[k::number]:
                    for name, figure in pictures:
                        save(figure, target, name)
                os._exit(0)
            except SystemExit as error:
                os._exit(error.code)
            except BaseException:
                traceback.print_exc()
                os._exit(4)
    return max(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(number))


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Draw what pagersim wrote into a directory.",
        epilog="See the first lines of plots/plot.py.")
    parser.add_argument("--set", action="append", default=[],
                        metavar="KEY=VALUE", help="the value to show of a key "
                        "that a sweep varies beside a picture's axes")
    parser.add_argument("dir", nargs="?", metavar="DIR",
                        default=f"{files.ROOT}/results/out",
                        help="where the results are (results/out)")
    parser.add_argument("plots", nargs="?", metavar="PLOTS",
                        help="where the pictures go (DIR/plots)")
    words = parser.parse_args()
    for word in words.set:
        if "=" not in word:
            files.fail(f"--set {word}: KEY=VALUE is needed")
    return words


def main():
    words = arguments()
    wanted = dict(word.split("=", 1) for word in words.set)
    target = words.plots or f"{words.dir}/plots"
    work = groups(words.dir, wanted)
    if not work:
        files.fail(f"{words.dir}: nothing to draw")
    if wanted:
        check_keys(words.dir, wanted)
    files.folder(target)
    matplotlib.rcdefaults()
    plt.rcParams.update(style.SETTINGS)
    return draw(work, target)


if __name__ == "__main__":
    sys.exit(main())
