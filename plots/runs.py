"""The runs of a sweep, and which of them a picture or a table is about.

A sweep has a line for each run.  A picture has some keys as its axes; of every
other key that the sweep varies it takes one value, see CHOICE.  Runs that
differ in nothing but the seed are one Cell.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import re

import files

# The pagers in the order of pictures and tables, each with the key that says
# how many blocks it writes for one lock hold.
SIZE_KEY = {
    "perpage": None,
    "chunk": "pager.chunk_blocks",
    "extent": "pager.cap_blocks",
    "adaptive": "pager.cap_blocks",
}
# What is taken of a key that varies and is no axis; of the rest, the first.
CHOICE = {
    "lock.policy": "writer",
    "store.device": "virtio",
    "fs.fragmentation": "0",
    "libpager.serial": "yes",
    "pager.disk_bulk": "no",
}
BRINGS = ("workload", "store.device")
POLICIES = ("writer", "htl", "reader", "fifo", "barging")
DEVICES = ("ram", "virtio", "ssd", "hdd")
WAIT = "client.alloc_wait_ns"
CALL = "client.write_ns"
WRITES = "ext2fs.store_write"
# 97.5 % quantiles of Student's t, by degrees of freedom; 1.96 for more.
STUDENT = (0, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
           2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101,
           2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052,
           2.048, 2.045, 2.042)

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40,
         "ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}


def quantity(word):
    """A key's value as a number to sort by, or None for a word."""
    found = re.fullmatch(r"(\d+)([KMGT]|[num]?s|)", word)
    return int(found[1]) * UNITS[found[2]] if found else None


def in_order(values):
    """Values of one key: by size, or by their usual order, or by name."""
    def rank(word):
        number = quantity(word)
        if number is not None:
            return (0, number, word)
        for known in POLICIES, DEVICES:
            if word in known:
                return (1, known.index(word), word)
        return (2, 0, word)
    return sorted(set(values), key=rank)


class Run:
    """One line of a sweep."""

    def __init__(self, place, line):
        self.place, self.line = place, line
        self.pager = self.get("pager")
        self.verdict = self.get("verdict")
        self.set = dict(self.get("set"))
        self.set["workload"] = self.get("workload", "name")
        key = SIZE_KEY.get(self.pager)
        self.size = int(self.key(key)) if key else None

    def get(self, *names):
        """A member of the line."""
        return files.member(self.place, self.line, *names)

    def key(self, name):
        """The value of a key."""
        if name not in self.set:
            files.fail(f"{self.place}: no member \"set/{name}\"")
        return self.set[name]


def read(path):
    """The runs of a sweep that are of a pager in SIZE_KEY."""
    runs = [Run(place, line) for place, line in files.lines(path)]
    runs = [run for run in runs if run.pager in SIZE_KEY]
    if not runs:
        files.fail(f"{path}: no run of {', '.join(SIZE_KEY)}")
    return runs


def varied(runs):
    """The keys that have several values, beside what makes a setting."""
    own = {"pager.name", *SIZE_KEY.values()}
    values = {}
    for run in runs:
        for key, value in run.set.items():
            values.setdefault(key, set()).add(value)
    return sorted(key for key, several in values.items()
                  if len(several) > 1 and key not in own)


def choose(runs, free=(), wanted=None):
    """The runs of one value of every key that varies and is not FREE, and
    those values: {key: value}."""
    chosen = {}
    while True:
        keys = [key for key in varied(runs)
                if key not in free and key not in chosen
                # A device is a set of keys of its group.
                and not ("store.device" in free and key.startswith("store."))]
        if not keys:
            return runs, chosen
        # First what brings other keys with it.
        key = min(keys, key=lambda k: (k not in BRINGS, k))
        values = list(dict.fromkeys(run.key(key) for run in runs))
        value = (wanted or {}).get(key, CHOICE.get(key))
        if key in (wanted or {}) and value not in values:
            files.fail(f"--set {key}={value}: the sweep has "
                       f"{', '.join(values)}")
        if value not in values:
            value = values[0]
        chosen[key] = value
        runs = [run for run in runs if run.key(key) == value]


class Cell:
    """Runs that differ in nothing but the seed."""

    def __init__(self, runs):
        self.runs = runs
        self.pager, self.size = runs[0].pager, runs[0].size
        bad = [run.verdict for run in runs if run.verdict != "ok"]
        self.verdict = bad[0] if bad else "ok"
        self.ok = not bad

    def name(self):
        """The pager, with its number of blocks."""
        return self.pager if self.size is None else f"{self.pager} {self.size}"

    def values(self, *names):
        """A figure of every run."""
        return [run.get(*names) for run in self.runs]

    def mean(self, *names):
        """Mean over the seeds of a figure."""
        values = self.values(*names)
        return sum(values) / len(values)

    def spread(self, *names):
        """Half the 95 % interval of the mean over the seeds."""
        values = self.values(*names)
        n = len(values)
        if n < 2:
            return 0
        mean = sum(values) / n
        variance = sum((value - mean) ** 2 for value in values) / (n - 1)
        t = STUDENT[n - 1] if n <= len(STUDENT) else 1.96
        return t * (variance / n) ** 0.5

    def buckets(self, histogram):
        """Bound and count of a histogram, all seeds together."""
        counts = {}
        for buckets in self.values("histograms", histogram, "buckets"):
            for bound, count in buckets:
                counts[bound] = counts.get(bound, 0) + count
        return sorted(counts.items())


def cells(runs, keys=()):
    """Cells by pager, size, and the values of KEYS:
    {(pager, size, value...): Cell}, in the order of pictures."""
    groups = {}
    for run in runs:
        name = (run.pager, run.size) + tuple(run.key(key) for key in keys)
        groups.setdefault(name, []).append(run)
    pagers = list(SIZE_KEY)
    return {name: Cell(groups[name]) for name in
            sorted(groups, key=lambda n: (pagers.index(n[0]), n[1] or 0))}


def ground(runs, chosen):
    """What a picture or a table is of, as one line."""
    first = runs[0]
    words = {"store.device": first.key("store.device"),
             "lock.policy": first.key("lock.policy"), **chosen}
    if first.key("libpager.serial") != "yes":
        words["libpager.serial"] = first.key("libpager.serial")
    several = varied(runs)
    line = [words.pop("workload", first.set["workload"])]
    line += [f"{key} {value}" for key, value in words.items()
             if key not in several]
    seeds = len({run.get("seed") for run in runs})
    return " · ".join(line + ([f"{seeds} seeds"] if seeds > 1 else []))


# ---- Numbers ---------------------------------------------------------------


def time_unit(longest_ns):
    """The unit in which a time of this length is at least 1."""
    for name, unit in ("s", 10**9), ("ms", 10**6), ("µs", 10**3):
        if longest_ns >= unit:
            return name, unit
    return "ns", 1


def short(value):
    """A number in two or three digits."""
    if value >= 99.95:
        return f"{value:,.0f}"
    if value >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.995 else f"{value:.2g}"
