#!/usr/bin/python3
"""Everything at once, for as long as it is told: soak.py [OPTION...] [BUILD]

Rounds, each with a seed of its own, of

  runs         workloads under every pager, with drawn settings, all oracles on;
               the image must be good for e2fsck or fsck.fat
  faults       `pagersim faults': refused and late writes, some of each
  chance       runs in which writes of file pages fail by chance; again e2fsck
  power cuts   `pagersim powercut', with and without a volatile cache
  traces       recorded traces under every pager, judged by trace_table.py

At the end, also after Ctrl-C, there is a table, and a line for results/soak.csv
(results/README.md).  What failed is kept: its command, what it said, its image.
What the published pagers are known to do (docs/reliability.md, 3) is counted,
and no failure.

  --time TIME    90, 90s, 10m, 2h (10m)
  --seed N       of the first round (the one behind the last line's rounds)
  --jobs N       items at a time (all CPUs)
  --csv FILE     (results/soak.csv)
  --out DIR      for what failed (results/out/soak)
  --quiet        nothing but the table, and what failed
  --show N       do nothing, but print the table of the N-th line of FILE

The exit status is 1 when something failed.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import collections
import csv
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import soak_items

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATIENCE = 300  # seconds for an item; the longest takes some twenty


class Soak:
    """What is under way, and what it has come to."""

    def __init__(self, options, tmp):
        self.options, self.tmp = options, tmp
        self.figures = collections.Counter()
        self.rounds = 0
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.children = set()
        self.items = self.all_items()

    def all_items(self):
        """Without end; a round counts when it was begun."""
        while True:
            seed = self.options.seed + self.rounds
            self.rounds += 1
            yield from soak_items.round_of(random.Random(seed), seed)

    def worker(self):
        while True:
            with self.lock:
                if self.stopped.is_set():
                    return
                item = next(self.items)
            with tempfile.TemporaryDirectory(dir=self.tmp) as place:
                self.one(item, place)

    def one(self, item, place):
        said = []
        for command in item.commands(place):
            done = self.run(command, place)
            if self.stopped.is_set() and done is None:
                return
            said.append(done)
            if not item.goes_on(said):
                break
        figures = collections.Counter()
        try:
            wrong = item.judge(said, place, figures)
        except (OSError, ValueError, KeyError, IndexError) as error:
            wrong = f"its results cannot be read: {error!r}"
        with self.lock:
            figures["items"] += 1
            figures["failed"] += wrong is not None
            self.figures.update(figures)
            if wrong is not None:
                self.keep(item, wrong, said, place)

    def run(self, command, place):
        """None: stopped.  In a group of its own, which Ctrl-C does not reach."""
        environment = dict(os.environ, TMPDIR=place)
        with open(os.path.join(place, "said"), "w+b") as said:
            with self.lock:
                if self.stopped.is_set():
                    return None
                child = subprocess.Popen(
                    command, cwd=TOP, env=environment, stdout=said,
                    stderr=said, stdin=subprocess.DEVNULL,
                    start_new_session=True)
                self.children.add(child)
            try:
                status = child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                status = "no end after %d s" % PATIENCE
            with self.lock:
                self.children.remove(child)
                if self.stopped.is_set() and status not in (0, 1, 2):
                    return None
            said.seek(0)
            return soak_items.Said(status, said.read().decode("utf-8",
                                                              "replace"))

    def stop(self):
        with self.lock:
            self.stopped.set()
            for child in self.children:
                try:
                    os.killpg(child.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def keep(self, item, wrong, said, place):
        """All that is needed to see it again."""
        out = self.options.out
        os.makedirs(out, exist_ok=True)
        numbers = [int(m.group(1)) for m in
                   (re.match(r"failed-(\d+)\.txt$", f) for f in
                    os.listdir(out)) if m]
        name = os.path.join(out, "failed-%d" % (max(numbers, default=0) + 1))
        lines = [item.shown(place, name + ".img"), wrong]
        for done in said:
            lines.append("exit status %s\n%s" % (done.status, done.text))
        with open(name + ".txt", "w", encoding="utf-8") as file:
            print("\n".join(lines), file=file)
        image = item.image(place)
        if image and os.path.exists(image):
            shutil.copy(image, name + ".img")
        print("failed: %s\n  %s\n  in %s.txt" % (wrong, lines[0], name),
              flush=True)

    def row(self, seconds, version):
        head = {"version": version, "seconds": seconds,
                "seed": self.options.seed, "rounds": self.rounds}
        for name in soak_items.COLUMNS:
            head[name] = self.figures[name]
        return head


def show(row):
    """The table of a line."""
    print("{seconds} s, {rounds} rounds from seed {seed}, {items} items".format(
        **row))
    print("{runs} runs, {faults} faults, {cuts} power cuts, {images} images "
          "judged".format(**row))
    print("%-14s%9s%10s%10s%7s%10s%9s%10s" % ("pager", *soak_items.OF_PAGER))
    for pager in soak_items.PAGERS:
        print("%-14s%9s%10s%10s%7s%10s%9s%10s" % (pager, *(
            row["%s.%s" % (pager, c)] for c in soak_items.OF_PAGER)))
    print("{known} known findings though nothing was refused, {failed} "
          "failed".format(**row))


def last_seed(path):
    """The first one that no line of PATH has used."""
    if not os.path.exists(path):
        return 1
    with open(path, newline="", encoding="utf-8") as file:
        return max((int(r["seed"]) + int(r["rounds"])
                    for r in csv.DictReader(file)), default=1)


def append(path, row):
    fresh = not os.path.exists(path) or os.path.getsize(path) == 0
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row), lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def seconds_of(text):
    match = re.fullmatch(r"([1-9]\d*)([smh]?)", text)
    if not match:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no time such as 90s, 10m or 2h")
    return int(match.group(1)) * {"": 1, "s": 1, "m": 60,
                                  "h": 3600}[match.group(2)]


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[0])
    parser.add_argument("--time", type=seconds_of, default="10m")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--csv", default=os.path.join(TOP, "results",
                                                      "soak.csv"))
    parser.add_argument("--out", default=os.path.join(TOP, "results", "out",
                                                      "soak"))
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--show", type=int)
    parser.add_argument("build", nargs="?",
                        default=os.path.join(TOP, "build"))
    options = parser.parse_args()
    if options.seed is None:
        options.seed = last_seed(options.csv)
    program = os.path.join(options.build, "pagersim")
    if options.show is None and not os.access(program, os.X_OK):
        parser.exit(2, f"soak: there is no {program}\n")
    return options


def main():
    options = arguments()
    if options.show is not None:
        with open(options.csv, newline="", encoding="utf-8") as file:
            show(list(csv.DictReader(file))[options.show - 1])
        return 0
    os.environ["PATH"] = os.pathsep.join(
        [os.path.abspath(options.build), os.environ["PATH"], "/usr/sbin",
         "/sbin"])
    version = subprocess.run(["pagersim", "--version"], text=True, check=True,
                             stdout=subprocess.PIPE).stdout.split()[1]
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as tmp:
        soak = Soak(options, tmp)
        over = threading.Event()
        for number in signal.SIGINT, signal.SIGTERM:
            signal.signal(number, lambda *_: over.set())
        threads = [threading.Thread(target=soak.worker)
                   for _ in range(options.jobs)]
        for thread in threads:
            thread.start()
        while not over.wait(min(30, max(0, begin + options.time
                                        - time.monotonic()))):
            if time.monotonic() >= begin + options.time:
                break
            if not options.quiet:
                print("%d s: %d items, %d failed" % (
                    time.monotonic() - begin, soak.figures["items"],
                    soak.figures["failed"]), file=sys.stderr, flush=True)
        soak.stop()
        for thread in threads:
            thread.join()
    seconds = round(time.monotonic() - begin)
    row = soak.row(seconds, version)
    append(options.csv, row)
    show(row)
    return soak.figures["failed"] != 0


if __name__ == "__main__":
    sys.exit(main())
